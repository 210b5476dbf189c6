//! Parlor: a customer-service appliance. `ARCHITECTURE.md` is the map.

pub mod app;
pub mod bus;
pub mod channels;
pub mod cli;
pub mod db;
pub mod hub;
pub mod http;
pub mod identity;
pub mod kernel;
pub mod setup;
pub mod vault;
