//! RTCP (RFC 3550, 4585, 5104), as far as the forwarder reads and writes it.

use super::{u16_at, u32_at};

/// One block of a receiver's report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Report {
    pub ssrc: u32,
    /// Of 256, since the report before.
    pub fraction_lost: u8,
    pub lost: u32,
    pub highest: u32,
    pub jitter: u32,
    /// The middle of the time in the last sender's report, and how long ago it came, in 1/65536 s.
    pub last_report: u32,
    pub since_report: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderReport {
    pub ssrc: u32,
    /// Seconds since 1900 and their fraction.
    pub ntp: u64,
    pub timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Item<'a> {
    Sender(SenderReport),
    Report(Report),
    /// Pairs of the first sequence number and a mask of the sixteen that follow.
    Nack {
        ssrc: u32,
        pairs: &'a [u8],
    },
    KeyFrame {
        ssrc: u32,
    },
    /// What a receiver's way down carries, in bit/s.
    Estimate {
        bits: u64,
    },
    Bye,
}

/// What is understood of a compound packet. Ends where something is wrong.
pub fn items(mut rest: &[u8], mut each: impl FnMut(Item<'_>)) {
    while let (Some(first), Some(kind), Some(words)) = (rest.first(), rest.get(1), u16_at(rest, 2)) {
        let length = 4 + 4 * usize::from(words);
        let (Some(body), count) = (rest.get(4..length), first & 0x1F) else { return };
        if first >> 6 != 2 {
            return;
        }
        match kind {
            200 => {
                sender(body).map(Item::Sender).into_iter().for_each(&mut each);
                reports(body.get(24..).unwrap_or_default(), count, &mut each);
            }
            201 => reports(body.get(4..).unwrap_or_default(), count, &mut each),
            203 => each(Item::Bye),
            205 if count == 1 => {
                if let Some(ssrc) = u32_at(body, 4) {
                    each(Item::Nack { ssrc, pairs: &body[8..] });
                }
            }
            206 if count == 1 => {
                u32_at(body, 4).map(|ssrc| Item::KeyFrame { ssrc }).into_iter().for_each(&mut each);
            }
            206 if count == 4 => {
                for block in body.get(8..).unwrap_or_default().chunks_exact(8) {
                    u32_at(block, 0).map(|ssrc| Item::KeyFrame { ssrc }).into_iter().for_each(&mut each);
                }
            }
            206 if count == 15 => estimate(body).map(|bits| Item::Estimate { bits }).into_iter().for_each(&mut each),
            _ => {}
        }
        rest = &rest[length..];
    }
}

fn sender(body: &[u8]) -> Option<SenderReport> {
    Some(SenderReport {
        ssrc: u32_at(body, 0)?,
        ntp: u64::from(u32_at(body, 4)?) << 32 | u64::from(u32_at(body, 8)?),
        timestamp: u32_at(body, 12)?,
        packets: u32_at(body, 16)?,
        octets: u32_at(body, 20)?,
    })
}

fn reports(blocks: &[u8], count: u8, each: &mut impl FnMut(Item<'_>)) {
    for block in blocks.chunks_exact(24).take(count.into()) {
        let word = |at: usize| u32_at(block, at).unwrap_or_default();
        each(Item::Report(Report {
            ssrc: word(0),
            fraction_lost: block[4],
            lost: word(4) & 0x00FF_FFFF,
            highest: word(8),
            jitter: word(12),
            last_report: word(16),
            since_report: word(20),
        }));
    }
}

fn estimate(body: &[u8]) -> Option<u64> {
    if body.get(8..12)? != b"REMB" {
        return None;
    }
    let word = u32_at(body, 12)?;
    let (exponent, mantissa) = ((word >> 18) & 0x3F, u64::from(word & 0x3FFFF));
    Some(mantissa.checked_shl(exponent).unwrap_or(u64::MAX).max(mantissa))
}

/// The sequence numbers a NACK names.
pub fn nacked(pairs: &[u8]) -> impl Iterator<Item = u16> {
    pairs.chunks_exact(4).flat_map(|pair| {
        let (first, mask) = (u16::from_be_bytes([pair[0], pair[1]]), u16::from_be_bytes([pair[2], pair[3]]));
        let following = (0..16).filter(move |bit| mask & (1 << bit) != 0).map(move |bit| first.wrapping_add(bit + 1));
        std::iter::once(first).chain(following)
    })
}

/// Who speaks in packets that are about others' streams.
const OURSELVES: u32 = 1;

fn head(out: &mut Vec<u8>, count: u8, kind: u8, words: usize) {
    out.extend_from_slice(&[0x80 | count, kind]);
    out.extend_from_slice(&(words as u16).to_be_bytes());
}

pub fn write_sender_report(out: &mut Vec<u8>, report: &SenderReport) {
    head(out, 0, 200, 6);
    out.extend_from_slice(&report.ssrc.to_be_bytes());
    out.extend_from_slice(&report.ntp.to_be_bytes());
    for word in [report.timestamp, report.packets, report.octets] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

/// At most 31 blocks.
pub fn write_receiver_report(out: &mut Vec<u8>, reports: &[Report]) {
    head(out, reports.len() as u8, 201, 1 + 6 * reports.len());
    out.extend_from_slice(&OURSELVES.to_be_bytes());
    for report in reports {
        let lost = u32::from(report.fraction_lost) << 24 | report.lost & 0x00FF_FFFF;
        for word in [report.ssrc, lost, report.highest, report.jitter, report.last_report, report.since_report] {
            out.extend_from_slice(&word.to_be_bytes());
        }
    }
}

pub fn write_nack(out: &mut Vec<u8>, ssrc: u32, missing: &[u16]) {
    let mut pairs: Vec<(u16, u16)> = Vec::new();
    for &number in missing {
        match pairs.last_mut() {
            Some((first, mask)) if (1..=16).contains(&number.wrapping_sub(*first)) => {
                *mask |= 1 << (number.wrapping_sub(*first) - 1);
            }
            _ => pairs.push((number, 0)),
        }
    }
    head(out, 1, 205, 2 + pairs.len());
    out.extend_from_slice(&OURSELVES.to_be_bytes());
    out.extend_from_slice(&ssrc.to_be_bytes());
    for (first, mask) in pairs {
        out.extend_from_slice(&first.to_be_bytes());
        out.extend_from_slice(&mask.to_be_bytes());
    }
}

pub fn write_key_frame_request(out: &mut Vec<u8>, ssrc: u32) {
    head(out, 1, 206, 2);
    out.extend_from_slice(&OURSELVES.to_be_bytes());
    out.extend_from_slice(&ssrc.to_be_bytes());
}

/// What the sender of these streams may send altogether.
pub fn write_estimate(out: &mut Vec<u8>, bits: u64, ssrcs: &[u32]) {
    head(out, 15, 206, 4 + ssrcs.len());
    out.extend_from_slice(&OURSELVES.to_be_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(b"REMB");
    let exponent = 64_u32.saturating_sub(bits.leading_zeros()).saturating_sub(18);
    let word = (ssrcs.len() as u32) << 24 | exponent << 18 | (bits >> exponent) as u32;
    out.extend_from_slice(&word.to_be_bytes());
    ssrcs.iter().for_each(|ssrc| out.extend_from_slice(&ssrc.to_be_bytes()));
}
