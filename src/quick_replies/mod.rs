//! Words that agents say often: shared ones, kept by supervisors, and everybody's own.
//!
//! A quick reply has a title, perhaps a shortcut, lies in a folder, and holds a text with variables (`{{customer.name}}`).
//! It is a template and no more: the console fills it in and puts it where the agent writes, who reads it over and sends
//! it as their own words. How often each was used is counted. What is deleted can be brought back for thirty days.

pub mod api;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Content, QuickReply};
