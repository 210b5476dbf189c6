//! Parlor: a customer-service appliance. `ARCHITECTURE.md` is the map.

pub mod app;
pub mod attachments;
pub mod backup;
pub mod bench;
pub mod bus;
pub mod channels;
pub mod cli;
pub mod console;
pub mod control;
pub mod conversations;
pub mod customers;
pub mod db;
pub mod http;
pub mod hub;
pub mod identity;
pub mod jobs;
pub mod kernel;
pub mod keys;
pub mod quick_replies;
pub mod search;
pub mod setup;
pub mod socket;
pub mod upkeep;
pub mod vault;
pub mod visitors;
pub mod watch;
