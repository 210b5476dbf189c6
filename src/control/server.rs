//! The server's end.

use super::wire::{Address, Line, Progress, Request};
use super::{Command, Report, handing};
use crate::kernel::{Error, ErrorKind, Result, Stopwatch};
use rustix::net::sockopt::socket_peercred;
use serde_json::Value;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Commands at the same time; a further one is told to come back.
const AT_ONCE: usize = 8;
/// To say what is wanted, and to take a line of ours.
const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody reads faster.
const REPORT_EVERY: Duration = Duration::from_millis(100);

pub struct Control {
    address: Address,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Control {
    /// For whoever holds the folder's lock: a socket that is left over from a crash is replaced.
    pub fn start(data: &Path, commands: Vec<Command>) -> io::Result<Control> {
        let address = Address::of(data)?;
        match fs::remove_file(&address.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&address.path)?;
        fs::set_permissions(&address.path, Permissions::from_mode(0o600))?;
        let stopping = Arc::new(AtomicBool::new(false));
        let desk = Arc::new(Desk { commands, stopping: stopping.clone() });
        let thread = std::thread::Builder::new().name("control".into()).spawn(move || desk.listen(&listener))?;
        Ok(Control { address, stopping, thread })
    }

    /// Cancels what runs and waits for it. Before [`Db::stop`](crate::db::Db::stop).
    pub fn stop(self) {
        self.stopping.store(true, Ordering::Relaxed);
        // Wakes the listener; that it cannot be reached means that it has ended.
        let _ = UnixStream::connect(&self.address.path);
        if self.thread.join().is_err() {
            tracing::error!("the thread for the operator's commands ended by a panic");
        }
        if let Err(error) = fs::remove_file(&self.address.path) {
            tracing::debug!(%error, "the control socket stays behind");
        }
    }
}

struct Desk {
    commands: Vec<Command>,
    stopping: Arc<AtomicBool>,
}

impl Desk {
    fn listen(self: &Arc<Self>, listener: &UnixListener) {
        let mut guests: Vec<JoinHandle<()>> = Vec::new();
        for stream in listener.incoming() {
            if self.stopping.load(Ordering::Relaxed) {
                break;
            }
            guests.retain(|guest| !guest.is_finished());
            match stream {
                Ok(stream) => match self.receive(stream, guests.len()) {
                    Ok(guest) => guests.extend(guest),
                    Err(error) => tracing::warn!(%error, "somebody at the control socket was sent away"),
                },
                Err(error) => {
                    tracing::warn!(%error, "the control socket");
                    let _ = crossbeam_channel::after(REPORT_EVERY).recv();
                }
            }
        }
        for guest in guests {
            let _ = guest.join();
        }
    }

    fn receive(self: &Arc<Self>, mut stream: UnixStream, present: usize) -> io::Result<Option<JoinHandle<()>>> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let peer = socket_peercred(&stream)?.uid;
        if !peer.is_root() && peer != rustix::process::geteuid() {
            say(
                &mut stream,
                &Line::of(&Error::new(
                    ErrorKind::Forbidden,
                    "control.forbidden",
                    "You are not the one this folder belongs to.",
                )),
            )?;
            return Ok(None);
        }
        if present >= AT_ONCE {
            say(&mut stream, &Line::of(&Error::busy()))?;
            return Ok(None);
        }
        let desk = self.clone();
        let serve = move || {
            if let Err(error) = desk.serve(stream) {
                tracing::debug!(%error, "the operator hung up");
            }
        };
        std::thread::Builder::new().name("operator".into()).spawn(serve).map(Some)
    }

    fn serve(&self, mut stream: UnixStream) -> io::Result<()> {
        let (line, file) = handing::take(&stream)?;
        let mut reporter = Reporter { stream: stream.try_clone()?, stopping: &self.stopping, last: None };
        let outcome = self.run(&line, file, &mut |progress| reporter.report(progress));
        say(&mut stream, &outcome.map_or_else(|error| Line::of(&error), Line::Done))
    }

    fn run(&self, line: &str, file: Option<File>, report: Report<'_>) -> Result<Value> {
        let request: Request =
            serde_json::from_str(line).map_err(|error| Error::malformed(format!("Not a request: {error}.")))?;
        let command = self.commands.iter().find(|command| command.name == request.command);
        let command = command.ok_or_else(|| {
            let detail = format!("This server has no command {:?}: is it of another version?", request.command);
            Error::new(ErrorKind::NotFound, "control.unknown", detail)
        })?;
        tracing::info!(command = command.name, "the operator wants something done");
        let outcome = catch_unwind(AssertUnwindSafe(|| command.run(request.input, file, report)))
            .unwrap_or_else(|_| Err(Error::internal("the command panicked")));
        match &outcome {
            Ok(_) => tracing::info!(command = command.name, "it is done"),
            Err(error) => tracing::warn!(command = command.name, %error, "it failed"),
        }
        outcome
    }
}

struct Reporter<'a> {
    stream: UnixStream,
    stopping: &'a AtomicBool,
    last: Option<(String, Stopwatch)>,
}

impl Reporter<'_> {
    fn report(&mut self, progress: Progress) -> Result<()> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(Error::unavailable("the server stops"));
        }
        let is_news = self.last.as_ref().is_none_or(|(step, since)| {
            *step != progress.step || since.elapsed() >= REPORT_EVERY || progress.done == progress.total
        });
        if !is_news {
            return Ok(());
        }
        self.last = Some((progress.step.clone(), Stopwatch::start()));
        say(&mut self.stream, &Line::Progress(progress))
            .map_err(|_| Error::new(ErrorKind::Unavailable, "control.cancelled", "Whoever wanted this has gone."))
    }
}

fn say(stream: &mut UnixStream, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    stream.write_all(&text)
}
