//! Writes one recording, on a thread of its own: packets become frames, frames become segments of a second, and each segment is
//! sealed, linked into the chain and synced before the next one.

use super::chain::{Chain, Lost, Statement, of_track};
use super::closing::close;
use super::contents::{Contents, Entry, TRACKS_MAX, of_cluster};
use super::frames::{Kind, Packet, Track};
use super::model::{EndReason, Ended, Party};
use super::webm::{Block, cluster};
use crate::kernel::{Clock, Millis, Steady, UserId};
use crate::vault::LogWriter;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// A segment is so long …
const SEGMENT_MS: i64 = 1_000;
/// … and ends so long ago: what came over a slow line still finds its place.
const HELD_BACK_MS: i64 = 200;
/// A block's time counts from its cluster's in 16 bits; there is so much only when the disk stood still.
const CLUSTER_MAX_MS: u64 = 20_000;
/// So often a picture that stands by itself is asked for: seeking begins there.
const KEY_EVERY_MS: i64 = 10_000;
/// One that is needed is asked for so often.
const KEY_AGAIN_MS: i64 = 1_000;

/// What the scribe may use up.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub longest_ms: i64,
}

pub type HasRoom = Box<dyn Fn() -> bool + Send>;

pub struct Scribe {
    log: LogWriter,
    chain: Chain,
    contents: Arc<RwLock<Contents>>,
    clock: Clock,
    room: Room,
    /// Whether the disk has room for more than what the store itself needs.
    has_room: HasRoom,
    began: Steady,
    paused: Option<Steady>,
    /// How long the pauses were.
    left_out_ms: i64,
    tracks: HashMap<(i64, Kind), Line>,
    waiting: Vec<Block>,
    /// Until here, in the recording's time, everything is written.
    cut_ms: i64,
    key_wanted: Option<Steady>,
    key_came: Steady,
}

/// A track and its number in the file; none if there were too many.
struct Line {
    number: Option<u8>,
    track: Track,
    /// Something came since the last look.
    is_alive: bool,
}

impl Scribe {
    pub fn new(
        log: LogWriter,
        chain: Chain,
        contents: Arc<RwLock<Contents>>,
        clock: &Clock,
        room: Room,
        has_room: HasRoom,
    ) -> Scribe {
        let began = clock.steady();
        Scribe {
            log,
            chain,
            contents,
            clock: clock.clone(),
            room,
            has_room,
            began,
            paused: None,
            left_out_ms: 0,
            tracks: HashMap::new(),
            waiting: Vec::new(),
            cut_ms: 0,
            key_wanted: None,
            key_came: began,
        }
    }

    /// The recording's time.
    fn now_ms(&self) -> i64 {
        self.paused.unwrap_or_else(|| self.clock.steady()).since(self.began) - self.left_out_ms
    }

    fn say(&mut self, statement: impl FnOnce(u64, i64) -> Statement) -> io::Result<()> {
        let at = self.clock.now().0;
        let link = self.chain.link(|n| statement(n, at));
        self.log.append(Entry::Statement(link.clone()).encode())?;
        self.contents.write().note(link);
        Ok(())
    }

    pub fn begin(
        &mut self,
        recording: String,
        call: String,
        conversation: String,
        parties: &[Party],
    ) -> io::Result<()> {
        self.say(|n, at| Statement::Begin { n, at, recording, call, conversation })?;
        parties.iter().try_for_each(|party| self.join(party))
    }

    pub fn join(&mut self, party: &Party) -> io::Result<()> {
        let (leg, name, side) = (party.leg.0, party.name.clone(), party.side().to_owned());
        self.say(|n, at| Statement::Party { n, at, leg, name, side })
    }

    pub fn take(&mut self, arrived: Steady, mut packet: Packet) -> io::Result<()> {
        packet.arrived_ms = arrived.since(self.began) - self.left_out_ms;
        let key = (packet.leg, packet.kind);
        if !self.tracks.contains_key(&key) {
            let number = self.new_number(packet.leg, packet.kind)?;
            self.tracks.insert(key, Line { number, track: Track::new(packet.kind), is_alive: false });
        }
        let Some(line) = self.tracks.get_mut(&key) else { return Ok(()) };
        line.is_alive = true;
        let frame = line.track.take(&packet);
        if let (Some(frame), Some(track)) = (frame, line.number) {
            if frame.size.is_some() {
                self.key_came = self.clock.steady();
            }
            self.waiting.push(Block { track, at_ms: frame.at_ms, is_key: frame.is_key, data: frame.data });
        }
        Ok(())
    }

    /// The same leg and kind keep their number when they come back.
    fn new_number(&mut self, leg: i64, kind: Kind) -> io::Result<Option<u8>> {
        let tracks = self.contents.read().tracks.len();
        if tracks >= TRACKS_MAX {
            tracing::warn!(leg, "a recording has as many tracks as it can: what else is sent is left out");
            return Ok(None);
        }
        let number = tracks as u8 + 1;
        self.say(|n, at| of_track(n, at, number, leg, kind))?;
        Ok(Some(number))
    }

