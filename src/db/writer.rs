//! The writer thread: group commit.
//!
//! Drain what waits → one `BEGIN IMMEDIATE` → every command → one `COMMIT`, one fsync → answer the waiters → publish the
//! events. A command's failure undoes that command alone; a failed commit fails everybody in it, and nobody was told
//! otherwise.
//!
//! Nearly every command that fails does so before it writes. So the batch runs without savepoints, which would copy each
//! page a command touches (an eighth of the writer's time); if one does fail after it wrote, the batch is undone
//! and run again with them.
//!
//! After a failure of the disk the connection may be one that refuses for ever (docs/adr/0002-encryption-at-rest.md), so
//! it is exchanged for a new one, until a commit succeeds.

use super::Tx;
use super::checkpoint::{Checkpoints, LogHeld};
use super::figures::FIGURES;
use crate::bus::Bus;
use crate::kernel::{Error, Published, Pulse, Result, Stopwatch};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Commands that may wait; a further one is told "busy".
const WAITING_MAX: usize = 4_096;
/// They may wait so long for their turn. When it takes longer, fewer may wait: what is accepted is answered soon, the rest
/// is told at once to come back.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// A batch of so many is a crowd.
const CROWD: usize = 64;
/// Fewer than this always may: one slow sync says nothing about the next.
const WAITING_MIN: usize = 256;
/// Commands in one transaction: bounds the time to the first answer.
const BATCH_MAX: usize = 1_024;

/// A command that waits for its turn, or for its commit.
trait Job: Send {
    /// Whether it succeeded. It may be run again, when everything it did is undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller what it came to. Its own failure stays that; its success is one if it was committed.
    fn answer(self: Box<Self>, committed: Result<()>);
}

struct Command<T, F> {
    command: F,
    /// Of the last run.
    outcome: Option<Result<T>>,
    caller: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Tx<'_>) -> Result<T> + Send> Job for Command<T, F> {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        // A panic in one command must cost that command, not the process.
        let run = catch_unwind(AssertUnwindSafe(|| (self.command)(tx)));
        let outcome = run.unwrap_or_else(|_| Err(Error::internal("a command panicked")));
        self.outcome.insert(outcome).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Command { outcome, caller, .. } = *self;
        // The caller may have gone away; the command stands all the same.
        let _ = caller.send(match outcome {
            Some(Err(error)) => Err(error),
            Some(Ok(value)) => committed.map(|()| value),
            None => committed.and_then(|()| Err(Error::internal("a command did not run"))),
        });
    }
}

/// Opens the store once more.
pub type Reopen = Arc<dyn Fn() -> Result<Connection, String> + Send + Sync>;

/// A store that cannot even be opened is left alone for a while, longer each time.
const REOPEN_FIRST: Duration = Duration::from_millis(100);
const REOPEN_MAX: Duration = Duration::from_secs(5);

pub struct Writer {
    queue: Sender<Waiting>,
    allowance: Arc<Allowance>,
    /// Commands of the batch in hand, or of the last one if more wait.
    batch: Arc<AtomicUsize>,
    log_holders: Arc<AtomicUsize>,
    /// Beats after each batch, whatever came of it.
    pulse: Pulse,
}

struct Waiting {
    job: Box<dyn Job>,
    since: Stopwatch,
}

/// How many may wait, by how long they had to.
struct Allowance(AtomicUsize);

impl Allowance {
    fn learn(&self, waited: Duration) {
        let now = self.0.load(Ordering::Relaxed);
        let next = if waited > WAIT_MAX { now - now / 8 } else { now + WAITING_MIN / 4 };
        self.0.store(next.clamp(WAITING_MIN, WAITING_MAX), Ordering::Relaxed);
    }
}

impl Writer {
    pub fn start(
        mut connection: Connection,
        reopen: Reopen,
        next_position: i64,
        bus: Arc<Bus>,
    ) -> std::io::Result<(Writer, JoinHandle<()>)> {
        let (queue, waiting) = bounded(WAITING_MAX);
        let allowance = Arc::new(Allowance(AtomicUsize::new(WAITING_MAX)));
        let batch = Arc::new(AtomicUsize::new(0));
        let log_holders = Arc::default();
        let checkpoints = Checkpoints::start(reopen.clone(), Arc::clone(&log_holders))?;
        checkpoints.watch(&mut connection).map_err(std::io::Error::other)?;
        let pulse = Pulse::default();
        let thread = std::thread::Builder::new().name("store-writer".into()).spawn({
            let (allowance, batch, pulse) = (allowance.clone(), batch.clone(), pulse.clone());
            let trouble = None;
            let writer = Loop { connection, reopen, checkpoints, allowance, batch, pulse, trouble, next_position, bus };
            move || writer.run(&waiting)
        })?;
        Ok((Writer { queue, allowance, batch, log_holders, pulse }, thread))
    }

    pub fn pulse(&self) -> Pulse {
        self.pulse.clone()
    }

    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub fn waiting_max(&self) -> usize {
        self.allowance.0.load(Ordering::Relaxed)
    }

