//! The look every two seconds: rates from what was counted since the last looks, and the state of store and machine.

use super::history::{self, History, Point};
use super::machine::{self, Disk};
use super::model::{Sight, Sources};
use crate::db::figures::FIGURES as STORE;
use crate::http::figures::FIGURES as HTTP;
use crate::identity::figures::FIGURES as PEOPLE;
use crate::jobs::figures::FIGURES as JOBS;
use crate::kernel::figures::Tally;
use crate::kernel::{Millis, Steady};
use crate::{socket, vault};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;

pub const EVERY_MS: i64 = Millis::seconds(2);
/// Rates are told of so long a time …
const WINDOW_MS: i64 = Millis::seconds(10);
/// … and those that are told for a minute, of this.
const LONG_WINDOW_MS: i64 = Millis::minutes(1);
/// What costs a query or a walk is looked at this often.
const SEARCH_EVERY_MS: i64 = Millis::seconds(10);
const FILES_EVERY_MS: i64 = Millis::minutes(10);
/// Problems are remembered minute by minute, for an hour.
const MINUTES: usize = 60;
const PROBLEMS_SHOWN: usize = 10;
/// A set clock is told for so long.
const JUMP_MS: i64 = Millis::minutes(10);
/// Less is a clock that is kept right.
const JUMP_MIN_MS: i64 = Millis::seconds(5);

/// Cheap to clone.
#[derive(Clone)]
pub struct Pulse(Arc<Inner>);

struct Inner {
    sources: Sources,
    started_at: Millis,
    history: History,
    latest: Mutex<Sight>,
    memory: Mutex<Memory>,
}

/// What was counted up to one moment.
#[derive(Clone)]
struct Counted {
    steady: Steady,
    at: Millis,
    answered: Tally,
    messages: u64,
    requests: u64,
    refused: u64,
    errors: u64,
    sign_in_failures: u64,
    cpu_s: f64,
}

/// From look to look.
#[derive(Default)]
struct Memory {
    counted: VecDeque<Counted>,
    /// At the beginning of each minute.
    problems: VecDeque<Vec<(&'static str, u64)>>,
    problems_at: Option<Steady>,
    search_at: Option<Steady>,
    files_at: Option<Steady>,
    point_at: Option<Steady>,
    probed_at: Option<Steady>,
    jump: Option<(Steady, i64)>,
}

/// Whether it is time again.
fn is_due(last: &mut Option<Steady>, now: Steady, every_ms: i64) -> bool {
    let due = last.is_none_or(|last| now.since(last) >= every_ms);
    if due {
        *last = Some(now);
    }
    due
}

impl Pulse {
    pub fn new(sources: Sources) -> Pulse {
        let started_at = sources.clock.now();
        let (history, latest, memory) = (History::default(), Mutex::default(), Mutex::default());
        Pulse(Arc::new(Inner { sources, started_at, history, latest, memory }))
    }

    pub fn sources(&self) -> &Sources {
        &self.0.sources
    }

    pub fn started_at(&self) -> Millis {
        self.0.started_at
    }

    pub fn sight(&self) -> Sight {
        self.0.latest.lock().clone()
    }

    pub fn history(&self) -> Vec<Point> {
        self.0.history.points()
    }

