//! The one place that reads the machine's clocks.

use std::sync::LazyLock;
#[cfg(test)]
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

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

    /// `2026-11-20`, in UTC.
    pub fn date(self) -> String {
        // Howard Hinnant's civil_from_days: years begin in March, so that the odd day is the last one.
        let days = self.0.div_euclid(Self::days(1)) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let (day, month, late) = (day - (153 * month + 2) / 5 + 1, (month + 2) % 12 + 1, i64::from(month >= 10));
        format!("{:04}-{month:02}-{day:02}", era * 400 + year + late)
    }

    /// Milliseconds since `earlier`; never negative, since a wall clock may step back.
    pub fn since(self, earlier: Millis) -> i64 {
        (self.0 - earlier.0).max(0)
    }
}

/// A moment on a scale that nobody sets and that only grows: for how long something has lasted. Says nothing about dates,
/// and nothing after a restart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Steady(pub i64);

impl Steady {
    /// Milliseconds since `earlier`.
    pub fn since(self, earlier: Steady) -> i64 {
        self.0 - earlier.0
    }

    pub fn plus(self, time: Duration) -> Steady {
        Steady(self.0.saturating_add(time.as_millis() as i64))
    }

    /// How long it is until then; nothing if that is past.
    pub fn until(self, later: Steady) -> Duration {
        Duration::from_millis(u64::try_from(later.0 - self.0).unwrap_or(0))
    }
}

/// Tells the time: the machine's, or what a test says.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    #[cfg(test)]
    Manual(Arc<Manual>),
}

/// Both scales, moved by hand.
#[cfg(test)]
struct Manual {
    wall: AtomicI64,
    steady: AtomicI64,
}

impl Clock {
    pub fn system() -> Self {
        Clock(Source::System)
    }

    #[expect(clippy::disallowed_methods, reason = "every other place is handed the time by this one")]
    pub fn now(&self) -> Millis {
        match &self.0 {
            #[cfg(test)]
            Source::Manual(manual) => Millis(manual.wall.load(Ordering::SeqCst)),
            Source::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Millis(since.as_millis() as i64)
            }
        }
    }

    /// For leases: a wall clock that is set must not end any, nor keep one alive.
    #[expect(clippy::disallowed_methods, reason = "every other place is handed the time by this one")]
    pub fn steady(&self) -> Steady {
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            #[cfg(test)]
            Source::Manual(manual) => Steady(manual.steady.load(Ordering::SeqCst)),
            Source::System => Steady(FIRST.elapsed().as_millis() as i64),
        }
    }
}

#[cfg(test)]
impl Clock {
    /// Stands still but for [`advance`](Clock::advance) and [`set`](Clock::set).
    pub fn manual(at: Millis) -> Self {
        Clock(Source::Manual(Arc::new(Manual { wall: AtomicI64::new(at.0), steady: AtomicI64::new(0) })))
    }

    /// Time passes.
    pub fn advance(&self, ms: i64) {
        if let Source::Manual(manual) = &self.0 {
            manual.wall.fetch_add(ms, Ordering::SeqCst);
            manual.steady.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Somebody sets the wall clock.
    pub fn set(&self, at: Millis) {
        if let Source::Manual(manual) = &self.0 {
            manual.wall.store(at.0, Ordering::SeqCst);
        }
    }
}

/// Measures how long something takes, by a clock that nobody sets.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "every other place is handed the time by this one")]
    pub fn start() -> Self {
        Stopwatch(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// What had passed when `later` was started.
    pub fn until(&self, later: Stopwatch) -> Duration {
        later.0.saturating_duration_since(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (days, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_512, "2026-02-28"),
            (20_513, "2026-03-01"),
            (20_777, "2026-11-20"),
            (20_818, "2026-12-31"),
        ] {
            assert_eq!(Millis(Millis::days(days) + 86_399_999).date(), date);
        }
    }
}
