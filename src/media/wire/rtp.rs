//! RTP packets (RFC 3550) and their one-byte header extensions (RFC 8285).

use super::{u16_at, u32_at};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Where the payload begins.
    pub length: usize,
    /// Where the extensions' data begins and ends; empty if there are none.
    extensions: (usize, usize),
    padded: bool,
}

impl Header {
    pub fn parse(packet: &[u8]) -> Option<Header> {
        let (first, second) = (*packet.first()?, *packet.get(1)?);
        if first >> 6 != 2 {
            return None;
        }
        let mut length = 12 + 4 * usize::from(first & 0x0F);
        let mut extensions = (0, 0);
        if first & 0x10 != 0 {
            let (profile, words) = (u16_at(packet, length)?, usize::from(u16_at(packet, length + 2)?));
            length += 4 + 4 * words;
            if profile == 0xBEDE {
                extensions = (length - 4 * words, length);
            }
        }
        (packet.len() >= length).then_some(Header {
            payload_type: second & 0x7F,
            marker: second & 0x80 != 0,
            sequence: u16_at(packet, 2)?,
            timestamp: u32_at(packet, 4)?,
            ssrc: u32_at(packet, 8)?,
            length,
            extensions,
            padded: first & 0x20 != 0,
        })
    }

    /// The payload of the packet this header was read from, in the clear; without padding.
    pub fn payload(&self, packet: &[u8]) -> Option<std::ops::Range<usize>> {
        let end = match self.padded {
            true => packet.len().checked_sub(usize::from(*packet.last()?).max(1))?,
            false => packet.len(),
        };
        (end >= self.length).then_some(self.length..end)
    }

    pub fn extension<'a>(&self, packet: &'a [u8], id: u8) -> Option<&'a [u8]> {
        let mut rest = packet.get(self.extensions.0..self.extensions.1)?;
        while let [head, tail @ ..] = rest {
            if *head == 0 {
                rest = tail;
                continue;
            }
            let length = usize::from(head & 0x0F) + 1;
            if head >> 4 == 15 {
                return None;
            }
            let value = tail.get(..length)?;
            if head >> 4 == id {
                return Some(value);
            }
            rest = &tail[length..];
        }
        None
    }
}

/// What is written in front of a payload.
pub struct Fields {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

pub const PLAIN: usize = 12;
/// With one extension of three bytes.
pub const EXTENDED: usize = 20;

/// Writes a header. With `sent`: the extension abs-send-time under that number, from which the receiver estimates what its way down carries.
pub fn write(out: &mut Vec<u8>, fields: &Fields, sent: Option<(u8, u64)>) {
    out.push(if sent.is_some() { 0x90 } else { 0x80 });
    out.push(fields.payload_type | u8::from(fields.marker) << 7);
    out.extend_from_slice(&fields.sequence.to_be_bytes());
    out.extend_from_slice(&fields.timestamp.to_be_bytes());
    out.extend_from_slice(&fields.ssrc.to_be_bytes());
    if let Some((id, micros)) = sent {
        // 24 bits, 6 of them whole seconds.
        let time = (((micros % 64_000_000) << 18) / 1_000_000) as u32;
        out.extend_from_slice(&[0xBE, 0xDE, 0, 1, id << 4 | 2]);
        out.extend_from_slice(&time.to_be_bytes()[1..]);
    }
}
