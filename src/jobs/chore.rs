//! Work of hours, once in a while: on a thread of its own, a piece at a time, behind everybody else.

use super::Stop;
use crate::db::{Db, give_way};
use crate::kernel::{Clock, Error, Millis, Result, Stopwatch};
use crossbeam_channel::RecvTimeoutError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often it is asked whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// After a piece the writer has so many times its length for others.
const REST_FACTOR: u32 = 4;
const REST_MIN: Duration = Duration::from_millis(5);
const REST_MAX: Duration = Duration::from_secs(2);
/// As long as people crowd the writer, the work stands still; but not for ever.
const CROWDED_PAUSE: Duration = Duration::from_millis(50);
const CROWDED_PAUSES_MAX: u32 = 600;

type Work = Box<dyn FnMut(Millis, &mut Rest) -> Result<()> + Send>;

pub struct Chore {
    name: &'static str,
    is_due: Box<dyn FnMut(Millis) -> bool + Send>,
    work: Work,
}

impl Chore {
    /// `work` calls [`Rest::after_a_piece`] between its pieces and ends when that fails.
    pub fn new(
        name: &'static str,
        is_due: impl FnMut(Millis) -> bool + Send + 'static,
        work: impl FnMut(Millis, &mut Rest) -> Result<()> + Send + 'static,
    ) -> Chore {
        Chore { name, is_due: Box::new(is_due), work: Box::new(work) }
    }
}

/// The pauses of a chore.
pub struct Rest {
    db: Db,
    stop: Stop,
    since: Stopwatch,
}

impl Rest {
    /// Leaves the machine to others for longer than the piece took. An error: the program ends.
    pub fn after_a_piece(&mut self) -> Result<()> {
        let pause = self.since.elapsed().saturating_mul(REST_FACTOR).clamp(REST_MIN, REST_MAX);
        self.wait(pause)?;
        let mut pauses = 0;
        while self.db.is_crowded() && pauses < CROWDED_PAUSES_MAX {
            pauses += 1;
            self.wait(CROWDED_PAUSE)?;
        }
        self.since = Stopwatch::start();
        Ok(())
    }

    fn wait(&self, pause: Duration) -> Result<()> {
        match self.stop.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            _ => Err(Error::unavailable("the program ends")),
        }
    }
}

pub(super) fn start(mut chore: Chore, db: Db, clock: Clock, stop: Stop) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(chore.name.into()).spawn(move || {
        give_way();
        while stop.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
            let now = clock.now();
            if !(chore.is_due)(now) {
                continue;
            }
            let mut rest = Rest { db: db.clone(), stop: stop.clone(), since: Stopwatch::start() };
            let outcome = catch_unwind(AssertUnwindSafe(|| (chore.work)(now, &mut rest)))
                .unwrap_or_else(|_| Err(Error::internal("the work panicked")));
            match outcome {
                Ok(()) => tracing::info!(chore = chore.name, "done"),
                Err(error) => tracing::error!(chore = chore.name, %error, "broken off; it goes on next time"),
            }
        }
    })
}
