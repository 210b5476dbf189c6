//! The first minute: a one-time link turns an empty store into an organisation with an owner and a channel.
//!
//! Every start without an organisation makes a new link; the old one is worth nothing then. The secret travels in the link's
//! fragment, which browsers keep to themselves, and the store keeps its hash.

pub mod api;
pub mod commands;
pub mod feature;
pub mod operator;
pub mod queries;
mod store;