    pub fn is_crowded(&self) -> bool {
        self.batch.load(Ordering::Relaxed) >= CROWD
    }

    /// For somebody who reads one moment for long.
    pub fn hold_log(&self) -> LogHeld {
        LogHeld::new(&self.log_holders)
    }

    /// Queues `command`; the answer comes after its commit is on disk.
    pub fn submit<T, F>(&self, command: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        if self.waiting() >= self.waiting_max() {
            return Err(refused());
        }
        let (caller, receiver) = oneshot::channel();
        let job = Box::new(Command { command, outcome: None, caller });
        self.queue.try_send(Waiting { job, since: Stopwatch::start() }).map_err(|e| match e {
            TrySendError::Full(_) => refused(),
            TrySendError::Disconnected(_) => Error::unavailable("the writer has stopped"),
        })?;
        Ok(receiver)
    }
}

fn refused() -> Error {
    FIGURES.refused.one();
    Error::busy()
}

/// What can be undone when a command fails after it wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    Everything,
    Each,
}

/// A transaction that could not be carried on.
struct Broken {
    begun: bool,
    error: rusqlite::Error,
}

impl Broken {
    fn during(error: rusqlite::Error) -> Self {
        Broken { begun: true, error }
    }
}

struct Loop {
    connection: Connection,
    reopen: Reopen,
    checkpoints: Checkpoints,
    allowance: Arc<Allowance>,
    batch: Arc<AtomicUsize>,
    pulse: Pulse,
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
    fn run(mut self, waiting: &Receiver<Waiting>) {
        // Ends when every sender is gone and the queue is empty: a shutdown loses nothing that was accepted.
        while let Ok(first) = waiting.recv() {
            self.mend(waiting);
            self.allowance.learn(first.since.elapsed());
            let batch = std::iter::once(first).chain(waiting.try_iter()).take(BATCH_MAX);
            let (since, batch): (Vec<_>, Vec<_>) = batch.map(|waiting| (waiting.since, waiting.job)).unzip();
            self.batch.store(batch.len(), Ordering::Relaxed);
            FIGURES.batches.note(batch.len() as u64);
            let begun = Stopwatch::start();
            let done = self.commit(batch);
            for since in since {
                FIGURES.waited.took(since.until(begun));
                FIGURES.answered.took(since.until(done));
            }
            self.pulse.beat();
            if waiting.is_empty() {
                self.batch.store(0, Ordering::Relaxed);
            }
        }
        if let Err(error) = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
            tracing::warn!(%error, "the last checkpoint failed; the next start will redo it");
        }
    }

    /// Exchanges a connection that failed. What waits meanwhile is bounded by the queue, and is told as soon as the next
    /// transaction can be tried.
    fn mend(&mut self, waiting: &Receiver<Waiting>) {
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
        let mut connection = (self.reopen)()?;
        self.checkpoints.watch(&mut connection).map_err(|error| error.to_string())?;
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

    /// Says when everybody had their answer.
    fn commit(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Stopwatch {
        let ran = match self.run_batch(&mut jobs, Undo::Everything) {
            Ok(None) => {
                FIGURES.batches_repeated.one();
                self.statement("ROLLBACK").map_err(Broken::during).and_then(|()| self.run_batch(&mut jobs, Undo::Each))
            }
            ran => ran,
        };
        let events = match ran {
            Ok(events) => events.unwrap_or_default(),
            Err(Broken { begun: false, error }) => {
                tracing::error!(%error, "no transaction can begin");
                // Dropping the jobs drops their channels: each caller hears "unavailable".
                drop(jobs);
                return self.distrust(Vec::new());
            }
            Err(Broken { begun: true, error }) => {
                tracing::error!(%error, "the transaction broke; it is undone");
                return self.fail(jobs, Vec::new(), &error);
            }
        };
        let begun = Stopwatch::start();
        let committed = self.statement("COMMIT");
        FIGURES.commit.took(begun.elapsed());
        if let Err(error) = committed {
            tracing::error!(%error, "the commit failed; nothing of it was acknowledged");
            return self.fail(jobs, events, &error);
        }
        if self.trouble.take().is_some() {
            FIGURES.in_trouble.set(0);
        }
        self.next_position += events.len() as i64;
        events.iter().for_each(|published| FIGURES.events.of(published.event.kind()).one());
        jobs.into_iter().for_each(|job| job.answer(Ok(())));
        let answered = Stopwatch::start();
        self.bus.publish(events);
        self.checkpoints.after_commit(&self.connection);
        answered
    }

    /// Runs the batch in a transaction. `None`: one wrote and then failed, and only everything can be undone.
    fn run_batch(&self, jobs: &mut [Box<dyn Job>], undo: Undo) -> Result<Option<Vec<Published>>, Broken> {
        self.statement("BEGIN IMMEDIATE").map_err(|error| Broken { begun: false, error })?;
        let mut events = Vec::new();
        for job in jobs {
            if undo == Undo::Each {
                self.statement("SAVEPOINT command").map_err(Broken::during)?;
            }
            let before = self.connection.total_changes();
            let mut tx = Tx::new(&self.connection, self.next_position + events.len() as i64);
            let succeeded = job.run(&mut tx);
            let emitted = tx.into_emitted();
            if succeeded {
                events.extend(emitted);
            } else if self.connection.is_autocommit() {
                // A full disk, say: SQLite has undone everything by itself.
                return Err(Broken::during(undone()));
            } else if self.connection.total_changes() != before {
                match undo {
                    Undo::Everything => return Ok(None),
                    Undo::Each => self.statement("ROLLBACK TO command").map_err(Broken::during)?,
                }
            }
            if undo == Undo::Each {
                self.statement("RELEASE command").map_err(Broken::during)?;
            }
        }
        Ok(Some(events))
    }

    fn fail(&mut self, jobs: Vec<Box<dyn Job>>, events: Vec<Published>, error: &rusqlite::Error) -> Stopwatch {
        // SQLite may have rolled back by itself already; then this one has nothing to do.
        if !self.connection.is_autocommit() && self.statement("ROLLBACK").is_err() {
            tracing::error!("the rollback failed too");
        }
        jobs.into_iter().for_each(|job| job.answer(Err(Error::commit_failed(error))));
        self.distrust(events)
    }

    fn distrust(&mut self, doubtful: Vec<Published>) -> Stopwatch {
        FIGURES.failures.one();
        FIGURES.in_trouble.set(1);
        let trouble = self.trouble.get_or_insert(Trouble { pause: REOPEN_FIRST, doubtful: Vec::new() });
        if !doubtful.is_empty() {
            trouble.doubtful = doubtful;
        }
        Stopwatch::start()
    }

    fn statement(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn undone() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ABORT);
    rusqlite::Error::SqliteFailure(code, Some("a statement failed and took the transaction with it".into()))
}

/// Of the events in the store.
pub fn newest_position(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(position), 0) FROM events", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> (tempfile::TempDir, Writer, JoinHandle<()>, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain.db");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY); CREATE TABLE events (position)").unwrap();
        let reopen: Reopen = Arc::new(|| Err("not here".into()));
        let (writer, thread) = Writer::start(connection, reopen, 1, Arc::default()).unwrap();
        (folder, writer, thread, path)
    }

    fn add(n: i64, then: Result<()>) -> impl Fn(&mut Tx<'_>) -> Result<i64> + Send + 'static {
        move |tx| {
            tx.execute("INSERT INTO t (n) VALUES (?1)", crate::params![n])?;
            then.clone().map(|()| n)
        }
    }

    #[test]
    fn who_waits_too_long_makes_others_come_back_later() {
        let allowance = Allowance(AtomicUsize::new(WAITING_MAX));
        allowance.learn(WAIT_MAX * 2);
        assert_eq!(allowance.0.load(Ordering::Relaxed), WAITING_MAX - WAITING_MAX / 8);
        (0..100).for_each(|_| allowance.learn(WAIT_MAX * 2));
        assert_eq!(allowance.0.load(Ordering::Relaxed), WAITING_MIN);
        (0..100).for_each(|_| allowance.learn(WAIT_MAX / 2));
        assert_eq!(allowance.0.load(Ordering::Relaxed), WAITING_MAX);
    }

    /// Fails after it wrote, before it wrote, by a panic: in the middle of commands that must stand.
    #[test]
    fn a_failed_command_undoes_itself_alone() {
        let (_folder, writer, thread, path) = writer();
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        let first = writer.submit(move |_| held.recv().or(Ok(()))).unwrap();
        let good = [1, 2, 3].map(|n| writer.submit(add(n, Ok(()))).unwrap());
        let torn = writer.submit(add(7, Err(Error::not_found()))).unwrap();
        let early = writer.submit(|_| Err::<(), _>(Error::busy())).unwrap();
        let panicked = writer.submit(|tx| add(8, Ok(()))(tx).map(|_| panic!("on purpose"))).unwrap();
        let twice = writer.submit(add(1, Ok(()))).unwrap();
        let late = writer.submit(add(4, Ok(()))).unwrap();
        // The first one is held, so that the others become one batch.
        drop(release);
        first.blocking_recv().unwrap().unwrap();
        for (n, answer) in good.into_iter().enumerate() {
            assert_eq!(answer.blocking_recv().unwrap().unwrap(), n as i64 + 1);
        }
        assert_eq!(late.blocking_recv().unwrap().unwrap(), 4);
        assert_eq!(torn.blocking_recv().unwrap().unwrap_err().code, "not_found");
        assert_eq!(early.blocking_recv().unwrap().unwrap_err().code, "server.busy");
        assert_eq!(panicked.blocking_recv().unwrap().map(|()| 0).unwrap_err().code, "server.error");
        assert!(twice.blocking_recv().unwrap().is_err());
        drop(writer);
        thread.join().unwrap();
        let stored = Connection::open(path).unwrap();
        let stored: String = stored.query_row("SELECT group_concat(n) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(stored, "1,2,3,4");
    }
}