    /// One look.
    pub(super) fn look(&self, now: Millis) -> Sight {
        let inner = &*self.0;
        let mut memory = inner.memory.lock();
        let before = inner.latest.lock().clone();
        let steady = inner.sources.clock.steady();
        let process = machine::process();
        let counted = inner.count(steady, now, process.cpu_s);
        memory.note_jump(&counted);
        memory.counted.push_back(counted);
        memory.forget(steady);
        let mut sight = Sight {
            at: now,
            started_at: inner.started_at,
            process,
            sockets: socket::figures::open(),
            writer_waiting: inner.sources.db.waiting() as u64,
            writer_waiting_max: inner.sources.db.waiting_max() as u64,
            store_in_trouble: STORE.is_in_trouble(),
            store_damage: STORE.damage_of_store(),
            disk: Disk::of(&inner.sources.data),
            disk_full_in_days: inner.history.disk_full_in_days(),
            store_bytes: machine::database_bytes(inner.sources.db.path()),
            search_bytes: machine::database_bytes(&inner.sources.data.join("search.db")),
            master_key_in_data: inner.sources.data.join(vault::MASTER_KEY_FILE).exists(),
            recovery_key_in_data: inner.sources.data.join("recovery-key.txt").exists(),
            clock_jump_s: memory.jump.map_or(0.0, |(_, ms)| ms as f64 / 1e3),
            problems: memory.problems(steady),
            search_behind_events: before.search_behind_events,
            search_behind_s: before.search_behind_s,
            attachments: before.attachments,
            attachment_bytes: before.attachment_bytes,
            ..Sight::default()
        };
        memory.rates(&mut sight);
        inner.look_closely(&mut memory, steady, &mut sight);
        if is_due(&mut memory.point_at, steady, history::EVERY_MS) {
            inner.history.put(point(&sight));
        }
        *inner.latest.lock() = sight.clone();
        sight
    }
}

impl Inner {
    fn count(&self, steady: Steady, at: Millis, cpu_s: f64) -> Counted {
        Counted {
            steady,
            at,
            answered: STORE.answered.get(),
            messages: STORE.events.of("message.created").get(),
            requests: HTTP.requests(),
            refused: STORE.refused.get(),
            errors: HTTP.server_errors.get(),
            sign_in_failures: PEOPLE.sign_ins_failed.get(),
            cpu_s,
        }
    }

    /// What is not free. A store that cannot answer leaves it as it was.
    fn look_closely(&self, memory: &mut Memory, steady: Steady, sight: &mut Sight) {
        let db = &self.sources.db;
        if is_due(&mut memory.search_at, steady, SEARCH_EVERY_MS) {
            let indexed = JOBS.positions.of("search").get();
            let behind = db.read_blocking(move |snapshot| {
                Ok((snapshot.position()? - indexed, snapshot.events_after(indexed, 1)?.first().map(|event| event.at)))
            });
            if let Ok((events, oldest)) = behind {
                sight.search_behind_events = events.max(0);
                sight.search_behind_s = oldest.map_or(0.0, |oldest| sight.at.since(oldest) as f64 / 1e3);
            }
        }
        if is_due(&mut memory.files_at, steady, FILES_EVERY_MS)
            && let Ok((files, bytes)) = (self.sources.attachments)()
        {
            (sight.attachments, sight.attachment_bytes) = (files, bytes);
        }
        // Nobody may want to write just now; whether it works again must be known all the same.
        if sight.store_in_trouble && is_due(&mut memory.probed_at, steady, SEARCH_EVERY_MS) {
            let now = sight.at;
            drop(db.write(move |tx| super::store::update_probe(tx, now)));
        }
    }
}

impl Memory {
    /// How far the wall clock went from the steady one since the last look.
    fn note_jump(&mut self, now: &Counted) {
        if let Some(last) = self.counted.back() {
            let jump = ((now.at.0 - last.at.0) - now.steady.since(last.steady)).abs();
            let larger = self.jump.is_none_or(|(_, known)| jump >= known);
            if jump >= JUMP_MIN_MS && larger {
                self.jump = Some((now.steady, jump));
            }
        }
        self.jump = self.jump.filter(|(since, _)| now.steady.since(*since) < JUMP_MS);
    }

    fn forget(&mut self, now: Steady) {
        while self.counted.get(1).is_some_and(|second| now.since(second.steady) >= LONG_WINDOW_MS) {
            self.counted.pop_front();
        }
    }

    fn rates(&self, sight: &mut Sight) {
        let (Some(now), Some(first)) = (self.counted.back(), self.counted.front()) else { return };
        let recent = |counted: &&Counted| now.steady.since(counted.steady) >= WINDOW_MS;
        let lately = self.counted.iter().rev().find(recent).unwrap_or(first);
        let seconds = |earlier: &Counted| (now.steady.since(earlier.steady) as f64 / 1e3).max(0.001);
        let per_s = |of: fn(&Counted) -> u64, earlier: &Counted| (of(now) - of(earlier)) as f64 / seconds(earlier);
        sight.messages_per_s = per_s(|c| c.messages, lately);
        sight.requests_per_s = per_s(|c| c.requests, lately);
        // One error in the first second of the program is one a minute, not 60.
        let minutes = (now.steady.since(first.steady) as f64 / LONG_WINDOW_MS as f64).max(1.0);
        let per_minute = |of: fn(&Counted) -> u64| (of(now) - of(first)) as f64 / minutes;
        sight.refused_per_minute = per_minute(|c| c.refused);
        sight.errors_per_minute = per_minute(|c| c.errors);
        sight.sign_in_failures_per_minute = per_minute(|c| c.sign_in_failures);
        sight.cpu_percent = (now.cpu_s - lately.cpu_s) * 100.0 / seconds(lately);
        let answered = now.answered.since(&lately.answered);
        sight.answer_p50_ms = answered.below(0.5).map(|s| s * 1e3);
        sight.answer_p99_ms = answered.below(0.99).map(|s| s * 1e3);
    }

