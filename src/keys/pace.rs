//! How fast the exchange goes: behind everybody else.

use crate::db::{Db, Resealing};
use crate::kernel::{Error, Result, Stopwatch};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use parking_lot::Mutex;
use std::convert::Infallible;
use std::time::Duration;

/// While people crowd the writer, the exchange waits: so long at a time, so many times in a row.
const DEFER: Duration = Duration::from_millis(250);
const DEFERRALS_MAX: u32 = 8;
/// Until whatever it waits for may be over.
const NOTHING_TO_DO: Duration = Duration::from_millis(200);
const LOG_EVERY: Duration = Duration::from_secs(60);

/// What is sealed anew, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
pub enum Step {
    #[default]
    Store,
    Search,
    Files,
    Recordings,
    Keyslots,
}

impl Step {
    pub fn words(self) -> &'static str {
        match self {
            Step::Store => "sealing the store anew",
            Step::Search => "sealing the search index anew",
            Step::Files => "sealing attachments anew",
            Step::Recordings => "sealing recordings anew",
            Step::Keyslots => "forgetting the former key",
        }
    }

    pub fn code(self) -> &'static str {
        match self {
            Step::Store => "store",
            Step::Search => "search",
            Step::Files => "files",
            Step::Recordings => "recordings",
            Step::Keyslots => "keyslots",
        }
    }
}

/// How far the exchange is, for whoever asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub step: Step,
    pub done: u64,
    pub total: u64,
}

pub struct Pace<'a> {
    db: &'a Db,
    stop: &'a Receiver<Infallible>,
    progress: &'a Mutex<Progress>,
    logged: Stopwatch,
}

impl<'a> Pace<'a> {
    pub fn new(db: &'a Db, stop: &'a Receiver<Infallible>, progress: &'a Mutex<Progress>) -> Self {
        Pace { db, stop, progress, logged: Stopwatch::start() }
    }

    /// After each piece of work of `step`: rests for as long as that took.
    pub fn after(&mut self, step: Step, work: Resealing) -> Result<()> {
        self.note(step, work);
        if self.logged.elapsed() >= LOG_EVERY {
            tracing::info!(
                step = step.words(),
                done = work.done,
                total = work.total,
                "the root key is being exchanged"
            );
            self.logged = Stopwatch::start();
        }
        self.rest(if work.worked.is_zero() { NOTHING_TO_DO } else { work.worked })?;
        for _ in 0..DEFERRALS_MAX {
            if !self.db.is_crowded() {
                break;
            }
            self.rest(DEFER)?;
        }
        Ok(())
    }

    /// Where there is only something to wait for, it is as far as it was; likewise while everything of a step is looked at once more.
    fn note(&self, step: Step, work: Resealing) {
        let mut progress = self.progress.lock();
        if progress.step != step {
            *progress = Progress { step, done: work.done, total: work.total };
        } else if !work.worked.is_zero() {
            let done = work.done.max(progress.done);
            *progress = Progress { step, done, total: work.total.max(done) };
        }
    }

    /// Or until the program ends.
    pub fn rest(&self, time: Duration) -> Result<()> {
        match self.stop.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            _ => Err(Error::unavailable("the program ends; the exchange goes on at its next start")),
        }
    }
}
