//! How long what is kept is kept.
//!
//! A policy of the organisation, and of channels that have it otherwise, says after how many days without anything new a
//! resolved conversation goes, and after how many a customer without any goes who did not come again. At night
//! [`apply`] deletes what is over, piece by piece behind everybody else: rows, files, and by way of the index's own
//! consumer the words there. A legal hold on a conversation is stronger than any policy. Nothing goes by default.

pub mod api;
mod apply;
pub mod commands;
mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;
#[cfg(test)]
mod tests;

pub use apply::{Applied, Everything, apply};
pub use model::Policy;
