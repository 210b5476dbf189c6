//! What a channel asks before a conversation: questions, a consent, what it is about.
//!
//! A visitor answers first; the answers wait, and the conversation that their next message begins takes them along, with the
//! tags of what they chose. Without them a message that would begin a conversation is refused; one that goes on is never. What
//! is known of a customer is not asked and not changed. A consent is kept in the words that were agreed to.

pub mod api;
pub mod commands;
pub mod feature;
mod model;
pub mod queries;
mod store;

pub use model::{Answer, Filled, Form, Given};
