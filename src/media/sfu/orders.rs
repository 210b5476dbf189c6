//! What the house asks for: somebody joins, is shown, leaves.

use super::leg::{Leg, PEOPLE, SCREEN};
use super::slot::Source;
use super::{Call, LegKey, Sfu};
use crate::media::figures::FIGURES;
use crate::media::moment::Moment;
use crate::media::port::Outbox;
use crate::media::sdp::{Answer, Down, Offer};
use crate::media::{Join, LegRole, MediaError, Order, Shown, Tap, TrackKind};
use crate::vault::random;
use std::sync::Arc;

impl Sfu {
    pub fn obey(&mut self, order: Order, now: Moment, outbox: &mut Outbox) {
        match order {
            Order::Join(Join { call, leg, role, offer, answer }) => {
                // Whoever asked may have gone meanwhile.
                let _ = answer.send(self.join((call, leg), role, &offer, now));
            }
            Order::Show { call, leg, slots } => self.show((call, leg), slots, now, outbox),
            Order::Leave { call, leg } => self.leave((call, leg), now, outbox),
            Order::Close { call } => {
                let legs: Vec<LegKey> = self.legs.keys().filter(|key| key.0 == call).copied().collect();
                legs.into_iter().for_each(|key| self.leave(key, now, outbox));
                self.calls.remove(&call);
                self.qualities.forget(call);
            }
            Order::Tap { call, tap } => self.tap(call, tap, now, outbox),
            Order::Stop => {}
        }
        self.count();
    }

    fn join(&mut self, key: LegKey, role: LegRole, offer: &str, now: Moment) -> Result<String, MediaError> {
        let offer = Offer::parse(offer).map_err(MediaError::Offer)?;
        if let Some(leg) = self.legs.get_mut(&key)
            && leg.fingerprint == offer.fingerprint
        {
            if leg.ice.remote_ufrag != offer.ufrag {
                if let Some(older) = leg.ice.former.take() {
                    self.ufrags.remove(&older.ufrag);
                }
                leg.ice.restart(offer.ufrag.clone());
                self.ufrags.insert(leg.ice.pass.ufrag.clone(), key);
            }
            leg.role = role;
            let down = leg.down(&offer);
            return Ok(self.answer(key, &offer, &down));
        }
        let others = self.legs.keys().filter(|(call, leg)| *call == key.0 && *leg != key.1).count();
        if others >= self.legs_max {
            FIGURES.refused.one();
            return Err(MediaError::LegsFull);
        }
        if others == 0 && !self.legs.contains_key(&key) && self.calls_under_way() >= self.calls_max {
            FIGURES.refused.one();
            return Err(MediaError::CallsFull);
        }
        let (leg, down) = Leg::new(&self.identity, role, &offer, now)?;
        self.end(key, now);
        self.ufrags.insert(leg.ice.pass.ufrag.clone(), key);
        self.legs.insert(key, leg);
        self.calls.entry(key.0).or_default();
        self.arrange(key.0);
        Ok(self.answer(key, &offer, &down))
    }

    fn answer(&self, key: LegKey, offer: &Offer, down: &[Option<Down>]) -> String {
        let Some(leg) = self.legs.get(&key) else { return String::new() };
        let pass = &leg.ice.pass;
        Answer {
            offer,
            ufrag: &pass.ufrag,
            password: &pass.password,
            fingerprint: &self.fingerprint,
            announced: &self.announced,
            kbit_max: self.kbit_max,
            down,
            session: u64::from_be_bytes(random()) >> 2,
        }
        .write()
    }

    fn show(&mut self, key: LegKey, slots: Vec<Shown>, now: Moment, outbox: &mut Outbox) {
        // Of calls that nobody joined yet there are as many as there may be calls, and some that ring.
        if !self.calls.contains_key(&key.0) && self.calls.len() >= 4 * self.calls_max {
            return FIGURES.refused.one();
        }
        self.calls.entry(key.0).or_default().shown.insert(key.1, slots);
        self.arrange(key.0);
        self.want_key_frames(key);
        self.hurry(key.0, now, outbox);
    }

