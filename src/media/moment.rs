//! The media thread's time: microseconds since it began, for jitter and feedback.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Microseconds since the thread began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Moment(pub u64);

impl Moment {
    pub fn plus(self, time: Duration) -> Moment {
        Moment(self.0 + time.as_micros() as u64)
    }

    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

#[derive(Clone, Copy)]
pub struct Watch {
    began: Instant,
}

impl Watch {
    #[expect(
        clippy::disallowed_methods,
        reason = "jitter is measured in microseconds, and DTLS wants the system's own instants"
    )]
    pub fn start() -> Watch {
        Watch { began: Instant::now() }
    }

    pub fn now(&self) -> Moment {
        Moment(self.began.elapsed().as_micros() as u64)
    }

    pub fn instant(&self, moment: Moment) -> Instant {
        self.began + Duration::from_micros(moment.0)
    }
}

/// Seconds since 1970, for credentials that end.
#[expect(
    clippy::disallowed_methods,
    reason = "credentials of the relay end by the wall clock, and no command asks for it"
)]
pub fn wall_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