    /// What this leg sends from now on builds on nothing that came before.
    pub fn gone(&mut self, leg: i64) {
        self.tracks.iter_mut().filter(|((of, _), _)| *of == leg).for_each(|(_, line)| line.track.begin_anew());
    }

    pub fn pause(&mut self, reason: String, by: Option<UserId>) -> io::Result<()> {
        if self.paused.is_some() {
            return Ok(());
        }
        let at_ms = self.now_ms();
        self.paused = Some(self.clock.steady());
        self.write_until(i64::MAX)?;
        self.cut_ms = at_ms;
        let by = by.map(|user| user.to_string());
        self.say(|n, at| Statement::Paused { n, at, at_ms: at_ms as u64, reason, by })
    }

    pub fn resume(&mut self, by: Option<UserId>) -> io::Result<()> {
        let Some(paused) = self.paused.take() else { return Ok(()) };
        self.left_out_ms += self.clock.steady().since(paused);
        self.tracks.values_mut().for_each(|line| line.track.begin_anew());
        let (at_ms, by) = (self.now_ms() as u64, by.map(|user| user.to_string()));
        self.say(|n, at| Statement::Resumed { n, at, at_ms, by })
    }

    /// Writes what is due. A reason: it cannot go on.
    pub fn turn(&mut self) -> Result<(), EndReason> {
        let now = self.now_ms();
        if now > self.room.longest_ms {
            return Err(EndReason::TooLong);
        }
        if now - HELD_BACK_MS - self.cut_ms < SEGMENT_MS {
            return Ok(());
        }
        if !(self.has_room)() {
            return Err(EndReason::DiskFull);
        }
        self.write_until(now - HELD_BACK_MS).map_err(|error| failed(&error))
    }

    fn write_until(&mut self, until_ms: i64) -> io::Result<()> {
        let (mut due, later): (Vec<Block>, Vec<Block>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|block| (block.at_ms as i64) < until_ms);
        self.waiting = later;
        self.cut_ms = until_ms;
        due.sort_by_key(|block| block.at_ms);
        while let Some(first) = due.first() {
            let end = first.at_ms + CLUSTER_MAX_MS;
            let rest = due.split_off(due.partition_point(|block| block.at_ms < end));
            self.write_segment(std::mem::replace(&mut due, rest))?;
        }
        Ok(())
    }

    fn write_segment(&mut self, blocks: Vec<Block>) -> io::Result<()> {
        let cluster = cluster(blocks);
        let at = self.clock.now().0;
        let link = self.chain.link(|n| of_cluster(n, at, &cluster));
        let entry = Entry::Segment(link.clone(), cluster);
        let record = self.log.append(entry.encode())?;
        if let Entry::Segment(_, cluster) = entry {
            self.contents.write().add(link, &cluster, record);
        }
        Ok(())
    }

    /// Whether somebody should be asked for a picture that stands by itself.
    pub fn wants_key(&mut self) -> bool {
        let now = self.clock.steady();
        let alive = |((_, kind), line): (&(i64, Kind), &Line)| line.is_alive && !kind.is_sound();
        let needs = self.tracks.iter().any(|line| alive(line) && line.1.track.needs_key());
        let is_due = now.since(self.key_came) >= KEY_EVERY_MS && self.tracks.iter().any(alive);
        self.tracks.values_mut().for_each(|line| line.is_alive = false);
        let is_early = self.key_wanted.is_some_and(|asked| now.since(asked) < KEY_AGAIN_MS);
        let wants = self.paused.is_none() && (needs || is_due) && !is_early;
        if wants {
            self.key_wanted = Some(now);
        }
        wants
    }

    /// Writes what is left, and the end. An error: it is closed by whoever looks for what broke off.
    pub fn end(&mut self, reason: EndReason, dropped: u64) -> io::Result<Ended> {
        let now: Millis = self.clock.now();
        self.write_until(i64::MAX)?;
        let lost = Lost { dropped, ..self.lost() };
        close(&mut self.log, &mut self.chain, &mut self.contents.write(), reason, lost, now)
    }

    fn lost(&self) -> Lost {
        self.tracks.values().map(|line| line.track.lost()).fold(Lost::default(), |sum, lost| Lost {
            sounds: sum.sounds + lost.sounds,
            pictures: sum.pictures + lost.pictures,
            foreign: sum.foreign + lost.foreign,
            dropped: 0,
        })
    }
}

pub fn failed(error: &io::Error) -> EndReason {
    tracing::error!(%error, "a recording cannot be written");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => EndReason::DiskFull,
        _ => EndReason::DiskFailed,
    }
}
