//! The operator's end.

use super::handing;
use super::wire::{Address, LINE_MAX, Line, Progress, Request};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// A server that runs on a data folder.
pub struct Server(UnixStream);

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server's own words.
    #[error("{detail}")]
    Refused { code: String, detail: String },
    #[error("the server hung up before it was done: {0}")]
    HungUp(#[from] io::Error),
}

impl Server {
    /// `None`: no server runs there, or not yet, or not any more.
    pub fn find(data: &Path) -> io::Result<Option<Server>> {
        use io::ErrorKind::{ConnectionRefused, NotFound};
        let connected = Address::of(data).and_then(|address| UnixStream::connect(&address.path));
        match connected {
            Ok(stream) => Ok(Some(Server(stream))),
            Err(error) if matches!(error.kind(), ConnectionRefused | NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Waits for the outcome, however long it takes. Ending this process cancels.
    pub fn run(self, command: &str, input: Value, on_progress: impl FnMut(Progress)) -> Result<Value, Failure> {
        self.run_with(command, input, None, on_progress)
    }

    /// Likewise, and hands an open file over.
    pub fn run_with(
        self,
        command: &str,
        input: Value,
        file: Option<&File>,
        mut on_progress: impl FnMut(Progress),
    ) -> Result<Value, Failure> {
        let mut request = serde_json::to_vec(&Request { command: command.into(), input }).map_err(io::Error::from)?;
        request.push(b'\n');
        handing::hand_over(&self.0, &request, file)?;
        let mut lines = BufReader::new(self.0);
        loop {
            let mut line = String::new();
            if (&mut lines).take(LINE_MAX).read_line(&mut line)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            match serde_json::from_str(&line).map_err(io::Error::from)? {
                Line::Progress(progress) => on_progress(progress),
                Line::Done(value) => return Ok(value),
                Line::Failed { code, detail } => return Err(Failure::Refused { code, detail }),
            }
        }
    }
}
