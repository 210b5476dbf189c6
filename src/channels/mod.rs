//! The doors customers come through, and who of the organisation serves them.
//!
//! A channel has a public key (in the snippet and in `/c/<key>`), a look, and members. Members see its conversations;
//! supervisors and above see every channel. Everything that asks "may this person see that?" asks [`access`].

pub mod access;
pub mod api;
mod call_settings;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
mod prechat_settings;
pub mod queries;
mod store;

pub use call_settings::{CallSettings, Consent, RecordingPolicy};
pub use model::{AskForRating, Channel, ChannelSettings, Handback, RatingSettings, ReceptionSettings, new_key};
pub use prechat_settings::{FieldKind, PrechatConsent, PrechatField, PrechatOption, PrechatSettings};
