//! Parlor: a customer-service appliance. `ARCHITECTURE.md` is the map.

pub mod bus;
pub mod db;
pub mod hub;
pub mod jobs;
pub mod kernel;
pub mod search;
pub mod vault;
