//! The visitors' door, the web chat: their sessions, their side of the conversation.
//!
//! A visitor is known by a token in their browser and by nothing else. Every answer here is about the acting visitor's own rows;
//! others' ids are NotFound, the same as ids that never were.

pub mod api;
pub mod commands;
pub mod feature;
pub mod queries;
mod store;
