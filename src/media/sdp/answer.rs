//! What we answer: ICE-lite, passive DTLS, one transport for all, each place as it was offered.

use super::offer::{Direction, Offer, Section, Sort};
use crate::media::port::Announced;
use std::fmt::Write;

pub const OPUS: &str = "opus/48000/2";
pub const VP8: &str = "vp8/90000";
pub const TRANSPORT_CC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
pub const ABS_SEND_TIME: &str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
pub const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

/// What we send in a place: our streams there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Down {
    pub ssrc: u32,
    pub repair_ssrc: Option<u32>,
    /// Sound and picture of one place play together.
    pub place: usize,
}

pub struct Answer<'a> {
    pub offer: &'a Offer,
    pub ufrag: &'a str,
    pub password: &'a str,
    /// As it stands in the line: `AB:CD:…`.
    pub fingerprint: &'a str,
    pub announced: &'a Announced,
    pub kbit_max: u32,
    /// One for each section; `None` where we send nothing.
    pub down: &'a [Option<Down>],
    pub session: u64,
}

impl Answer<'_> {
    pub fn write(&self) -> String {
        let mut out = String::with_capacity(8_192);
        let taken = |section: &&Section| codec(section).is_some();
        let mids: Vec<&str> = self.offer.sections.iter().filter(taken).map(|section| section.mid.as_str()).collect();
        let _ = write!(
            out,
            "v=0\r\no=- {} 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=ice-lite\r\na=msid-semantic: WMS *\r\n",
            self.session,
            mids.join(" ")
        );
        let mut first = true;
        for (section, down) in self.offer.sections.iter().zip(self.down) {
            match codec(section) {
                None => refuse(&mut out, section),
                Some(codec) => {
                    self.section(&mut out, section, codec, *down, first);
                    first = false;
                }
            }
        }
        out
    }

    fn section(&self, out: &mut String, section: &Section, codec: Codec, down: Option<Down>, first: bool) {
        let Codec { name, payload_type, repair } = codec;
        let repair = repair.filter(|_| section.sort == Sort::Video);
        let _ = write!(out, "m={} 9 {} {payload_type}", section.kind, section.protocol);
        if let Some(repair) = repair {
            let _ = write!(out, " {repair}");
        }
        out.push_str("\r\nc=IN IP4 0.0.0.0\r\n");
        let sends = section.direction == Direction::Sends;
        if sends && section.sort == Sort::Video {
            let _ = write!(out, "b=AS:{0}\r\nb=TIAS:{0}000\r\n", self.kbit_max);
        }
        let _ = write!(
            out,
            "a=rtcp:9 IN IP4 0.0.0.0\r\na=mid:{}\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:sha-256 {}\r\na=setup:passive\r\n\
             a=rtcp-mux\r\na=rtcp-rsize\r\na={}\r\na=rtpmap:{payload_type} {name}\r\n",
            section.mid,
            self.ufrag,
            self.password,
            self.fingerprint,
            if sends { "recvonly" } else { "sendonly" },
        );
        match section.sort {
            Sort::Audio => {
                let _ = write!(out, "a=fmtp:{payload_type} minptime=10;useinbandfec=1\r\n");
                if section.nack && sends {
                    let _ = write!(out, "a=rtcp-fb:{payload_type} nack\r\n");
                }
            }
            _ => {
                for feedback in ["ccm fir", "nack", "nack pli", "goog-remb"] {
                    let _ = write!(out, "a=rtcp-fb:{payload_type} {feedback}\r\n");
                }
                if let Some(repair) = repair {
                    let _ = write!(out, "a=rtpmap:{repair} rtx/90000\r\na=fmtp:{repair} apt={payload_type}\r\n");
                }
            }
        }
        // Upwards the browser estimates from our feedback, downwards we from its: so each direction has its own extension.
        if sends {
            let _ = write!(out, "a=rtcp-fb:{payload_type} transport-cc\r\n");
        }
        let extensions: &[&str] = if sends { &[TRANSPORT_CC, MID] } else { &[ABS_SEND_TIME] };
        for uri in extensions {
            if let Some(id) = section.extension(uri) {
                let _ = write!(out, "a=extmap:{id} {uri}\r\n");
            }
        }
        if let Some(down) = down {
            streams(out, section, &down);
        }
        if first {
            self.candidates(out);
        }
    }

    fn candidates(&self, out: &mut String) {
        // UDP before TCP, and the address towards others before the rest.
        for (n, at) in self.announced.udp.iter().enumerate() {
            let priority = (126_u32 << 24) + ((65_535 - n as u32) << 8) + 255;
            let _ = write!(out, "a=candidate:{} 1 udp {priority} {} {} typ host\r\n", n + 1, at.ip(), at.port());
        }
        for (n, at) in self.announced.tcp.iter().enumerate() {
            let priority = (90_u32 << 24) + ((65_535 - n as u32) << 8) + 255;
            let _ = write!(
                out,
                "a=candidate:{} 1 tcp {priority} {} {} typ host tcptype passive\r\n",
                n + 101,
                at.ip(),
                at.port()
            );
        }
        out.push_str("a=end-of-candidates\r\n");
    }
}

/// Sections without a codec of ours are refused as the standard has it.
fn refuse(out: &mut String, section: &Section) {
    let _ = write!(
        out,
        "m={} 0 {} {}\r\nc=IN IP4 0.0.0.0\r\na=mid:{}\r\na=inactive\r\n",
        section.kind, section.protocol, section.first_format, section.mid
    );
}

struct Codec {
    name: &'static str,
    payload_type: u8,
    repair: Option<u8>,
}

fn codec(section: &Section) -> Option<Codec> {
    let (wanted, name) = match section.sort {
        Sort::Audio => (OPUS, "opus/48000/2"),
        Sort::Video => (VP8, "VP8/90000"),
        Sort::Other => return None,
    };
    if section.direction == Direction::Neither {
        return None;
    }
    section.codec(wanted).map(|(payload_type, repair)| Codec { name, payload_type, repair })
}

fn streams(out: &mut String, section: &Section, down: &Down) {
    let Down { ssrc, repair_ssrc, place } = *down;
    let track = format!("{}{place}", section.kind);
    let _ = write!(out, "a=msid:place{place} {track}\r\n");
    if let Some(repair) = repair_ssrc {
        let _ = write!(out, "a=ssrc-group:FID {ssrc} {repair}\r\n");
    }
    for ssrc in [Some(ssrc), repair_ssrc].into_iter().flatten() {
        let _ = write!(out, "a=ssrc:{ssrc} cname:parlor\r\na=ssrc:{ssrc} msid:place{place} {track}\r\n");
    }
}
