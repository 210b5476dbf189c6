//! Work at an interval.

use super::Stop;
use super::figures::FIGURES;
use crate::kernel::{Clock, Error, Millis, Result, Stopwatch};
use crossbeam_channel::RecvTimeoutError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the clock is looked at.
const TURN: Duration = Duration::from_secs(1);

type Work = Box<dyn FnMut(Millis) -> Result<()> + Send>;

pub struct Timer {
    name: &'static str,
    every_ms: i64,
    work: Work,
    /// `None`: it has not run since the start.
    due_at: Option<Millis>,
}

impl Timer {
    /// Runs `work` soon after the start and then each `every_ms`. It is handed the time.
    pub fn new(name: &'static str, every_ms: i64, work: impl FnMut(Millis) -> Result<()> + Send + 'static) -> Timer {
        Timer { name, every_ms, work: Box::new(work), due_at: None }
    }

    fn run_if_due(&mut self, now: Millis) {
        if self.due_at.is_some_and(|due_at| now < due_at && due_at <= now.plus(self.every_ms)) {
            return;
        }
        self.due_at = Some(now.plus(self.every_ms));
        let begun = Stopwatch::start();
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(now)))
            .unwrap_or_else(|_| Err(Error::internal("the work panicked")));
        FIGURES.timer_runs.of(self.name).took(begun.elapsed());
        if let Err(error) = outcome {
            FIGURES.timer_failures.of(self.name).one();
            tracing::error!(timer = self.name, %error, "timed work failed; it is tried again at its next turn");
        }
    }
}

pub(super) fn start(mut timers: Vec<Timer>, clock: Clock, stop: Stop) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("timers".into()).spawn(move || {
        while stop.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
            timers.iter_mut().for_each(|timer| timer.run_if_due(clock.now()));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn runs_at_once_then_at_its_interval_whatever_fails_or_the_clock_does() {
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let mut timer = Timer::new("test", 1_000, move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Error::internal("the first fails")),
            1 => panic!("the second panics"),
            _ => Ok(()),
        });
        let mut runs_at = |ms| {
            timer.run_if_due(Millis(ms));
            runs.load(Ordering::SeqCst)
        };
        assert_eq!(runs_at(50_000), 1);
        assert_eq!(runs_at(50_999), 1);
        assert_eq!(runs_at(51_000), 2);
        assert_eq!(runs_at(51_500), 2);
        assert_eq!(runs_at(90_000), 3, "a jump forward runs it once");
        assert_eq!(runs_at(90_001), 3);
        assert_eq!(runs_at(1_000), 4, "a clock set back by hours does not silence it for hours");
        assert_eq!(runs_at(1_001), 4);
    }
}
