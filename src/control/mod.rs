//! What the operator on this machine tells a server that runs.
//!
//! The server holds the data folder, so a second process must not touch it. It therefore listens at a Unix socket in
//! that folder, `control.sock`, for the one who owns it and for root. A [`Command`] is one request, one line of JSON;
//! the answer is lines of JSON: how far it is, as often as it likes, and at last what it came to. Whoever hangs up
//! cancels: the next report of progress fails. Commands run on threads of their own, a few at a time, and may take hours.
//!
//! Whoever asks may hand over one open file with the request. The server can write into it wherever it lies: also where the
//! server itself may not go.
//!
//! There are no people here and no roles: who may open the folder may do everything.

mod client;
mod handing;
mod server;
#[cfg(test)]
mod tests;
mod wire;

pub use client::{Failure, Server};
pub use server::Control;
pub use wire::{Progress, Unit};

use crate::kernel::Result;
use serde_json::Value;
use std::fs::File;

/// Is told how far the work is. An error means: stop, nobody waits for it any more.
pub type Report<'a> = &'a mut dyn FnMut(Progress) -> Result<()>;

type Run = Box<dyn Fn(Value, Option<File>, Report<'_>) -> Result<Value> + Send + Sync>;

/// Something the server does for its operator.
pub struct Command {
    name: &'static str,
    run: Run,
}

impl Command {
    /// `run` takes the input and gives the outcome; it reports at least once a second while it works, or cannot be cancelled.
    pub fn new(
        name: &'static str,
        run: impl Fn(Value, Report<'_>) -> Result<Value> + Send + Sync + 'static,
    ) -> Command {
        Command::with_file(name, move |input, _, report| run(input, report))
    }

    /// Likewise; and is given the open file that came along, if one did.
    pub fn with_file(
        name: &'static str,
        run: impl Fn(Value, Option<File>, Report<'_>) -> Result<Value> + Send + Sync + 'static,
    ) -> Command {
        Command { name, run: Box::new(run) }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn run(&self, input: Value, file: Option<File>, report: Report<'_>) -> Result<Value> {
        (self.run)(input, file, report)
    }
}
