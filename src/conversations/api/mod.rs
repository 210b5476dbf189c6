//! Conversations at the doors: what travels, the REST routes, the socket frames.

pub mod changes;
pub mod drafts;
pub mod frames;
pub mod holds;
pub mod mentions;
pub mod rest;
pub mod revising;
pub mod wire;
