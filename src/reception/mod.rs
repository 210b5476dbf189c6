//! Whether a visitor who comes now is received: by the channel's hours, and by who is there.
//!
//! Open says the clock; *here* says that besides somebody who may serve the channel is present and has not chosen to be
//! away. It is worked out when somebody asks, and looked at once a second, so that everybody in the chat hears when it
//! changes. Those who wait are told how many are before them ([`Queue`]). Nothing of it is stored.

pub mod api;
pub mod feature;
mod model;
pub mod queries;
mod queue;
mod telling;

pub use model::Reception;
pub use queue::Queue;
