//! A running Parlor and the people around it.
//!
//! `World::new()` starts the real executable on a fresh data folder. Everything goes through its public doors: command line,
//! HTTP, WebSocket. Nothing here imports the program.

mod carrier;
mod commands;
mod door;
mod people;
mod server;
mod socket;

pub use commands::{Printed, files_below, parlor, run_with_input};
pub use door::{Answer, Door, answer};
pub use people::{Agent, Visitor};
pub use server::World;
pub use socket::Socket;

use std::time::Duration;

pub const PASSWORD: &str = "correct-horse-battery-1";
pub const OWNER: &str = "owner@acme.example";
/// Long enough for a busy machine; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A new client message id.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// `[limits]` that stand in nobody's way, webhooks to this machine, and a log that takes no time.
pub const OPEN_DOORS: &str = r#"
[post]
allow = ["127.0.0.1/32"]
[log]
level = "warn"
[limits]
visitor_messages = { times = 100000, seconds = 1 }
visitor_requests = { times = 100000, seconds = 1 }
agent_messages = { times = 100000, seconds = 1 }
new_visitors = { times = 100000, seconds = 1 }
sign_in = { times = 100000, seconds = 1 }
sign_in_address = { times = 100000, seconds = 1 }
"#;
