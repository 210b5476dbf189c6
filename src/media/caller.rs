//! The other end of a leg, without a camera: for the load generator and the tests, which need hundreds of browsers. Like the forwarder it
//! has no socket; whoever uses it carries its datagrams.

use super::TrackKind;
use super::sfu::{Identity, Pass, Secure, Step};
use super::wire::rtp::{self, Fields, Header};
use super::wire::stun::{Class, Method, Writer, attribute as is};
use super::wire::{self, Kind, rtcp};
use crate::vault::random;
use bytes::Bytes;
use std::fmt::Write;
use std::time::Instant;

pub use super::sfu::Identity as Papers;

const OPUS: u8 = 111;
const VP8: u8 = 96;
const RTX: u8 = 97;

pub struct Caller {
    papers: Identity,
    pass: Pass,
    /// The forwarder's, from the answer.
    theirs: Option<Pass>,
    secure: Option<Secure>,
    streams: [Stream; 3],
}

struct Stream {
    kind: TrackKind,
    ssrc: u32,
    sequence: u16,
}

/// What a datagram turned out to be.
pub enum Came {
    Nothing,
    /// Keys are agreed; media may be sent.
    Ready,
    /// The forwarder ended the leg.
    Over,
    Rtp(Header, Bytes),
    Rtcp(Bytes),
}

impl Caller {
    /// `papers` may be shared: making them costs more than a call.
    pub fn new(papers: &Identity) -> Caller {
        let stream =
            |kind| Stream { kind, ssrc: u32::from_be_bytes(random()) | 1, sequence: u16::from_be_bytes(random()) };
        let streams = [TrackKind::Mic, TrackKind::Camera, TrackKind::Screen].map(stream);
        Caller { papers: papers.clone(), pass: Pass::random(), theirs: None, secure: None, streams }
    }

    /// The fixed places, as the page offers them.
    pub fn offer(&self) -> String {
        let mut out = String::from(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2 3 4 5 6 7 8 9 10 11\r\n",
        );
        let sends = self.streams.iter().map(|s| (s.kind != TrackKind::Mic, Some(s.ssrc)));
        let people = (0..4).flat_map(|_| [(false, None), (true, None)]);
        for (mid, (video, ssrc)) in sends.chain(people).chain([(true, None)]).enumerate() {
            let (kind, formats) = if video { ("video", "96 97") } else { ("audio", "111") };
            let direction = if ssrc.is_some() { "sendonly" } else { "recvonly" };
            let _ = write!(
                out,
                "m={kind} 9 UDP/TLS/RTP/SAVPF {formats}\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
                 a=fingerprint:sha-256 {}\r\na=setup:actpass\r\na={direction}\r\na=rtcp-mux\r\n",
                self.pass.ufrag,
                self.pass.password,
                self.papers.text()
            );
            out.push_str(match video {
                true => "a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n",
                false => "a=rtpmap:111 opus/48000/2\r\n",
            });
            if let Some(ssrc) = ssrc {
                let _ = write!(out, "a=ssrc-group:FID {ssrc} {}\r\na=ssrc:{ssrc} cname:x\r\n", ssrc ^ 0x8000_0000);
            }
        }
        out
    }

    /// A new name, as for an ICE restart.
    pub fn restart(&mut self) {
        self.pass = Pass::random();
    }

    pub fn answered(&mut self, answer: &str, now: Instant) -> Option<()> {
        let line = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let theirs = Pass { ufrag: line("a=ice-ufrag:")?.to_owned(), password: line("a=ice-pwd:")?.to_owned() };
        let hex = line("a=fingerprint:sha-256 ")?;
        let fingerprint: Vec<u8> = hex.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
        self.theirs = Some(theirs);
        if self.secure.is_none() {
            self.secure = Some(Secure::client(&self.papers, fingerprint.try_into().ok()?, now).ok()?);
        }
        Some(())
    }

    /// A check of ICE that chooses the way it is sent by.
    pub fn check(&self) -> Vec<u8> {
        let Some(theirs) = &self.theirs else { return Vec::new() };
        let username = format!("{}:{}", theirs.ufrag, self.pass.ufrag);
        Writer::new(Class::Request, Method::Binding, random())
            .put(is::USERNAME, username.as_bytes())
            .put(is::PRIORITY, &0x7E00_00FF_u32.to_be_bytes())
            .put(is::ICE_CONTROLLING, &random::<8>())
            .put(is::USE_CANDIDATE, &[])
            .sign(theirs.password.as_bytes())
            .fingerprint()
    }

