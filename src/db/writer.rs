//! The writer thread: group commit.
//!
//! Drain what waits → one `BEGIN IMMEDIATE` → every command in its own savepoint → one `COMMIT`, one fsync → answer the
//! waiters → publish the events. A command's failure undoes that command alone; a failed commit fails everybody
//! in it, and nobody was told otherwise.
//!
//! After a failure of the disk the connection may be one that refuses for ever (docs/adr/0002-encryption-at-rest.md), so
//! it is exchanged for a new one, until a commit succeeds.

use super::Tx;
use crate::bus::Bus;
use crate::kernel::{Error, Published, Result};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Commands that may wait; a further one is told "busy".
const WAITING_MAX: usize = 4_096;
/// Commands in one transaction: bounds the time to the first answer.
const BATCH_MAX: usize = 1_024;

/// Told once whether its command is on disk.
type Answer = Box<dyn FnOnce(Result<(), Error>) + Send>;
/// A command, ready to run. `Some` answer: keep the savepoint. `None`: it failed and has answered already.
type Job = Box<dyn FnOnce(&mut Tx<'_>) -> Option<Answer> + Send>;

/// Opens the store once more.
pub type Reopen = Box<dyn Fn() -> Result<Connection, String> + Send>;

/// A store that cannot even be opened is left alone for a while, longer each time.
const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_MAX: Duration = Duration::from_secs(5);

pub struct Writer {
    queue: Sender<Job>,
}

impl Writer {
    pub fn start(
        connection: Connection,
        reopen: Reopen,
        next_position: i64,
        bus: Arc<Bus>,
    ) -> std::io::Result<(Writer, JoinHandle<()>)> {
        let (queue, waiting) = bounded(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || Loop { connection, reopen, trouble: None, next_position, bus }.run(&waiting))?;
        Ok((Writer { queue }, thread))
    }

    /// Queues `command`; the answer comes after its commit is on disk.
    pub fn submit<T, F>(&self, command: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |tx| match guarded(&command, tx) {
            Ok(value) => Some(Box::new(move |committed| {
                // The caller may have gone away; the command stands all the same.
                let _ = sender.send(committed.map(|()| value));
            })),
            Err(error) => {
                let _ = sender.send(Err(error));
                None
            }
        });
        self.queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => Error::busy(),
            TrySendError::Disconnected(_) => Error::unavailable("the writer has stopped"),
        })?;
        Ok(receiver)
    }
}

/// A panic in one command must cost that command, not the process.
fn guarded<T>(command: &dyn Fn(&mut Tx<'_>) -> Result<T>, tx: &mut Tx<'_>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| command(tx))).unwrap_or_else(|_| Err(Error::internal("a command panicked")))
}

struct Loop {
    connection: Connection,
    reopen: Reopen,
    trouble: Option<Trouble>,
    next_position: i64,
    bus: Arc<Bus>,
}

/// Since a statement of the transaction itself failed.
struct Trouble {
    /// How long to leave the store alone if it cannot be opened.
    pause: Duration,
    /// Of the commit that failed. It may be on the disk all the same.
    doubtful: Vec<Published>,
}

impl Loop {
    fn run(mut self, waiting: &Receiver<Job>) {
        // Ends when every sender is gone and the queue is empty: a shutdown loses nothing that was accepted.
        while let Ok(first) = waiting.recv() {
            self.mend(waiting);
            self.commit(std::iter::once(first).chain(waiting.try_iter()).take(BATCH_MAX));
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start will redo it");
        }
    }

    /// Exchanges a connection that failed. What waits meanwhile is bounded by the queue, and is told as soon as the next
    /// transaction can be tried.
    fn mend(&mut self, waiting: &Receiver<Job>) {
        let Some(trouble) = &mut self.trouble else { return };
        let pause = trouble.pause;
        trouble.pause = (pause * 2).min(REOPEN_MAX);
        match self.reopened() {
            Ok(()) => tracing::info!("the store was opened anew after a failure"),
            Err(error) => {
                tracing::error!(%error, "the store cannot be opened anew");
                // A thread that only waits: nothing is ever sent here, and at shutdown the queue has ended.
                let _ = crossbeam_channel::after(pause).recv();
                waiting.try_iter().take(BATCH_MAX).for_each(drop);
            }
        }
    }

    fn reopened(&mut self) -> Result<(), String> {
        let connection = (self.reopen)()?;
        let newest = newest_position(&connection).map_err(|error| error.to_string())?;
        self.connection = connection;
        // It did reach the disk: whoever listens must hear of it, or they would miss it for ever.
        if newest >= self.next_position
            && let Some(trouble) = &mut self.trouble
        {
            self.bus.publish(std::mem::take(&mut trouble.doubtful));
        }
        self.next_position = newest + 1;
        Ok(())
    }

    fn commit(&mut self, jobs: impl Iterator<Item = Job>) {
        if let Err(error) = self.statement("BEGIN IMMEDIATE") {
            tracing::error!(%error, "no transaction can begin");
            self.distrust(Vec::new());
            // Dropping the jobs drops their channels: each caller hears "unavailable".
            jobs.for_each(drop);
            return;
        }
        let mut answers = Vec::new();
        let mut events = Vec::new();
        for job in jobs {
            match self.run_one(job) {
                Ok(Some((answer, emitted))) => {
                    self.next_position += emitted.len() as i64;
                    events.extend(emitted);
                    answers.push(answer);
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::error!(%error, "the transaction broke; it is undone");
                    return self.fail(answers, events, &error);
                }
            }
        }
        if let Err(error) = self.statement("COMMIT") {
            tracing::error!(%error, "the commit failed; nothing of it was acknowledged");
            return self.fail(answers, events, &error);
        }
        self.trouble = None;
        answers.into_iter().for_each(|answer| answer(Ok(())));
        self.bus.publish(events);
    }

    fn run_one(&self, job: Job) -> rusqlite::Result<Option<(Answer, Vec<Published>)>> {
        self.statement("SAVEPOINT command")?;
        let mut tx = Tx::new(&self.connection, self.next_position);
        let answer = job(&mut tx);
        let emitted = tx.into_emitted();
        if answer.is_none() {
            self.statement("ROLLBACK TO command")?;
        }
        self.statement("RELEASE command")?;
        Ok(answer.map(|answer| (answer, emitted)))
    }

    fn fail(&mut self, answers: Vec<Answer>, events: Vec<Published>, error: &rusqlite::Error) {
        self.next_position -= events.len() as i64;
        // SQLite may have rolled back by itself already; then this one has nothing to do.
        if !self.connection.is_autocommit() && self.statement("ROLLBACK").is_err() {
            tracing::error!("the rollback failed too");
        }
        self.distrust(events);
        answers.into_iter().for_each(|answer| answer(Err(Error::commit_failed(error))));
    }

    fn distrust(&mut self, doubtful: Vec<Published>) {
        let trouble = self.trouble.get_or_insert(Trouble { pause: REOPEN_FIRST, doubtful: Vec::new() });
        if !doubtful.is_empty() {
            trouble.doubtful = doubtful;
        }
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

/// Of the events in the store.
pub fn newest_position(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(position), 0) FROM events", [], |row| row.get(0))
}
