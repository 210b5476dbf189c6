//! What time brings: asking again, feedback, legs that fell silent.

use super::leg::State;
use super::{LegKey, Sfu};
use crate::media::moment::Moment;
use crate::media::port::Outbox;
use crate::media::{LegQuality, Told};
use std::collections::HashMap;
use std::time::Duration;

/// Browsers check the way every two and a half seconds.
const INTERRUPTED: Duration = Duration::from_secs(5);
const LOST: Duration = Duration::from_secs(20);
const NEVER_CAME: Duration = Duration::from_secs(30);
/// Ticks between two feedbacks about arrivals, and between two reports.
const FEEDBACK: u64 = 5;
const REPORT: u64 = 50;
/// An estimate says nothing about ten seconds later.
const ESTIMATE_HOLDS: Duration = Duration::from_secs(10);
/// Below that a picture is none, whatever a browser's way carries.
const BITS_MIN: u64 = 100_000;

impl Sfu {
    pub fn tick(&mut self, now: Moment, outbox: &mut Outbox) {
        self.ticks += 1;
        for leg in self.legs.values_mut() {
            match leg.state {
                State::Connecting => leg.send_secure(self.watch, now, outbox),
                _ => {
                    leg.ask_again(now, outbox);
                    if self.ticks.is_multiple_of(FEEDBACK) {
                        leg.tell_arrivals(outbox);
                    }
                }
            }
        }
        self.record_waiting();
        if self.ticks.is_multiple_of(REPORT) {
            self.reports(now, outbox);
            self.silent(now);
        }
    }

    pub fn each_second(&mut self, now: Moment) {
        let mut by_call: HashMap<i64, Vec<LegQuality>> = HashMap::new();
        for (key, leg) in &self.legs {
            by_call.entry(key.0).or_default().push(leg.quality(key.1, now));
        }
        by_call.into_iter().for_each(|(call, legs)| self.qualities.note(call, legs));
    }

    fn reports(&mut self, now: Moment, outbox: &mut Outbox) {
        let limits: Vec<(LegKey, u64)> = self.legs.keys().map(|key| (*key, self.limit(*key, now))).collect();
        for (key, bits) in limits {
            if let Some(leg) = self.legs.get_mut(&key) {
                leg.tell_reports(now, Some(bits), outbox);
            }
        }
        // Whoever still waits for a picture to begin gets another chance: a request may have been lost.
        let keys: Vec<LegKey> = self.legs.keys().copied().collect();
        keys.into_iter().for_each(|key| self.want_key_frames(key));
    }

    /// What a leg may send: what is allowed, and what the worst way to a viewer of its pictures carries.
    fn limit(&self, key: LegKey, now: Moment) -> u64 {
        let allowed = u64::from(self.kbit_max) * 1_000;
        let Some(leg) = self.legs.get(&key) else { return allowed };
        let viewers = leg.tracks.iter().filter(|track| track.is_video()).flat_map(|track| &track.viewers);
        let carried = viewers.filter_map(|(viewer, _)| {
            let viewer = self.legs.get(viewer)?;
            let (bits, at) = viewer.estimate?;
            let shown = viewer.pictures.iter().filter(|slot| slot.source.is_some()).count().max(1) as u64;
            (now.since(at) < ESTIMATE_HOLDS).then_some(bits / shown)
        });
        carried.fold(allowed, u64::min).max(BITS_MIN.min(allowed))
    }

    fn silent(&mut self, now: Moment) {
        let mut over = Vec::new();
        let mut told = Vec::new();
        for (key, leg) in &mut self.legs {
            let (call, no) = *key;
            let silence = now.since(leg.heard);
            match leg.state {
                State::Connecting if now.since(leg.born) > NEVER_CAME => over.push(*key),
                State::Up if silence > INTERRUPTED => {
                    leg.state = State::Interrupted;
                    told.push(Told::Interrupted { call, leg: no });
                }
                State::Interrupted if silence > LOST => over.push(*key),
                _ => {}
            }
            for track in leg.tracks.iter_mut().filter(|track| track.live && track.is_silent(now)) {
                track.fall_silent();
                told.push(Told::Publishing { call, leg: no, kind: track.kind, active: false });
            }
        }
        told.into_iter().for_each(|told| self.tell(told));
        for key in over {
            self.end(key, now);
            self.tell(Told::Lost { call: key.0, leg: key.1 });
        }
    }
}
