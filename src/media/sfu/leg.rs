//! One browser: its way to us, its keys, what it sends and its places.

use super::ice::Ice;
use super::secure::{Identity, Secure};
use super::slot::Slot;
use super::track::Track;
use crate::media::figures::FIGURES;
use crate::media::moment::{Moment, Watch};
use crate::media::port::{Outbox, Route};
use crate::media::sdp::{ABS_SEND_TIME, Direction, Down, MID, OPUS, Offer, Section, Sort, TRANSPORT_CC, VP8};
use crate::media::wire::rtcp::{self, Item};
use crate::media::wire::twcc::Arrivals;
use crate::media::wire::{rtp, u16_at};
use crate::media::{LegQuality, LegRole, MediaError, TrackKind};
use crate::vault::random;
use std::time::Duration;

pub const PEOPLE: usize = 4;
/// The place of a shared screen.
pub const SCREEN: usize = PEOPLE;
/// Ways that a browser tried; the one tried longest ago makes room.
const ROUTES_MAX: usize = 16;
/// What a browser may ask to be sent again in a second; a hostile one would have us send without end.
const RESENT_MAX: u32 = 400;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Connecting,
    Up,
    Interrupted,
}

pub struct Leg {
    pub role: LegRole,
    pub ice: Ice,
    pub secure: Secure,
    pub fingerprint: [u8; 32],
    pub state: State,
    pub born: Moment,
    pub heard: Moment,
    /// The way that is used, and all that lead to it.
    pub route: Option<Route>,
    pub routes: Vec<Route>,
    pub tracks: Vec<Track>,
    /// Sound of places 0 to 3, pictures of places 0 to 4, as far as they were offered.
    pub sounds: Vec<Slot>,
    pub pictures: Vec<Slot>,
    /// What its way down carries, as the browser thinks, and when it said so.
    pub estimate: Option<(u64, Moment)>,
    pub round: Duration,
    pub arrivals: Arrivals,
    transport_cc: Option<u8>,
    mid: Option<u8>,
    resent: u32,
    bytes_up: u64,
    bytes_down: u64,
    packets_up: u64,
    packets_down: u64,
    scratch: Vec<u8>,
}

impl Leg {
    /// With, for each section of the offer, what we send there.
    pub fn new(
        identity: &Identity,
        role: LegRole,
        offer: &Offer,
        now: Moment,
    ) -> Result<(Leg, Vec<Option<Down>>), MediaError> {
        let mut leg = Leg {
            role,
            ice: Ice::new(offer.ufrag.clone()),
            secure: Secure::server(identity, offer.fingerprint),
            fingerprint: offer.fingerprint,
            state: State::Connecting,
            born: now,
            heard: now,
            route: None,
            routes: Vec::new(),
            tracks: Vec::new(),
            sounds: Vec::new(),
            pictures: Vec::new(),
            estimate: None,
            round: Duration::from_millis(80),
            arrivals: Arrivals::default(),
            transport_cc: None,
            mid: None,
            resent: 0,
            bytes_up: 0,
            bytes_down: 0,
            packets_up: 0,
            packets_down: 0,
            scratch: Vec::with_capacity(1_600),
        };
        let down: Vec<Option<Down>> = offer.sections.iter().map(|section| leg.place(section)).collect();
        if leg.tracks.is_empty() && leg.pictures.is_empty() && leg.sounds.is_empty() {
            return Err(MediaError::Offer("it has neither Opus nor VP8"));
        }
        Ok((leg, down))
    }

    /// Gives the section its track or its place, by the order in which they come.
    fn place(&mut self, section: &Section) -> Option<Down> {
        let video = match section.sort {
            Sort::Audio => false,
            Sort::Video => true,
            Sort::Other => return None,
        };
        let (payload_type, repair) = section.codec(if video { VP8 } else { OPUS })?;
        let repair = repair.filter(|_| video);
        match section.direction {
            Direction::Neither => None,
            Direction::Sends => {
                let has = |kind| self.tracks.iter().any(|track: &Track| track.kind == kind);
                let kind = match video {
                    false if !has(TrackKind::Mic) => TrackKind::Mic,
                    true if !has(TrackKind::Camera) => TrackKind::Camera,
                    true if !has(TrackKind::Screen) => TrackKind::Screen,
                    _ => return None,
                };
                let mut track = Track::new(kind, section.mid.clone(), payload_type);
                (track.ssrc, track.repair_ssrc) = (section.ssrc, section.repair_ssrc);
                track.repair_payload_type = repair;
                track.repairs = video || section.nack;
                self.transport_cc = self.transport_cc.or(section.extension(TRANSPORT_CC));
                self.mid = self.mid.or(section.extension(MID));
                self.tracks.push(track);
                None
            }
            Direction::Receives => {
                let (slots, most) = match video {
                    true => (&mut self.pictures, PEOPLE + 1),
                    false => (&mut self.sounds, PEOPLE),
                };
                if slots.len() >= most {
                    return None;
                }
                let stream = || u32::from_be_bytes(random()) | 1;
                let mut slot = Slot::new(stream(), payload_type, video);
                slot.repair_payload_type = repair;
                slot.repair_ssrc = repair.map(|_| stream());
                slot.stamped = section.extension(ABS_SEND_TIME).filter(|_| video);
                let down = Down { ssrc: slot.ssrc, repair_ssrc: slot.repair_ssrc, place: slots.len() };
                slots.push(slot);
                Some(down)
            }
        }
    }

