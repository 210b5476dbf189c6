//! Talking to customers and showing them things: calls, who takes part in them, and what they may do there.
//!
//! A call belongs to a conversation, which has at most one at a time; a person is in at most one. It rings, is answered,
//! becomes active when a line of both sides is open, and ends for a reason; each of these turns is one event with the whole
//! state ([`events`]), and what a customer should know of it is an activity in the conversation. [`model`] has the state machine.
//!
//! Everybody's part is a *leg*. Who may see and hear whom is worked out by [`floor`]; [`stage`] follows the committed events and has
//! the media plane do it, and tells in return what became of the lines. Commands never wait for media, and no word of
//! a call's media reaches the store.

pub mod api;
pub mod commands;
mod company;
pub mod events;
pub mod expiry;
pub mod feature;
pub mod figures;
mod floor;
mod lifecycle;
mod lines;
mod model;
mod quality;
mod quality_store;
pub mod queries;
mod recording;
mod settings;
pub mod stage;
mod store;
mod stroke_store;
mod strokes;
mod studio;
#[cfg(test)]
mod tests;
mod timing;

pub use model::{Call, Leg};
pub use settings::{CannotOpen, Equipment, Settings};
