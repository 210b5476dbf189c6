//! Conversations at the doors: what travels, the REST routes, the socket frames.

pub mod changes;
pub mod frames;
pub mod holds;
pub mod rest;
pub mod wire;
