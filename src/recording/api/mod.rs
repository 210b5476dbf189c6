//! Recordings at the door.

mod media;
mod rest;

pub use rest::routes;
