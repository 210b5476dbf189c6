//! How many pages of the main file a checkpoint writes before it syncs them. While it syncs, the log's syncs wait, and with them
//! every answer: so a sync must be short, and how many pages that is depends on how far apart they lie and on the disk.

use std::time::Duration;

const PAGES_LEAST: u32 = 16;
const PAGES_MOST: u32 = 128;
/// A sync that took longer had too many pages.
const LONG: Duration = Duration::from_millis(3);
/// One that took less may have more: every sync costs the disk something, whatever it writes.
const SHORT: Duration = Duration::from_millis(1);

pub(super) struct SyncPace {
    written: u32,
    at_once: u32,
}

impl SyncPace {
    pub fn new() -> SyncPace {
        SyncPace { written: 0, at_once: PAGES_MOST }
    }

    /// A page was written. Whether it is time to sync.
    pub fn wrote(&mut self) -> bool {
        self.written += 1;
        self.written >= self.at_once
    }

    pub fn synced(&mut self, took: Duration) {
        self.written = 0;
        if took > LONG {
            self.at_once = (self.at_once / 2).max(PAGES_LEAST);
        } else if took < SHORT {
            self.at_once = (self.at_once * 2).min(PAGES_MOST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes until it is time to sync, which then takes so long. How many pages that were.
    fn turn(pace: &mut SyncPace, took: Duration) -> u32 {
        let pages = 1 + (0..1_000).take_while(|_| !pace.wrote()).count() as u32;
        pace.synced(took);
        pages
    }

    #[test]
    fn slow_syncs_come_with_fewer_pages_and_quick_ones_with_more_within_bounds() {
        let mut pace = SyncPace::new();
        let slow: Vec<u32> = (0..5).map(|_| turn(&mut pace, 2 * LONG)).collect();
        assert_eq!(slow, [128, 64, 32, 16, 16]);
        assert_eq!(turn(&mut pace, 2 * SHORT), 16, "neither long nor short: as it is");
        let quick: Vec<u32> = (0..5).map(|_| turn(&mut pace, SHORT / 2)).collect();
        assert_eq!(quick, [16, 32, 64, 128, 128]);
    }
}
