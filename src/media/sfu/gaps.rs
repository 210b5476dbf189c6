//! What is missing of a stream: asked for again, and known when it comes, by whichever stream it comes. What came already is told from what is
//! new by the same list.
//!
//! The generator of the webrtc project does not see what was repaired through the second stream (RFC 4588) and goes on asking: at 5 % loss it
//! asked forty times for each lost packet. This one looks at both.

use crate::media::figures::FIGURES;
use crate::media::moment::Moment;
use std::collections::BTreeMap;
use std::time::Duration;

/// Packets may overtake each other by so much.
const PATIENCE: Duration = Duration::from_millis(10);
/// What was asked for in vain so often, or for so long, is given up: the picture needs a key frame by then.
const ASKED_MAX: u8 = 6;
const GIVEN_UP: Duration = Duration::from_secs(1);
/// A jump by more than this is a new beginning, not loss.
const JUMP: u64 = 1_000;
/// Numbers in one packet.
const ASK_MAX: usize = 200;

#[derive(Default)]
pub struct Gaps {
    first: u64,
    highest: Option<u64>,
    missing: BTreeMap<u64, Missing>,
    /// Without repeated ones and without repairs.
    received: u64,
    /// For the next report.
    reported: (u64, u64),
}

struct Missing {
    since: Moment,
    asked: Option<Moment>,
    times: u8,
}

impl Gaps {
    /// Whether it is new. `repair`: it came as a repair, so the network had lost it or the browser probed with a copy.
    pub fn note(&mut self, number: u16, repair: bool, now: Moment) -> bool {
        let Some(highest) = self.highest else {
            if repair {
                return false;
            }
            // High enough that the ones before it have numbers too.
            self.first = 1 << 16 | u64::from(number);
            self.highest = Some(self.first);
            self.received = 1;
            return true;
        };
        let number = highest.wrapping_add_signed(i64::from(number.wrapping_sub(highest as u16) as i16));
        let new = if number > highest {
            if number - highest > JUMP {
                self.missing.clear();
                self.first += number - highest - 1;
            } else {
                let missing = (highest + 1..number).map(|n| (n, Missing { since: now, asked: None, times: 0 }));
                self.missing.extend(missing);
                FIGURES.missed.add(number - highest - 1);
            }
            self.highest = Some(number);
            true
        } else {
            self.missing.remove(&number).is_some()
        };
        if new && !repair {
            self.received += 1;
        }
        new
    }

    /// Those to ask for now. `round`: how long an answer takes.
    pub fn ask(&mut self, now: Moment, round: Duration) -> Vec<u16> {
        let again = (round * 5 / 4).clamp(Duration::from_millis(40), Duration::from_millis(400));
        self.missing.retain(|_, m| m.times < ASKED_MAX && now.since(m.since) < GIVEN_UP);
        let due = |m: &Missing| match m.asked {
            None => now.since(m.since) >= PATIENCE,
            Some(at) => now.since(at) >= again,
        };
        let mut numbers = Vec::new();
        for (number, missing) in self.missing.iter_mut().filter(|(_, m)| due(m)).take(ASK_MAX) {
            missing.asked = Some(now);
            missing.times += 1;
            numbers.push(*number as u16);
        }
        numbers
    }

    pub fn has_holes(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether this one may still come.
    pub fn awaits(&self, number: u16) -> bool {
        self.highest.is_some_and(|highest| {
            let number = highest.wrapping_add_signed(i64::from(number.wrapping_sub(highest as u16) as i16));
            self.missing.contains_key(&number)
        })
    }

    fn expected(&self) -> u64 {
        self.highest.map_or(0, |highest| highest + 1 - self.first)
    }

    /// That the network lost, and of how many.
    pub fn lost(&self) -> (u64, u64) {
        (self.expected().saturating_sub(self.received), self.expected())
    }

    /// For a receiver's report: of 256 since the last one, in all, and the highest number.
    pub fn report(&mut self) -> (u8, u32, u32) {
        let (expected, received) = (self.expected(), self.received);
        let since = (expected - self.reported.0.min(expected), received - self.reported.1.min(received));
        self.reported = (expected, received);
        let fraction = (since.0.saturating_sub(since.1) * 256).checked_div(since.0).unwrap_or(0);
        let highest = self.highest.map_or(0, |highest| (highest - (1 << 16)) as u32);
        (fraction.min(255) as u8, self.lost().0 as u32, highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Moment {
        Moment(ms * 1_000)
    }

    #[test]
    fn a_lost_packet_is_asked_for_until_it_comes_by_either_stream() {
        let mut gaps = Gaps::default();
        assert!(gaps.note(65_534, false, ms(0)));
        assert!(gaps.note(1, false, ms(1)));
        assert_eq!(gaps.ask(ms(5), Duration::ZERO), Vec::<u16>::new(), "it may only have been overtaken");
        assert_eq!(gaps.ask(ms(11), Duration::ZERO), [65_535, 0]);
        assert_eq!(gaps.ask(ms(21), Duration::ZERO), Vec::<u16>::new(), "the answer is under way");
        assert!(gaps.note(0, true, ms(30)), "a repair is new");
        assert!(!gaps.note(0, false, ms(31)), "and after it the packet itself is not");
        assert_eq!(gaps.ask(ms(60), Duration::ZERO), [65_535]);
        assert_eq!(gaps.lost(), (2, 4));
        assert!(gaps.note(65_535, false, ms(61)));
        assert!(!gaps.has_holes());
        assert_eq!(gaps.lost(), (1, 4));
    }

    #[test]
    fn copies_are_known_and_what_does_not_come_is_given_up() {
        let mut gaps = Gaps::default();
        assert!(!gaps.note(7, true, ms(0)), "a probe before the stream is none of it");
        for (number, new) in [(10, true), (10, false), (11, true), (9, false), (13, true)] {
            assert_eq!(gaps.note(number, false, ms(0)), new, "{number}");
        }
        let mut asked = 0;
        for at in 0..200 {
            asked += gaps.ask(ms(at * 10), Duration::ZERO).len();
        }
        assert_eq!(asked, usize::from(ASKED_MAX));
        assert!(!gaps.note(12, false, ms(3_000)), "too late");
    }

    #[test]
    fn a_jump_is_a_new_beginning() {
        let mut gaps = Gaps::default();
        gaps.note(10, false, ms(0));
        gaps.note(9_000, false, ms(1));
        assert!(!gaps.has_holes());
        assert_eq!(gaps.lost(), (0, 2));
        assert_eq!(gaps.report(), (0, 0, 9_000));
    }
}
