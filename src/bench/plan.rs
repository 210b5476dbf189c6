//! What is asked for.

pub use super::ramp::Ramp;
pub use super::saturate::Saturate;
use std::path::PathBuf;
use std::time::Duration;

pub struct Plan {
    pub server: Server,
    pub crowd: Crowd,
    pub mode: Mode,
    pub output: Output,
    /// As on the command line, for the report.
    pub command: String,
    pub version: &'static str,
}

pub enum Server {
    Running {
        url: String,
        /// An administrator's.
        token: String,
        /// SHA-256 of the certificate to accept, whoever signed it.
        fingerprint: Option<String>,
    },
    Own(Own),
}

#[derive(Clone, Default)]
pub struct Own {
    /// Kept, and used again; otherwise one that is removed.
    pub data: Option<PathBuf>,
    pub tls: bool,
    pub workers: usize,
}

#[derive(Clone, Copy)]
pub struct Crowd {
    pub visitors: u32,
    pub agents: u32,
    pub agents_per_channel: u32,
    pub bytes: usize,
}

impl Crowd {
    pub fn channels(&self) -> u32 {
        self.agents / self.agents_per_channel
    }
}

pub enum Mode {
    Rate { rates: Vec<f64>, warm_up: Duration, measured: Duration, history: u64 },
    Ramp(Ramp),
    Saturate { how: Saturate, against_bare: bool },
    Idle { hold: Duration },
    Reconnect,
}

impl Mode {
    /// Messages that the store is to hold beforehand.
    pub fn history(&self) -> u64 {
        match self {
            Mode::Rate { history, .. } => *history,
            _ => 0,
        }
    }
}

#[derive(Default)]
pub struct Output {
    /// `-` is standard output, without the table.
    pub json: Option<PathBuf>,
    pub html: Option<PathBuf>,
}
