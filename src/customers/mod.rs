//! Whom the organisation talks to.
//!
//! A customer is made when a visitor's chat first asks for a session, and belongs to the channel they came through. What the page or
//! the visitor says about them (name, e-mail, attributes) is *unverified* and shown so; agents may correct it.

pub mod api;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;

pub use model::{Customer, Device, PageView, looks_like_email};
pub use store::{find, touch};