    fn tap(&mut self, call: i64, tap: Option<Arc<dyn Tap>>, now: Moment, outbox: &mut Outbox) {
        let starts = tap.is_some();
        let room = self.calls.len() < 4 * self.calls_max;
        match self.calls.get_mut(&call) {
            Some(known) => known.tap = tap,
            None if starts && room => self.calls.entry(call).or_default().tap = tap,
            None => {}
        }
        for (_, leg) in self.legs.iter_mut().filter(|(key, _)| key.0 == call) {
            for track in &mut leg.tracks {
                track.ordered.clear();
                if starts {
                    track.want_key_frame();
                }
            }
        }
        if starts {
            self.hurry(call, now, outbox);
        }
    }

    fn leave(&mut self, key: LegKey, now: Moment, outbox: &mut Outbox) {
        if let Some(leg) = self.legs.get_mut(&key) {
            leg.secure.goodbye(self.watch.instant(now));
            leg.send_secure(self.watch, now, outbox);
        }
        if let Some(call) = self.calls.get_mut(&key.0) {
            call.shown.remove(&key.1);
        }
        self.end(key, now);
    }

    /// Takes the leg away; what was ordered for it stays.
    pub(super) fn end(&mut self, key: LegKey, now: Moment) {
        let Some(leg) = self.legs.remove(&key) else { return };
        self.routes.retain(|_, of| *of != key);
        self.ufrags.retain(|_, of| *of != key);
        self.qualities.note(key.0, [leg.quality(key.1, now)]);
        if let Some(tap) = self.calls.get(&key.0).and_then(|call| call.tap.as_ref()) {
            tap.gone(key.1);
        }
        // Whoever comes back under this number begins anew in the places where it is shown.
        for (_, other) in self.legs.iter_mut().filter(|(other, _)| other.0 == key.0) {
            other.slots().filter(|slot| slot.source.is_some_and(|s| s.leg == key.1)).for_each(|slot| slot.interrupt());
        }
        self.arrange(key.0);
        let forgotten = |call: &Call| call.shown.is_empty() && call.tap.is_none();
        if self.calls.get(&key.0).is_some_and(forgotten) && !self.legs.keys().any(|(call, _)| *call == key.0) {
            self.calls.remove(&key.0);
        }
        self.count();
    }

    /// Makes places and viewers what was ordered.
    fn arrange(&mut self, call: i64) {
        let Some(Call { shown, .. }) = self.calls.get(&call) else { return };
        let mut viewers: Vec<(LegKey, usize, Source)> = Vec::new();
        for (key, leg) in self.legs.iter_mut().filter(|(key, _)| key.0 == call) {
            let shown = shown.get(&key.1).map(Vec::as_slice).unwrap_or_default();
            leg.sounds.iter_mut().enumerate().for_each(|(place, slot)| slot.show(heard(shown, place)));
            leg.pictures.iter_mut().enumerate().for_each(|(place, slot)| slot.show(seen(shown, place)));
            let sources = leg.slots().enumerate().filter_map(|(at, slot)| slot.source.map(|source| (*key, at, source)));
            viewers.extend(sources);
        }
        for (key, leg) in self.legs.iter_mut().filter(|(key, _)| key.0 == call) {
            for track in &mut leg.tracks {
                let of_track =
                    |(_, _, source): &&(LegKey, usize, Source)| source.leg == key.1 && source.kind == track.kind;
                track.viewers = viewers.iter().filter(of_track).map(|(viewer, at, _)| (*viewer, *at)).collect();
            }
        }
    }

    fn calls_under_way(&self) -> usize {
        let mut calls: Vec<i64> = self.legs.keys().map(|key| key.0).collect();
        calls.sort_unstable();
        calls.dedup();
        calls.len()
    }

    fn count(&self) {
        FIGURES.calls.set(self.calls_under_way() as i64);
        FIGURES.legs.set(self.legs.len() as i64);
    }
}

fn heard(shown: &[Shown], place: usize) -> Option<Source> {
    let shown = shown.iter().find(|shown| shown.slot == place && shown.audio && place < PEOPLE)?;
    Some(Source { leg: shown.of, kind: TrackKind::Mic })
}

fn seen(shown: &[Shown], place: usize) -> Option<Source> {
    let shown = shown.iter().find(|shown| shown.slot == place)?;
    match place == SCREEN {
        true => shown.screen.then_some(Source { leg: shown.of, kind: TrackKind::Screen }),
        false => shown.camera.then_some(Source { leg: shown.of, kind: TrackKind::Camera }),
    }
}
