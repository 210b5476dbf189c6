//! The agents' door to the socket: who they are, what they may hear, that they are there.
//!
//! It stands to the right of the domains because what an agent may hear is the channels' to say, and who they are is
//! identity's.

mod api;
pub mod feature;
