//! What a leg sends: microphone, camera or screen.

use super::LegKey;
use super::gaps::Gaps;
use super::ordered::Ordered;
use crate::media::TrackKind;
use crate::media::moment::Moment;
use crate::media::tap::Codec;
use crate::media::wire::rtcp::{Report, SenderReport};
use crate::media::wire::{rtp, vp8};
use bytes::Bytes;
use std::time::Duration;

/// Packets that are kept for whoever missed them: a second and a half of video at full rate.
const KEPT: usize = 256;
/// A key frame costs as much as ten others; who asks oftener waits.
const KEY_FRAME_PAUSE: Duration = Duration::from_millis(250);
/// Browsers (libwebrtc) do not listen to who asks within 300 ms of the last one: they do not even remember it.
const KEY_FRAME_DEAF: Duration = Duration::from_millis(310);
const STOOD_STILL: Duration = Duration::from_millis(500);
const SILENT: Duration = Duration::from_secs(3);

/// One packet in the clear.
#[derive(Clone)]
pub struct Packet {
    pub sequence: u16,
    pub timestamp: u32,
    pub marker: bool,
    /// Whether a picture can be begun with it.
    pub begins: bool,
    pub payload: Bytes,
}

pub struct Track {
    pub kind: TrackKind,
    pub mid: String,
    pub ssrc: Option<u32>,
    pub repair_ssrc: Option<u32>,
    pub payload_type: u8,
    pub repair_payload_type: Option<u8>,
    /// Whether the browser answers when it is asked for lost packets.
    pub repairs: bool,
    pub gaps: Gaps,
    pub ordered: Ordered,
    /// Whose places show it.
    pub viewers: Vec<(LegKey, usize)>,
    /// Content came, and went on coming.
    pub live: bool,
    pub freezes: u32,
    kept: Vec<Option<Packet>>,
    last: Moment,
    jitter: f64,
    transit: Option<i64>,
    sender_report: Option<(SenderReport, Moment)>,
    key_wanted: bool,
    key_asked: Option<Moment>,
    key_came: Option<Moment>,
}

impl Track {
    pub fn new(kind: TrackKind, mid: String, payload_type: u8) -> Track {
        Track {
            kind,
            mid,
            ssrc: None,
            repair_ssrc: None,
            payload_type,
            repair_payload_type: None,
            repairs: false,
            gaps: Gaps::default(),
            ordered: Ordered::default(),
            viewers: Vec::new(),
            live: false,
            freezes: 0,
            kept: Vec::new(),
            last: Moment::default(),
            jitter: 0.0,
            transit: None,
            sender_report: None,
            key_wanted: false,
            key_asked: None,
            key_came: None,
        }
    }

    pub fn is_video(&self) -> bool {
        self.kind != TrackKind::Mic
    }

    pub fn codec(&self) -> Codec {
        if self.is_video() { Codec::Vp8 } else { Codec::Opus }
    }

    /// Ticks of its time stamps in a millisecond.
    pub fn clock(&self) -> u32 {
        if self.is_video() { 90 } else { 48 }
    }

    /// Takes a packet of this track or of its repair; `None` if it brings nothing new.
    pub fn take(&mut self, header: &rtp::Header, packet: &Bytes, now: Moment) -> Option<Packet> {
        let mut payload = packet.slice(header.payload(packet)?);
        let repair = Some(header.payload_type) == self.repair_payload_type;
        let mut sequence = header.sequence;
        if repair {
            // RFC 4588: the number of the lost packet stands in front.
            sequence = crate::media::wire::u16_at(&payload, 0)?;
            payload = payload.slice(2..);
        } else if header.payload_type != self.payload_type {
            return None;
        }
        if !self.gaps.note(sequence, repair, now) {
            return None;
        }
        if !repair {
            self.measure(header.timestamp, now);
        }
        let begins = !self.is_video() || vp8::begins_key_frame(&payload);
        let packet = Packet { sequence, timestamp: header.timestamp, marker: header.marker, begins, payload };
        if self.is_video() {
            if begins {
                self.key_wanted = false;
                self.key_came = Some(now);
            }
            if self.kept.is_empty() {
                self.kept.resize(KEPT, None);
            }
            self.kept[usize::from(sequence) % KEPT] = Some(packet.clone());
        }
        Some(packet)
    }

    /// Jitter as RFC 3550 has it, and pictures that stood still.
    fn measure(&mut self, timestamp: u32, now: Moment) {
        let clock = i64::from(self.clock());
        let transit = now.0 as i64 * clock / 1_000 - i64::from(timestamp);
        if let Some(before) = self.transit.replace(transit) {
            // Wrapping with the time stamps.
            let difference = f64::from(((transit - before) as i32).unsigned_abs());
            if difference < 90_000.0 {
                self.jitter += (difference - self.jitter) / 16.0;
            }
        }
        let pause = now.since(self.last);
        if self.live && self.is_video() && pause > STOOD_STILL && pause < SILENT {
            self.freezes += 1;
        }
        self.last = now;
    }

    pub fn is_silent(&self, now: Moment) -> bool {
        now.since(self.last) > SILENT
    }

    /// One that was sent on before.
    pub fn kept(&self, sequence: u16) -> Option<&Packet> {
        let packet = self.kept.get(usize::from(sequence) % KEPT)?.as_ref()?;
        (packet.sequence == sequence).then_some(packet)
    }

    pub fn jitter_ms(&self) -> f32 {
        (self.jitter / f64::from(self.clock())) as f32
    }

    pub fn want_key_frame(&mut self) {
        self.key_wanted = self.is_video();
    }

    /// Whether to ask for one now.
    pub fn asks_key_frame(&mut self, now: Moment) -> bool {
        let over = |since: Option<Moment>, pause| since.is_none_or(|at| now.since(at) >= pause);
        let listens = over(self.key_asked, KEY_FRAME_PAUSE) && over(self.key_came, KEY_FRAME_DEAF);
        let asks = self.key_wanted && self.live && listens;
        if asks {
            self.key_asked = Some(now);
        }
        asks
    }

    pub fn note_sender_report(&mut self, report: SenderReport, now: Moment) {
        self.sender_report = Some((report, now));
    }

    pub fn sender_report(&self) -> Option<&SenderReport> {
        self.sender_report.as_ref().map(|(report, _)| report)
    }

    pub fn report(&mut self, now: Moment) -> Option<Report> {
        let ssrc = self.ssrc.filter(|_| self.live)?;
        let (fraction_lost, lost, highest) = self.gaps.report();
        let (last_report, since_report) = match &self.sender_report {
            Some((report, at)) => ((report.ntp >> 16) as u32, (now.since(*at).as_micros() * 65_536 / 1_000_000) as u32),
            None => (0, 0),
        };
        Some(Report { ssrc, fraction_lost, lost, highest, jitter: self.jitter as u32, last_report, since_report })
    }

    /// Its content ended; what comes next begins anew.
    pub fn fall_silent(&mut self) {
        self.live = false;
        self.kept = Vec::new();
    }
}