    /// What DTLS wants sent.
    pub fn poll(&mut self) -> Option<Bytes> {
        self.secure.as_mut()?.poll()
    }

    pub fn tick(&mut self, now: Instant) {
        if let Some(secure) = self.secure.as_mut().filter(|secure| !secure.is_ready()) {
            secure.tick(now);
        }
    }

    pub fn take(&mut self, bytes: &[u8], now: Instant) -> Came {
        let Some(secure) = &mut self.secure else { return Came::Nothing };
        match wire::kind(bytes) {
            Some(Kind::Dtls) => match secure.datagram(bytes, now) {
                Step::Nothing => Came::Nothing,
                Step::Ready => Came::Ready,
                Step::Over => Came::Over,
            },
            Some(Kind::Rtp) => {
                let opened = Header::parse(bytes).and_then(|header| Some((header, secure.open_rtp(bytes, &header)?)));
                opened.map_or(Came::Nothing, |(header, packet)| Came::Rtp(header, packet))
            }
            Some(Kind::Rtcp) => secure.open_rtcp(bytes).map_or(Came::Nothing, Came::Rtcp),
            _ => Came::Nothing,
        }
    }

    /// A packet of one of its tracks, ready to be sent.
    pub fn rtp(&mut self, kind: TrackKind, timestamp: u32, marker: bool, payload: &[u8]) -> Option<Bytes> {
        let stream = self.streams.iter_mut().find(|stream| stream.kind == kind)?;
        stream.sequence = stream.sequence.wrapping_add(1);
        let payload_type = if kind == TrackKind::Mic { OPUS } else { VP8 };
        let fields = Fields { payload_type, marker, sequence: stream.sequence, timestamp, ssrc: stream.ssrc };
        let mut packet = Vec::with_capacity(12 + payload.len());
        rtp::write(&mut packet, &fields, None);
        packet.extend_from_slice(payload);
        self.secure.as_mut()?.seal_rtp(&packet, stream.ssrc, stream.sequence, rtp::PLAIN)
    }

    /// Leaves numbers out, as if the network had lost them.
    pub fn lose(&mut self, kind: TrackKind, packets: u16) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.kind == kind) {
            stream.sequence = stream.sequence.wrapping_add(packets);
        }
    }

    /// A packet under a number of before, as the repair that was asked for.
    pub fn repair(&mut self, kind: TrackKind, missed: u16, timestamp: u32, payload: &[u8]) -> Option<Bytes> {
        let stream = self.streams.iter().find(|stream| stream.kind == kind)?;
        let ssrc = stream.ssrc ^ 0x8000_0000;
        let fields = Fields { payload_type: RTX, marker: false, sequence: missed, timestamp, ssrc };
        let mut packet = Vec::with_capacity(14 + payload.len());
        rtp::write(&mut packet, &fields, None);
        packet.extend_from_slice(&missed.to_be_bytes());
        packet.extend_from_slice(payload);
        self.secure.as_mut()?.seal_rtp(&packet, ssrc, missed, rtp::PLAIN)
    }

    pub fn ssrc(&self, kind: TrackKind) -> u32 {
        self.streams.iter().find(|stream| stream.kind == kind).map_or(0, |stream| stream.ssrc)
    }

    /// Asks for a key frame of a stream that it receives, as a page does whose picture broke.
    pub fn ask_key_frame(&mut self, ssrc: u32) -> Option<Bytes> {
        let mut packet = Vec::new();
        rtcp::write_key_frame_request(&mut packet, ssrc);
        self.secure.as_mut()?.seal_rtcp(&packet)
    }

    /// Asks for packets of a stream again.
    pub fn ask_again(&mut self, ssrc: u32, missed: &[u16]) -> Option<Bytes> {
        let mut packet = Vec::new();
        rtcp::write_nack(&mut packet, ssrc, missed);
        self.secure.as_mut()?.seal_rtcp(&packet)
    }
}