    /// What we send in each section, for the answer to an ICE restart.
    pub fn down(&self, offer: &Offer) -> Vec<Option<Down>> {
        let (mut sounds, mut pictures) = (self.sounds.iter().enumerate(), self.pictures.iter().enumerate());
        let places = offer.sections.iter().map(|section| {
            let received = section.direction == Direction::Receives;
            let (place, slot) = match section.sort {
                Sort::Audio if received => sounds.next()?,
                Sort::Video if received => pictures.next()?,
                _ => return None,
            };
            Some(Down { ssrc: slot.ssrc, repair_ssrc: slot.repair_ssrc, place })
        });
        places.collect()
    }

    pub fn slots(&mut self) -> impl Iterator<Item = &mut Slot> {
        self.sounds.iter_mut().chain(&mut self.pictures)
    }

    /// Sounds first, then pictures.
    pub fn slot(&mut self, at: usize) -> Option<&mut Slot> {
        let sounds = self.sounds.len();
        if at < sounds { self.sounds.get_mut(at) } else { self.pictures.get_mut(at - sounds) }
    }

    pub fn track(&mut self, kind: TrackKind) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.kind == kind)
    }

    /// Another way that works; gives one that is forgotten for it.
    pub fn add_route(&mut self, route: Route) -> Option<Route> {
        self.routes.push(route);
        let old = self.routes.iter().position(|r| self.routes.len() > ROUTES_MAX && Some(*r) != self.route)?;
        Some(self.routes.remove(old))
    }

    /// The track that a packet belongs to: by its stream, or by what it says of itself.
    pub fn track_of(&self, header: &rtp::Header, packet: &[u8]) -> Option<usize> {
        let known = self.tracks.iter().position(|t| t.ssrc == Some(header.ssrc) || t.repair_ssrc == Some(header.ssrc));
        known.or_else(|| {
            let mid = header.extension(packet, self.mid?)?;
            self.tracks.iter().position(|track| track.mid.as_bytes() == mid)
        })
    }

    /// An RTP packet in the clear came: where it belongs.
    pub fn admit(&mut self, header: &rtp::Header, packet: &[u8], now: Moment) -> Option<usize> {
        self.packets_up += 1;
        self.bytes_up += packet.len() as u64;
        if let Some(number) = self.transport_cc.and_then(|id| u16_at(header.extension(packet, id)?, 0)) {
            self.arrivals.note(number, now);
        }
        let at = self.track_of(header, packet)?;
        let track = &mut self.tracks[at];
        if header.payload_type == track.payload_type && track.ssrc != Some(header.ssrc) {
            // A browser that does not name its streams beforehand, or made a new one.
            track.ssrc = Some(header.ssrc);
            track.gaps = Default::default();
            track.ordered.clear();
        }
        Some(at)
    }

    /// Sends what `write` wrote as RTP: stream, number and length of its head.
    pub fn send_rtp(
        &mut self,
        outbox: &mut Outbox,
        write: impl FnOnce(&mut Leg, &mut Vec<u8>) -> Option<(u32, u16, usize)>,
    ) -> bool {
        let Some(route) = self.route.filter(|_| self.secure.is_ready()) else { return false };
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let sealed = write(self, &mut scratch)
            .and_then(|(ssrc, sequence, length)| self.secure.seal_rtp(&scratch, ssrc, sequence, length));
        self.scratch = scratch;
        let sent = sealed.is_some();
        if let Some(sealed) = sealed {
            self.packets_down += 1;
            self.bytes_down += sealed.len() as u64;
            outbox.put(route, sealed);
        }
        sent
    }

    pub fn send_rtcp(&mut self, packet: &[u8], outbox: &mut Outbox) {
        if let Some(route) = self.route
            && let Some(sealed) = self.secure.seal_rtcp(packet)
        {
            outbox.put(route, sealed);
        }
    }

    /// What DTLS has to say.
    pub fn send_secure(&mut self, watch: Watch, now: Moment, outbox: &mut Outbox) {
        if !self.secure.is_ready() {
            self.secure.tick(watch.instant(now));
        }
        while let Some(datagram) = self.secure.poll() {
            if let Some(route) = self.route {
                outbox.put(route, datagram);
            }
        }
    }

    /// Asks for what is missing. Gives the time after which it is worth asking again.
    pub fn ask_again(&mut self, now: Moment, outbox: &mut Outbox) {
        let mut packet = Vec::new();
        for track in self.tracks.iter_mut().filter(|track| track.gaps.has_holes()) {
            let missing = track.gaps.ask(now, self.round);
            if let Some(ssrc) = track.ssrc.filter(|_| track.repairs && !missing.is_empty()) {
                FIGURES.asked.add(missing.len() as u64);
                rtcp::write_nack(&mut packet, ssrc, &missing);
            }
        }
        for track in &mut self.tracks {
            if track.asks_key_frame(now)
                && let Some(ssrc) = track.ssrc
            {
                FIGURES.key_frames.one();
                rtcp::write_key_frame_request(&mut packet, ssrc);
            }
        }
        if !packet.is_empty() {
            self.send_rtcp(&packet, outbox);
        }
    }

    /// When packets came, for the browser to find its rate.
    pub fn tell_arrivals(&mut self, outbox: &mut Outbox) {
        let mut packet = Vec::new();
        let stream = self.tracks.iter().find_map(|track| track.ssrc).unwrap_or_default();
        self.arrivals.write(&mut packet, stream);
        if !packet.is_empty() {
            self.send_rtcp(&packet, outbox);
        }
    }

    /// What was received, and what the browser may send.
    pub fn tell_reports(&mut self, now: Moment, bits: Option<u64>, outbox: &mut Outbox) {
        let mut packet = Vec::new();
        let reports: Vec<_> = self.tracks.iter_mut().filter_map(|track| track.report(now)).collect();
        rtcp::write_receiver_report(&mut packet, &reports);
        let videos: Vec<u32> = self.tracks.iter().filter(|t| t.is_video() && t.live).filter_map(|t| t.ssrc).collect();
        if let Some(bits) = bits.filter(|_| !videos.is_empty()) {
            rtcp::write_estimate(&mut packet, bits, &videos);
        }
        self.resent = 0;
        if !reports.is_empty() {
            self.send_rtcp(&packet, outbox);
        }
    }

    pub fn may_resend(&mut self) -> bool {
        self.resent += 1;
        self.resent <= RESENT_MAX
    }

    /// Notes what a report of the browser says about our streams.
    pub fn note(&mut self, item: &Item<'_>, now: Moment) {
        if let Item::Report(report) = item {
            let round = self.slots().find(|slot| slot.ssrc == report.ssrc).and_then(|slot| slot.note(*report, now));
            self.round = round.filter(|round| *round < Duration::from_secs(10)).unwrap_or(self.round);
        }
    }

    pub fn quality(&self, leg: i64, now: Moment) -> LegQuality {
        let part = |(lost, of): (u64, u64)| if of == 0 { 0.0 } else { lost as f32 / of as f32 };
        let sum = |(a, b): (u64, u64), (c, d): (u64, u64)| (a + c, b + d);
        let up = self.tracks.iter().map(|track| track.gaps.lost()).fold((0, 0), sum);
        let slots = || self.sounds.iter().chain(&self.pictures);
        let down =
            slots().filter_map(|slot| slot.heard.map(|heard| (heard.lost.into(), slot.packets))).fold((0, 0), sum);
        let seconds = now.since(self.born).as_secs_f32().max(1.0);
        let jitter = self.tracks.iter().filter(|track| track.live).map(Track::jitter_ms).fold(0.0, f32::max);
        let measured = slots().any(|slot| slot.heard.is_some_and(|heard| heard.last_report != 0));
        LegQuality {
            leg,
            loss_up: part(up),
            loss_down: part(down).min(1.0),
            jitter_ms: jitter,
            rtt_ms: if measured { self.round.as_secs_f32() * 1_000.0 } else { 0.0 },
            kbit_up: self.bytes_up as f32 / 125.0 / seconds,
            kbit_down: self.bytes_down as f32 / 125.0 / seconds,
            freezes: self.tracks.iter().map(|track| track.freezes).sum(),
            packets_up: self.packets_up,
            packets_down: self.packets_down,
        }
    }
}
