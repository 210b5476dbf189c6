//! From a sender's timestamps to milliseconds of the recording.
//!
//! Every track counts time from a number of its own, at a rate that is nearly what it says. What is known of all of them is
//! when their packets arrived. A packet comes late by chance, never early: so the earliest arrivals of the last seconds say
//! where the track's time lies, and the track is led there so slowly that nobody hears it.

/// A jump: the sender began anew (another camera, a reload), or stood still.
const JUMP_MS: f64 = 1_000.0;
/// How long an early arrival counts: twice this at most.
const WINDOW_MS: i64 = 5_000;
/// For each packet, towards an earlier and a later place.
const EARLIER_MS: f64 = 2.0;
const LATER_MS: f64 = 0.1;

pub struct Timeline {
    /// Ticks a millisecond.
    rate: f64,
    at: Option<At>,
    /// The last time that was given: they only grow.
    last: Option<u64>,
}

struct At {
    timestamp: u32,
    ticks: i64,
    /// From the track's time to the recording's.
    offset: f64,
    /// The least of this window and of the one before.
    least: [f64; 2],
    window_since: i64,
}

impl Timeline {
    pub fn new(hertz: u32) -> Timeline {
        Timeline { rate: f64::from(hertz) / 1_000.0, at: None, last: None }
    }

    /// The time of what has this timestamp and arrived then.
    pub fn place(&mut self, timestamp: u32, arrived_ms: i64) -> u64 {
        let at = self.at.get_or_insert(At {
            timestamp,
            ticks: 0,
            offset: arrived_ms as f64,
            least: [f64::MAX; 2],
            window_since: arrived_ms,
        });
        at.ticks += i64::from(timestamp.wrapping_sub(at.timestamp) as i32);
        at.timestamp = timestamp;
        let media = at.ticks as f64 / self.rate;
        at.follow(arrived_ms as f64 - media, arrived_ms);
        let placed = (media + at.offset).max(0.0) as u64;
        let placed = self.last.map_or(placed, |last| placed.max(last + 1));
        *self.last.insert(placed)
    }

    /// After a pause of the recording nothing is where it was.
    pub fn forget(&mut self) {
        self.at = None;
    }
}

impl At {
    fn follow(&mut self, offset: f64, arrived_ms: i64) {
        if (offset - self.offset).abs() > JUMP_MS {
            (self.offset, self.least, self.window_since) = (offset, [f64::MAX; 2], arrived_ms);
        }
        if arrived_ms - self.window_since > WINDOW_MS {
            (self.least, self.window_since) = ([f64::MAX, self.least[0]], arrived_ms);
        }
        self.least[0] = self.least[0].min(offset);
        let target = self.least[0].min(self.least[1]);
        self.offset += (target - self.offset).clamp(-EARLIER_MS, LATER_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_track_stays_even_whatever_the_arrivals_do() {
        let mut line = Timeline::new(48_000);
        let jitter = |n: i64| (n * 7_919) % 60;
        let placed: Vec<u64> = (0..500).map(|n| line.place((n * 960) as u32, 10_000 + n * 20 + jitter(n))).collect();
        // Once it has found its place.
        for (n, pair) in placed.windows(2).enumerate().skip(60) {
            assert!((19..=21).contains(&(pair[1] - pair[0])), "{n}: {pair:?}");
        }
        let late = placed[499] as i64 - (10_000 + 499 * 20);
        assert!((0..10).contains(&late), "{late}");
    }

    #[test]
    fn timestamps_wrap() {
        let mut line = Timeline::new(90_000);
        let first = line.place(u32::MAX - 2_999, 0);
        assert_eq!(line.place(0, 33) - first, 33);
        assert_eq!(line.place(3_000, 66) - first, 66);
        // Longer than the numbers last: 13 hours.
        let mut line = Timeline::new(90_000);
        let mut last = 0;
        for minute in 0..1_000i64 {
            last = line.place((minute * 60 * 90_000) as u32, minute * 60_000);
        }
        assert_eq!(last, 999 * 60_000);
    }

    #[test]
    fn a_sender_that_begins_anew_is_where_it_arrives() {
        let mut line = Timeline::new(90_000);
        line.place(1_000, 5_000);
        assert_eq!(line.place(3_000_000_000, 9_000), 9_000);
        assert_eq!(line.place(3_000_003_000, 9_033), 9_033);
        assert_eq!(line.place(77, 12_000), 12_000);
        // Backwards for a moment: time does not go back.
        assert_eq!(line.place(76, 12_000), 12_001);
    }

    #[test]
    fn a_clock_that_runs_slow_or_fast_is_followed() {
        for skew in [-200i64, 200] {
            let mut line = Timeline::new(48_000);
            let mut apart = 0;
            // An hour at 200 parts in a million: 720 ms.
            for n in 0..180_000i64 {
                let arrived = n * 20 + n * 20 * skew / 1_000_000;
                apart = line.place((n * 960) as u32, arrived) as i64 - arrived;
            }
            assert!(apart.abs() < 15, "{skew}: {apart}");
        }
    }
}
