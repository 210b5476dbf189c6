//! Words for what conversations are about: one list for the whole organisation.
//!
//! Everybody may add a word while they work; supervisors name, colour and delete them. What is deleted is only hidden:
//! brought back, it is on everything it was on before. Which conversation has which tags is `conversations`'s.

pub mod api;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Colour, Tag};
