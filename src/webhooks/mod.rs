//! Telling other programs what happens: each event is posted to the addresses that administrators subscribed.
//!
//! A webhook hears the kinds of events it wants, of the channels it wants, in the order in which they happened, each at least
//! once and under one id, which is the event's cursor. What it hears is the frame that an agent's socket gets.
//! [`courier`] reads the event log past the webhook's own cursor; what is not taken is tried again, later each time, and what
//! came after it waits, for this webhook alone. What was not taken for 72 hours is given up, lies there to be seen, and can be
//! sent again by hand.

mod api;
mod commands;
pub mod courier;
pub mod feature;
pub mod figures;
mod model;
mod queries;
mod store;
#[cfg(test)]
mod tests;

pub use courier::Courier;
pub use queries::unsettled_after;