    fn problems(&mut self, now: Steady) -> Vec<(&'static str, u64)> {
        let counts: Vec<_> = HTTP.problems.all().into_iter().map(|(code, count)| (code, count.get())).collect();
        let then = self.problems.front().cloned().unwrap_or_default();
        if is_due(&mut self.problems_at, now, Millis::minutes(1)) {
            if self.problems.len() == MINUTES {
                self.problems.pop_front();
            }
            self.problems.push_back(counts.clone());
        }
        let earlier = |code: &str| then.iter().find(|(known, _)| *known == code).map_or(0, |(_, count)| *count);
        let lately = counts.into_iter().map(|(code, count)| (code, count.saturating_sub(earlier(code))));
        let mut lately: Vec<_> = lately.filter(|(_, count)| *count > 0).collect();
        lately.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
        lately.truncate(PROBLEMS_SHOWN);
        lately
    }
}

fn point(sight: &Sight) -> Point {
    Point {
        at: sight.at,
        sockets: sight.sockets.iter().map(|(_, _, open)| *open as f64).sum(),
        messages_per_s: sight.messages_per_s,
        answer_p99_ms: sight.answer_p99_ms.unwrap_or(0.0),
        writer_waiting: sight.writer_waiting as f64,
        errors_per_minute: sight.errors_per_minute,
        memory_bytes: sight.process.memory_bytes as f64,
        cpu_percent: sight.cpu_percent,
        disk_free_bytes: sight.disk.map_or(0.0, |disk| disk.free_bytes as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::figures::Spread;

    fn counted(steady_s: i64, wall_s: i64, errors: u64) -> Counted {
        Counted {
            steady: Steady(steady_s * 1_000),
            at: Millis(wall_s * 1_000),
            answered: Spread::times().get(),
            messages: errors * 10,
            requests: 0,
            refused: 0,
            errors,
            sign_in_failures: 0,
            cpu_s: steady_s as f64 / 2.0,
        }
    }

    fn seen(memory: &Memory) -> Sight {
        let mut sight = Sight::default();
        memory.rates(&mut sight);
        sight
    }

    #[test]
    fn rates_are_of_the_last_seconds_and_of_the_last_minute() {
        let mut memory = Memory::default();
        for second in 0..=300 {
            // One each second, then none.
            memory.counted.push_back(counted(second, second, (second as u64).min(270)));
            memory.forget(Steady(second * 1_000));
        }
        let sight = seen(&memory);
        assert_eq!((sight.messages_per_s, sight.errors_per_minute, sight.cpu_percent), (0.0, 30.0, 50.0));
        assert!(memory.counted.len() < 65);
    }

    #[test]
    fn one_error_in_the_first_second_is_one_a_minute() {
        let mut memory = Memory::default();
        memory.counted.extend([counted(0, 0, 0), counted(1, 1, 1)]);
        assert_eq!(seen(&memory).errors_per_minute, 1.0);
    }

    #[test]
    fn a_set_clock_is_remembered_for_a_while() {
        let mut memory = Memory::default();
        let mut look = |steady_s, wall_s| {
            let counted = counted(steady_s, wall_s, 0);
            memory.note_jump(&counted);
            memory.counted.push_back(counted);
            memory.jump.map_or(0, |(_, ms)| ms / 1_000)
        };
        assert_eq!(look(0, 1_000), 0);
        assert_eq!(look(2, 1_003), 0);
        assert_eq!(look(4, 4_605), 3_600);
        assert_eq!(look(6, 4_607), 3_600);
        assert_eq!(look(8, 1_000), 3_609, "backwards counts as well");
        assert_eq!(look(700, 1_692), 0);
    }
}
