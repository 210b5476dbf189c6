//! The way of a packet: opened, measured, shown to whom it is to be shown, and to the recorder.

use super::leg::Leg;
use super::track::{Packet, Track};
use super::{Call, LegKey, Sfu};
use crate::kernel::Clock;
use crate::media::figures::FIGURES;
use crate::media::moment::Moment;
use crate::media::port::{Outbox, Route};
use crate::media::wire::rtcp::{self, Item};
use crate::media::wire::rtp::Header;
use crate::media::{LegRole, TapPacket};
use std::collections::HashMap;

impl Sfu {
    pub fn rtp(&mut self, route: Route, bytes: &[u8], now: Moment, outbox: &mut Outbox) {
        FIGURES.packets_in.one();
        FIGURES.bytes_in.add(bytes.len() as u64);
        let Some(key) = self.routes.get(&route).copied() else { return FIGURES.strange.one() };
        let (Some(leg), Some(header)) = (self.legs.get_mut(&key), Header::parse(bytes)) else {
            return FIGURES.strange.one();
        };
        let Some(packet) = leg.secure.open_rtp(bytes, &header) else { return FIGURES.strange.one() };
        leg.heard = now;
        leg.route = Some(route);
        let Some(at) = leg.admit(&header, &packet, now) else { return };
        let track = &mut leg.tracks[at];
        let kind = track.kind;
        let Some(packet) = track.take(&header, &packet, now) else { return };
        // A browser probes with empty packets before it has anything to show.
        let begins = !track.live && !packet.payload.is_empty();
        if begins {
            track.live = true;
            if !track.viewers.is_empty() && !packet.begins {
                track.want_key_frame();
            }
        }
        let viewers = std::mem::take(&mut track.viewers);
        let (clock, live) = (track.clock(), track.live);
        if live {
            show(&mut self.legs, &viewers, &packet, clock, now, outbox);
        }
        let call = self.calls.get(&key.0);
        if let Some(leg) = self.legs.get_mut(&key) {
            leg.tracks[at].viewers = viewers;
            let heard = leg.role == LegRole::Talks || !leg.tracks[at].viewers.is_empty();
            if let Some(call) = call.filter(|call| call.tap.is_some() && heard && !packet.payload.is_empty()) {
                leg.tracks[at].ordered.put(packet, now);
                record(call, key, &mut leg.tracks[at], &self.clock);
            }
        }
        if begins {
            self.publishing(key, kind, true);
        }
    }

    /// What the recorder was waiting for may have been given up.
    pub(super) fn record_waiting(&mut self) {
        for (key, leg) in &mut self.legs {
            if let Some(call) = self.calls.get(&key.0).filter(|call| call.tap.is_some()) {
                leg.tracks.iter_mut().for_each(|track| record(call, *key, track, &self.clock));
            }
        }
    }

    pub fn rtcp(&mut self, route: Route, bytes: &[u8], now: Moment, outbox: &mut Outbox) {
        let Some(key) = self.routes.get(&route).copied() else { return FIGURES.strange.one() };
        let Some(leg) = self.legs.get_mut(&key) else { return };
        let Some(packet) = leg.secure.open_rtcp(bytes) else { return FIGURES.strange.one() };
        leg.heard = now;
        leg.route = Some(route);
        rtcp::items(&packet, |item| self.item(key, &item, now, outbox));
        self.back(key);
    }

    fn item(&mut self, key: LegKey, item: &Item<'_>, now: Moment, outbox: &mut Outbox) {
        let Some(leg) = self.legs.get_mut(&key) else { return };
        leg.note(item, now);
        match item {
            Item::Sender(report) => {
                let Some(track) = leg.tracks.iter_mut().find(|track| track.ssrc == Some(report.ssrc)) else { return };
                track.note_sender_report(*report, now);
                let viewers = track.viewers.clone();
                viewers.into_iter().for_each(|(viewer, at)| self.tell_time(viewer, at, now, outbox));
            }
            Item::KeyFrame { ssrc } => {
                let source = leg.slots().find(|slot| slot.ssrc == *ssrc).and_then(|slot| slot.source);
                let shown = source.and_then(|source| self.legs.get_mut(&(key.0, source.leg))?.track(source.kind));
                if let Some(track) = shown {
                    track.want_key_frame();
                }
                self.hurry(key.0, now, outbox);
            }
            Item::Nack { ssrc, pairs } => {
                let slot = leg.slots().position(|slot| slot.ssrc == *ssrc);
                if let Some(at) = slot {
                    rtcp::nacked(pairs).for_each(|missed| self.send_again(key, at, missed, now, outbox));
                }
            }
            Item::Estimate { bits } => leg.estimate = Some((*bits, now)),
            Item::Report(_) | Item::Bye => {}
        }
    }

    /// Passes on by which clock the one who is shown there sends.
    fn tell_time(&mut self, viewer: LegKey, at: usize, now: Moment, outbox: &mut Outbox) {
        let source = self.legs.get_mut(&viewer).and_then(|leg| leg.slot(at)?.source);
        let track = source.and_then(|source| self.legs.get_mut(&(viewer.0, source.leg))?.track(source.kind));
        let Some(report) = track.and_then(|track| track.sender_report().copied()) else { return };
        let Some(leg) = self.legs.get_mut(&viewer) else { return };
        if let Some(report) = leg.slot(at).and_then(|slot| slot.sender_report(&report, now)) {
            let mut packet = Vec::with_capacity(32);
            rtcp::write_sender_report(&mut packet, &report);
            leg.send_rtcp(&packet, outbox);
        }
    }

    fn send_again(&mut self, key: LegKey, at: usize, missed: u16, now: Moment, outbox: &mut Outbox) {
        // Out of the table for a moment: the packet is the other leg's, the place is this one's.
        let Some(mut leg) = self.legs.remove(&key) else { return };
        let source = leg.slot(at).and_then(|slot| slot.source);
        let track = source.and_then(|source| self.legs.get_mut(&(key.0, source.leg))?.track(source.kind));
        if let Some(track) = track.filter(|_| leg.may_resend()) {
            let sent = leg.send_rtp(outbox, |leg, out| leg.slot(at)?.rewrite(missed, track, now, out));
            FIGURES.resent.add(u64::from(sent));
        }
        self.legs.insert(key, leg);
    }
}

fn show(
    legs: &mut HashMap<LegKey, Leg>,
    viewers: &[(LegKey, usize)],
    packet: &Packet,
    clock: u32,
    now: Moment,
    outbox: &mut Outbox,
) {
    for (viewer, at) in viewers {
        let Some(leg) = legs.get_mut(viewer) else { continue };
        let write = |leg: &mut Leg, out: &mut Vec<u8>| {
            let slot = leg.slot(*at)?;
            let (sequence, length) = slot.write(packet, clock, now, out)?;
            Some((slot.ssrc, sequence, length))
        };
        if leg.send_rtp(outbox, write) {
            FIGURES.packets_out.one();
            FIGURES.bytes_out.add(packet.payload.len() as u64);
        }
    }
}

fn record(call: &Call, key: LegKey, track: &mut Track, clock: &Clock) {
    let Some(tap) = &call.tap else { return };
    let (kind, codec) = (track.kind, track.codec());
    while let Some((packet, _)) = track.ordered.next(&track.gaps) {
        tap.packet(&TapPacket {
            leg: key.1,
            kind,
            codec,
            rtp_timestamp: packet.timestamp,
            sequence: packet.sequence,
            marker: packet.marker,
            payload: &packet.payload,
            arrived: clock.steady(),
        });
    }
}
