//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when each packet of a leg arrived, from which its browser
//! estimates what the way up carries.

use crate::media::moment::Moment;
use std::collections::VecDeque;

/// Arrivals between two feedbacks. What is more is forgotten; the browser takes it as lost and sends less.
const ARRIVALS_MAX: usize = 2_048;
/// Packets that one feedback speaks of, so that it fits a datagram.
const GAP_MAX: u64 = 500;
/// The unit of a difference between two arrivals, in microseconds.
const TICK: i64 = 250;

#[derive(Default)]
pub struct Arrivals {
    /// Number without its wrapping, and when.
    seen: VecDeque<(u64, Moment)>,
    highest: Option<u64>,
    /// The first that the next feedback speaks of.
    next: Option<u64>,
    feedbacks: u8,
}

impl Arrivals {
    pub fn note(&mut self, number: u16, now: Moment) {
        // Begins high enough for the ones before it to have numbers too.
        let highest = self.highest.unwrap_or(1 << 16 | u64::from(number));
        let number = highest.wrapping_add_signed(i64::from(number.wrapping_sub(highest as u16) as i16));
        self.highest = Some(highest.max(number));
        if self.next.is_some_and(|next| number < next) || self.seen.len() >= ARRIVALS_MAX {
            return;
        }
        self.seen.push_back((number, now));
    }

    /// Writes what arrived since the last time, if anything did.
    pub fn write(&mut self, out: &mut Vec<u8>, media_ssrc: u32) {
        self.seen.make_contiguous().sort_unstable_by_key(|(number, _)| *number);
        let Some((first, mut before)) = self.seen.front().copied() else { return };
        // After a gap that no feedback can span, the count begins anew.
        let base = self.next.filter(|next| first - next <= GAP_MAX).unwrap_or(first);
        let reference = before.0 as i64 / 64_000;
        before = Moment((reference * 64_000) as u64);

        let mut symbols: Vec<u8> = Vec::with_capacity(self.seen.len());
        let mut deltas: Vec<u8> = Vec::with_capacity(self.seen.len());
        let mut expected = base;
        while let Some(&(number, at)) = self.seen.front() {
            let delta = (at.0 as i64 - before.0 as i64) / TICK;
            let Ok(wide) = i16::try_from(delta) else { break };
            if number >= expected && (number - expected > GAP_MAX || symbols.len() as u64 > GAP_MAX) {
                break;
            }
            self.seen.pop_front();
            if number < expected {
                continue;
            }
            symbols.resize(symbols.len() + (number - expected) as usize, 0);
            expected = number + 1;
            before = Moment(before.0.wrapping_add_signed(delta * TICK));
            match u8::try_from(delta) {
                Ok(small) => {
                    symbols.push(1);
                    deltas.push(small);
                }
                Err(_) => {
                    symbols.push(2);
                    deltas.extend_from_slice(&wide.to_be_bytes());
                }
            }
        }
        self.next = Some(expected);
        if symbols.is_empty() {
            return;
        }
        let begin = out.len();
        out.extend_from_slice(&[0x8F, 205, 0, 0]);
        out.extend_from_slice(&1_u32.to_be_bytes());
        out.extend_from_slice(&media_ssrc.to_be_bytes());
        out.extend_from_slice(&(base as u16).to_be_bytes());
        out.extend_from_slice(&(symbols.len() as u16).to_be_bytes());
        out.extend_from_slice(&((reference as u32) << 8 | u32::from(self.feedbacks)).to_be_bytes());
        self.feedbacks = self.feedbacks.wrapping_add(1);
        for seven in symbols.chunks(7) {
            // A vector of seven symbols of two bits.
            let vector =
                seven.iter().enumerate().fold(0xC000_u16, |vector, (at, s)| vector | u16::from(*s) << (12 - 2 * at));
            out.extend_from_slice(&vector.to_be_bytes());
        }
        out.extend_from_slice(&deltas);
        let padding = (out.len() - begin).next_multiple_of(4) - (out.len() - begin);
        if padding > 0 {
            out[begin] |= 0x20;
            out.resize(out.len() + padding - 1, 0);
            out.push(padding as u8);
        }
        let words = ((out.len() - begin) / 4 - 1) as u16;
        out[begin + 2..begin + 4].copy_from_slice(&words.to_be_bytes());
    }
}
