//! What is sent out of the house: signed messages, to the addresses that administrators entered, and to nobody else.
//!
//! A [`Letter`] has an id that stays the same however often it is sent, and its time in the signature, so that its receiver knows
//! who wrote it, when, and whether they have it already. One try is one [`Outcome`]; when to try again is the sender's affair.
//! A name is looked up once and each of its addresses held against what may be reached ([`Reach`]): the public internet, and
//! of private networks those that the operator named. No redirect is followed and no proxy of the environment used.

mod address;
mod client;
mod letter;
mod reach;

pub use address::check_url;
pub use client::Post;
pub use letter::{Letter, Outcome};
pub use reach::{Reach, Settings};
