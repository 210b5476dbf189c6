//! A place of a leg: one stream of ours that shows now this track and now that. The browser sees one stream that never breaks: numbers and
//! time stamps go on whoever is shown.

use super::track::{Packet, Track};
use crate::media::moment::Moment;
use crate::media::wire::rtcp::{Report, SenderReport};
use crate::media::wire::rtp::{self, Fields};
use crate::media::{LegNo, TrackKind};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    pub leg: LegNo,
    pub kind: TrackKind,
}

/// A stretch in which one track is shown.
struct Run {
    /// Added to the track's numbers and stamps.
    sequence: u16,
    timestamp: u32,
    first: u16,
}

/// Reports of ours that the browser may still speak of.
const REPORTS_KEPT: usize = 4;

pub struct Slot {
    pub ssrc: u32,
    pub repair_ssrc: Option<u32>,
    pub payload_type: u8,
    pub repair_payload_type: Option<u8>,
    /// The number of the extension abs-send-time.
    pub stamped: Option<u8>,
    pub video: bool,
    pub source: Option<Source>,
    /// What its browser last said of it.
    pub heard: Option<Report>,
    pub packets: u64,
    run: Option<Run>,
    last_sequence: u16,
    last_timestamp: u32,
    last_sent: Option<Moment>,
    octets: u32,
    repair_sequence: u16,
    reports: Vec<(u32, Moment)>,
}

impl Slot {
    pub fn new(ssrc: u32, payload_type: u8, video: bool) -> Slot {
        Slot {
            ssrc,
            repair_ssrc: None,
            payload_type,
            repair_payload_type: None,
            stamped: None,
            video,
            source: None,
            heard: None,
            packets: 0,
            run: None,
            // Unpredictable beginnings are SRTP's concern no longer; these leave room below for what comes out of order.
            last_sequence: 1_000,
            last_timestamp: 0,
            last_sent: None,
            octets: 0,
            repair_sequence: 0,
            reports: Vec::new(),
        }
    }

    pub fn show(&mut self, source: Option<Source>) {
        if self.source != source {
            self.source = source;
            self.run = None;
        }
    }

    /// Nothing can be shown before a picture begins.
    pub fn waits(&self) -> bool {
        self.source.is_some() && self.run.is_none() && self.video
    }

    pub fn interrupt(&mut self) {
        self.run = None;
    }

    /// Writes the packet as it goes to this leg, in the clear. Gives its number and the length of its head.
    pub fn write(&mut self, packet: &Packet, clock: u32, now: Moment, out: &mut Vec<u8>) -> Option<(u16, usize)> {
        if self.run.is_none() {
            if !packet.begins || (self.video && packet.payload.is_empty()) {
                return None;
            }
            // Time goes on as it went by.
            let pause = self.last_sent.map_or(0, |at| now.since(at).as_millis() as u32).max(1);
            self.run = Some(Run {
                sequence: self.last_sequence.wrapping_add(1).wrapping_sub(packet.sequence),
                timestamp: self.last_timestamp.wrapping_add(pause * clock).wrapping_sub(packet.timestamp),
                first: packet.sequence,
            });
        }
        let run = self.run.as_ref().filter(|run| (packet.sequence.wrapping_sub(run.first) as i16) >= 0)?;
        let sequence = packet.sequence.wrapping_add(run.sequence);
        let timestamp = packet.timestamp.wrapping_add(run.timestamp);
        if (sequence.wrapping_sub(self.last_sequence) as i16) > 0 {
            self.last_sequence = sequence;
            self.last_timestamp = timestamp;
            self.last_sent = Some(now);
        }
        self.packets += 1;
        self.octets = self.octets.wrapping_add(packet.payload.len() as u32);
        let fields =
            Fields { payload_type: self.payload_type, marker: packet.marker, sequence, timestamp, ssrc: self.ssrc };
        Some((sequence, self.head(&fields, now, &packet.payload, out)))
    }

    fn head(&self, fields: &Fields, now: Moment, payload: &[u8], out: &mut Vec<u8>) -> usize {
        rtp::write(out, fields, self.stamped.map(|id| (id, now.0)));
        out.extend_from_slice(payload);
        if self.stamped.is_some() { rtp::EXTENDED } else { rtp::PLAIN }
    }

    /// The packet that the browser misses under this number, as a repair. Gives stream, number and length of the head.
    pub fn rewrite(&mut self, missed: u16, track: &Track, now: Moment, out: &mut Vec<u8>) -> Option<(u32, u16, usize)> {
        let run = self.run.as_ref()?;
        let packet = track.kept(missed.wrapping_sub(run.sequence))?;
        if (packet.sequence.wrapping_sub(run.first) as i16) < 0 {
            return None;
        }
        let timestamp = packet.timestamp.wrapping_add(run.timestamp);
        let (marker, plain) = (packet.marker, (self.ssrc, self.payload_type));
        let Some((ssrc, payload_type)) = self.repair_ssrc.zip(self.repair_payload_type) else {
            let fields = Fields { payload_type: plain.1, marker, sequence: missed, timestamp, ssrc: plain.0 };
            return Some((plain.0, missed, self.head(&fields, now, &packet.payload, out)));
        };
        self.repair_sequence = self.repair_sequence.wrapping_add(1);
        let fields = Fields { payload_type, marker, sequence: self.repair_sequence, timestamp, ssrc };
        let length = self.head(&fields, now, &missed.to_be_bytes(), out);
        out.extend_from_slice(&packet.payload);
        Some((ssrc, self.repair_sequence, length))
    }

    /// The sender's clock, for sound and picture to play together.
    pub fn sender_report(&mut self, report: &SenderReport, now: Moment) -> Option<SenderReport> {
        let run = self.run.as_ref()?;
        if self.reports.len() == REPORTS_KEPT {
            self.reports.remove(0);
        }
        self.reports.push(((report.ntp >> 16) as u32, now));
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp: report.ntp,
            timestamp: report.timestamp.wrapping_add(run.timestamp),
            packets: self.packets as u32,
            octets: self.octets,
        })
    }

    /// Takes what the browser says of this stream; gives the time there and back, if it can be told.
    pub fn note(&mut self, report: Report, now: Moment) -> Option<Duration> {
        self.heard = Some(report);
        let (_, sent) = self.reports.iter().find(|(ntp, _)| *ntp == report.last_report && *ntp != 0)?;
        let held = Duration::from_micros(u64::from(report.since_report) * 1_000_000 / 65_536);
        Some(now.since(*sent).saturating_sub(held))
    }
}
