//! Every connection of the generator, on one thread and one epoll.

use super::line::{Heard, Line, Target};
use super::stop::Stop;
use crate::kernel::Stopwatch;
use anyhow::{Context, Result, bail};
use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;

/// Nanoseconds since the engine was made.
pub type Nanos = u64;
pub const MS: Nanos = 1_000_000;
pub const SECOND: Nanos = 1_000 * MS;

/// Who sits at a line.
pub struct Seat {
    pub token: String,
    /// Of the last event heard.
    pub cursor: String,
}

impl Seat {
    fn hello(&self) -> String {
        let cursor = if self.cursor.is_empty() { String::new() } else { format!(r#","cursor":"{}""#, self.cursor) };
        format!(r#"{{"type":"hello","protocol":1,"token":"{}"{cursor}}}"#, self.token)
    }
}

pub struct Engine {
    epoll: OwnedFd,
    watch: Stopwatch,
    target: Target,
    seats: Vec<Seat>,
    lines: Vec<Option<Line>>,
    /// Lines that broke, and when to try again.
    fallen: VecDeque<(Nanos, u32)>,
    /// Lines with something to write.
    dirty: Vec<u32>,
    events: Vec<epoll::Event>,
    scratch: Vec<u8>,
    stop: Stop,
}

const EVENTS_MAX: usize = 1_024;
const SCRATCH: usize = 256 << 10;
/// After a break. Real clients wait a random time up to it.
const RETRY: Nanos = 500 * MS;
/// Nothing at all happens for so long: somebody else's server is not as quick as ours, but not as slow either.
const CONNECT_PATIENCE: Nanos = 30 * SECOND;

impl Engine {
    pub fn new(target: Target, stop: Stop) -> Result<Engine> {
        Ok(Engine {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC).context("no epoll")?,
            watch: Stopwatch::start(),
            target,
            seats: Vec::new(),
            lines: Vec::new(),
            fallen: VecDeque::new(),
            dirty: Vec::new(),
            events: Vec::with_capacity(EVENTS_MAX),
            scratch: vec![0; SCRATCH],
            stop,
        })
    }

    pub fn now(&self) -> Nanos {
        self.watch.elapsed().as_nanos() as Nanos
    }

    /// Takes places without connecting them.
    pub fn seat(&mut self, seats: impl IntoIterator<Item = Seat>) {
        self.seats.extend(seats);
        self.lines.resize_with(self.seats.len(), || None);
    }

    /// Connects whoever is not, so many at a time. A refusal is an error.
    pub fn connect(&mut self, at_once: usize, progress: impl FnMut(usize)) -> Result<()> {
        self.bring_up(at_once, true, progress).map(drop)
    }

    /// Connects whoever is not, all at once, and says when each was live, in order. Whoever is refused tries again.
    pub fn reconnect(&mut self, progress: impl FnMut(usize)) -> Result<Vec<Nanos>> {
        self.bring_up(usize::MAX, false, progress)
    }

    fn bring_up(&mut self, at_once: usize, must: bool, mut progress: impl FnMut(usize)) -> Result<Vec<Nanos>> {
        let is_down = |line: &u32| self.lines[*line as usize].is_none();
        let mut waiting: VecDeque<u32> = (0..self.lines.len() as u32).filter(is_down).collect();
        let (wanted, mut opening, mut live) = (waiting.len(), 0, Vec::with_capacity(waiting.len()));
        self.fallen.clear();
        let mut moved = self.now();
        while live.len() < wanted && !self.stop.is_wanted() {
            while opening < at_once
                && let Some(line) = waiting.pop_front()
            {
                self.open(line).context("no connection to the server")?;
                opening += 1;
            }
            let (before, mut refused) = (live.len(), None);
            self.turn(self.now() + 50 * MS, |_, heard, now| match heard {
                Heard::Live => live.push(now),
                Heard::Closed(code) => refused = Some(code),
                Heard::Text(_) => {}
            })?;
            if let Some(code) = refused
                && must
            {
                bail!("the server refused a connection: {}", refusal(code));
            }
            if live.len() > before {
                opening -= live.len() - before;
                moved = self.now();
                progress(live.len());
            }
            if self.now() - moved > CONNECT_PATIENCE {
                bail!("{} of {wanted} connections did not come up in 30 s", wanted - live.len());
            }
        }
        Ok(live)
    }

    /// Cuts every line without a word, as a network does.
    pub fn drop_all(&mut self) {
        self.lines.iter_mut().for_each(|line| *line = None);
        self.fallen.clear();
        self.dirty.clear();
    }

    /// Puts a frame into a line's queue. `false`: it is down, or takes nothing any more.
    pub fn say(&mut self, line: u32, put: impl FnOnce(&mut Vec<u8>)) -> bool {
        let Some((out, was_idle)) = self.lines[line as usize].as_mut().and_then(Line::out) else { return false };
        put(out);
        if was_idle {
            self.dirty.push(line);
        }
        true
    }

    /// Writes what was said since the last time, a system call for each line.
    pub fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for line in dirty.drain(..) {
            self.write(line);
        }
        self.dirty = dirty;
    }

    /// Waits for whatever comes first, at most until then, and tells it.
    pub fn turn(&mut self, until: Nanos, mut tell: impl FnMut(u32, Heard<'_>, Nanos)) -> Result<()> {
        self.raise_fallen();
        let patience = until.saturating_sub(self.now());
        let timeout = Timespec { tv_sec: (patience / SECOND) as i64, tv_nsec: (patience % SECOND) as _ };
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        match epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error)).context("epoll"),
        }
        for event in &events {
            let (line, flags) = (event.data.u64() as u32, event.flags);
            if flags.intersects(epoll::EventFlags::OUT) {
                self.write(line);
            }
            if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::HUP | epoll::EventFlags::ERR) {
                self.read(line, &mut tell);
            }
        }
        self.events = events;
        Ok(())
    }

    fn open(&mut self, line: u32) -> io::Result<()> {
        let opened = Line::open(&self.target, self.seats[line as usize].hello())?;
        let flags = epoll::EventFlags::IN | epoll::EventFlags::OUT;
        epoll::add(&self.epoll, &opened, epoll::EventData::new_u64(line.into()), flags)?;
        self.lines[line as usize] = Some(opened);
        Ok(())
    }

    fn raise_fallen(&mut self) {
        while let Some((due, line)) = self.fallen.front().copied()
            && due <= self.now()
        {
            self.fallen.pop_front();
            if self.open(line).is_err() {
                self.fallen.push_back((self.now() + RETRY, line));
            }
        }
    }

    fn fell(&mut self, line: u32) {
        // Dropping it closes it, and epoll forgets it.
        self.lines[line as usize] = None;
        self.fallen.push_back((self.now() + RETRY, line));
    }

    fn write(&mut self, number: u32) {
        let Some(line) = &mut self.lines[number as usize] else { return };
        // A line that cannot be written is told by its reading.
        let all = line.flush().unwrap_or(true);
        let mut flags = epoll::EventFlags::IN;
        if !all {
            flags |= epoll::EventFlags::OUT;
        }
        if line.watch_writes(!all) {
            let _ = epoll::modify(&self.epoll, &*line, epoll::EventData::new_u64(number.into()), flags);
        }
    }

    fn read(&mut self, number: u32, tell: &mut impl FnMut(u32, Heard<'_>, Nanos)) {
        loop {
            let Some(line) = &mut self.lines[number as usize] else { return };
            let cursor = &mut self.seats[number as usize].cursor;
            let mut now = None;
            let read = line.read(&mut self.scratch, |heard| {
                let now = *now.get_or_insert_with(|| self.watch.elapsed().as_nanos() as Nanos);
                if let Heard::Text(frame) = heard {
                    note_cursor(frame, cursor);
                }
                tell(number, heard, now);
            });
            if let Err(code) = read {
                self.fell(number);
                return tell(number, Heard::Closed(code), self.now());
            }
            if line.has_to_write() {
                self.write(number);
            }
            if !self.lines[number as usize].as_mut().is_some_and(Line::has_more) {
                return;
            }
        }
    }
}

/// Events carry it at their beginning.
fn note_cursor(frame: &[u8], cursor: &mut String) {
    let start = &frame[..frame.len().min(128)];
    let Some(at) = memmem::find(start, br#""cursor":""#) else { return };
    let value = start[at + 10..].split(|byte| *byte == b'"').next().unwrap_or_default();
    cursor.clear();
    cursor.push_str(std::str::from_utf8(value).unwrap_or_default());
}

/// What to do about it.
pub fn refusal(code: u16) -> String {
    match code {
        1013 => {
            "1013, no room. In its parlor.toml: [limits] sockets and sockets_per_address (all of the bench comes from \
                 one address)"
                .into()
        }
        4401 => "4401, not known".into(),
        1006 => "the connection broke".into(),
        status if status < 1_000 => format!("the upgrade was answered with {status}"),
        other => format!("close code {other}"),
    }
}
