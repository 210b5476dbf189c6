//! Reading the event log past a cursor.

use super::Stop;
use super::figures::FIGURES;
use crate::db::{Db, RecordedEvent, give_way};
use crate::kernel::{Error, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError, select};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

/// Events in one turn.
const BATCH_MAX: usize = 1_000;
/// Between turns: what happens meanwhile shares one transaction.
const PAUSE: Duration = Duration::from_millis(200);
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// While people crowd the writer, work that can wait does: so long at a time, so many times in a row.
const DEFER: Duration = Duration::from_secs(1);
const DEFERRALS_MAX: u32 = 30;

/// Something that reacts to committed events.
pub trait Consumer: Send {
    fn name(&self) -> &'static str;

    /// The position of the last event whose work is done and kept.
    fn cursor(&mut self, db: &Db) -> Result<i64>;

    /// Does the work of `events`, which come right after the cursor, oldest first, and moves the cursor past them. After a
    /// failure they come again.
    fn consume(&mut self, db: &Db, events: &[RecordedEvent]) -> Result<()>;
}

pub(super) fn start(mut consumer: Box<dyn Consumer>, db: Db, stop: Stop) -> std::io::Result<JoinHandle<()>> {
    let woken = db.bus().nudges();
    std::thread::Builder::new().name(consumer.name().into()).spawn(move || {
        give_way();
        Loop { consumer: &mut *consumer, db: &db, failures: 0 }.run(&woken, &stop);
    })
}

struct Loop<'c> {
    consumer: &'c mut dyn Consumer,
    db: &'c Db,
    failures: u32,
}

impl Loop<'_> {
    fn run(mut self, woken: &Receiver<()>, stop: &Stop) {
        let mut deferred = 0;
        loop {
            if self.db.is_crowded() && deferred < DEFERRALS_MAX {
                deferred += 1;
                if stop.recv_timeout(DEFER) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                continue;
            }
            deferred = 0;
            // Looked at before the first nudge: the log may have grown while the program was down.
            let more = self.turn();
            if stop.recv_timeout(self.pause(more)) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            if !more {
                select! {
                    recv(woken) -> nudge => if nudge.is_err() { return },
                    recv(stop) -> _ => return,
                }
            }
        }
    }

    /// Whether to come again without waiting for news.
    fn turn(&mut self) -> bool {
        let outcome = catch_unwind(AssertUnwindSafe(|| catch_up(self.consumer, self.db)))
            .unwrap_or_else(|_| Err(Error::internal("the consumer panicked")));
        match outcome {
            Ok(more) => {
                self.failures = 0;
                more
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                FIGURES.consumer_failures.of(self.consumer.name()).one();
                tracing::error!(consumer = self.consumer.name(), %error, failures = self.failures, "will be tried again");
                true
            }
        }
    }

    fn pause(&self, more: bool) -> Duration {
        match self.failures {
            0 if more => Duration::ZERO,
            0 => PAUSE,
            failures => RETRY_FIRST.saturating_mul(1 << (failures - 1).min(16)).min(RETRY_MAX),
        }
    }
}

/// One batch. Whether there was a full one, so that more may wait.
fn catch_up(consumer: &mut dyn Consumer, db: &Db) -> Result<bool> {
    let cursor = consumer.cursor(db)?;
    let position = FIGURES.positions.of(consumer.name());
    position.set(cursor);
    let events = db.read_blocking(move |snapshot| snapshot.events_after(cursor, BATCH_MAX))?;
    if events.is_empty() {
        return Ok(false);
    }
    consumer.consume(db, &events)?;
    position.set(events.last().map_or(cursor, |event| event.position));
    Ok(events.len() == BATCH_MAX)
}
