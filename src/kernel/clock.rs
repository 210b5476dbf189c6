//! The one place that reads the machine's clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Millis(pub i64);

impl Millis {
    pub const fn seconds(n: i64) -> i64 {
        n * 1_000
    }
    pub const fn minutes(n: i64) -> i64 {
        n * 60_000
    }
    pub const fn hours(n: i64) -> i64 {
        n * 3_600_000
    }
    pub const fn days(n: i64) -> i64 {
        n * 86_400_000
    }

    pub fn plus(self, ms: i64) -> Millis {
        Millis(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; never negative, since a wall clock may step back.
    pub fn since(self, earlier: Millis) -> i64 {
        (self.0 - earlier.0).max(0)
    }
}

/// Tells the time: the machine's, or the one a test fixed.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    #[cfg(test)]
    Fixed(Millis),
}

impl Clock {
    pub fn system() -> Self {
        Clock(Source::System)
    }

    #[cfg(test)]
    pub fn fixed(at: Millis) -> Self {
        Clock(Source::Fixed(at))
    }

    #[expect(clippy::disallowed_methods, reason = "every other place is handed the time by this one")]
    pub fn now(&self) -> Millis {
        match &self.0 {
            #[cfg(test)]
            Source::Fixed(at) => *at,
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Millis(since.as_millis() as i64)
            }
        }
    }
    /// For how long something lasts: no change of the wall clock moves it.
    #[expect(clippy::disallowed_methods, reason = "every other place is handed the time by this one")]
    pub fn steady(&self) -> Instant {
        Instant::now()
    }
}
