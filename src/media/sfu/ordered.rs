//! Packets for the recorder, in the order in which they were sent: what is being repaired holds the others up for a moment.

use super::gaps::Gaps;
use super::track::Packet;
use crate::media::moment::Moment;
use std::collections::VecDeque;

/// As long as repairing takes at most, at full rate. What is more is let go without what is missing.
const WAITING_MAX: usize = 256;

#[derive(Default)]
pub struct Ordered {
    waiting: VecDeque<(Packet, Moment)>,
    next: Option<u16>,
}

impl Ordered {
    pub fn put(&mut self, packet: Packet, at: Moment) {
        let late = self.next.is_some_and(|next| (packet.sequence.wrapping_sub(next) as i16) < 0);
        if late {
            return;
        }
        let after = |(waiting, _): &(Packet, Moment)| (waiting.sequence.wrapping_sub(packet.sequence) as i16) < 0;
        let place = self.waiting.iter().rposition(after).map_or(0, |before| before + 1);
        self.waiting.insert(place, (packet, at));
    }

    /// The next one, unless one before it may still come.
    pub fn next(&mut self, gaps: &Gaps) -> Option<(Packet, Moment)> {
        let first = self.waiting.front()?.0.sequence;
        if let Some(next) = self.next {
            let missing = first.wrapping_sub(next);
            let held_up = (0..missing.min(1_000)).any(|n| gaps.awaits(next.wrapping_add(n)));
            if held_up && self.waiting.len() < WAITING_MAX {
                return None;
            }
        }
        self.next = Some(first.wrapping_add(1));
        self.waiting.pop_front()
    }

    pub fn clear(&mut self) {
        *self = Ordered::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn packet(sequence: u16) -> Packet {
        Packet { sequence, timestamp: 0, marker: false, begins: true, payload: Bytes::new() }
    }

    fn drain(ordered: &mut Ordered, gaps: &Gaps) -> Vec<u16> {
        std::iter::from_fn(|| ordered.next(gaps).map(|(packet, _)| packet.sequence)).collect()
    }

    #[test]
    fn a_hole_holds_up_what_follows_until_it_is_filled_or_given_up() {
        let (mut ordered, mut gaps) = (Ordered::default(), Gaps::default());
        let come = |ordered: &mut Ordered, gaps: &mut Gaps, sequence: u16| {
            assert!(gaps.note(sequence, false, Moment(0)));
            ordered.put(packet(sequence), Moment(0));
        };
        for sequence in [65_534, 65_535, 1, 2] {
            come(&mut ordered, &mut gaps, sequence);
        }
        assert_eq!(drain(&mut ordered, &gaps), [65_534, 65_535]);
        come(&mut ordered, &mut gaps, 0);
        come(&mut ordered, &mut gaps, 5);
        assert_eq!(drain(&mut ordered, &gaps), [0, 1, 2]);
        gaps.ask(Moment(2_000_000), std::time::Duration::ZERO);
        assert_eq!(drain(&mut ordered, &gaps), [5]);
    }
}
