//! Moving what is in the log into the main file without keeping anybody waiting.
//!
//! A checkpoint by the writer alone stops everybody for as long as the disk takes for thousands of pages. One beside the
//! writer alone never ends: while it syncs, new pages come, and the log grows for ever. So a thread of its own does the
//! bulk, again what came meanwhile, and so on while that gets less; the writer then does the rest, after which the log begins
//! anew.

use super::figures::FIGURES;
use super::writer::Reopen;
use crate::kernel::Stopwatch;
use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Pages (4 KiB each) in the log that are worth moving: a page that was written often meanwhile is moved once.
const BEGIN_PAGES: u32 = 16_000;
/// So few are left to the writer, after so many rounds at most.
const REST_PAGES: u32 = 200;
const ROUNDS_MAX: u32 = 5;
/// The writer no longer waits for the thread: it is stuck, or the disk too slow for what comes.
const PATIENCE_PAGES: u32 = 4 * BEGIN_PAGES;

/// As long as one of them lives somebody reads one moment of the store for long, a backup for instance. The log cannot be
/// moved past that moment, so nobody tries.
pub struct LogHeld(Arc<AtomicUsize>);

impl LogHeld {
    pub fn new(holders: &Arc<AtomicUsize>) -> LogHeld {
        holders.fetch_add(1, Ordering::Relaxed);
        LogHeld(holders.clone())
    }
}

impl Drop for LogHeld {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The writer's side.
pub struct Checkpoints {
    /// Of the log, as of the last commit.
    pages: Arc<AtomicU32>,
    ask: Sender<()>,
    done: Receiver<()>,
    asked: bool,
    holders: Arc<AtomicUsize>,
    /// The log was held since the thread was asked, so it did not get far.
    cut_short: bool,
    /// So long may the log get before the writer moves it.
    patience: u32,
}

impl Checkpoints {
    /// `reopen` opens the store once more, for the thread. `holders`: how many hold the log.
    pub fn start(reopen: Reopen, holders: Arc<AtomicUsize>) -> std::io::Result<Checkpoints> {
        let (ask, asked) = bounded(1);
        let (tell, done) = bounded(1);
        // Ends with the writer.
        std::thread::Builder::new().name("store-log".into()).spawn(move || {
            let mut connection = None;
            for () in asked {
                if let Err(error) = bulk(&mut connection, &reopen) {
                    tracing::warn!(error, "the log could not be moved; the writer will");
                    connection = None;
                }
                if tell.send(()).is_err() {
                    return;
                }
            }
        })?;
        let pages = Arc::default();
        Ok(Checkpoints { pages, ask, done, asked: false, holders, cut_short: false, patience: PATIENCE_PAGES })
    }

    /// Makes `connection` count the log's pages, instead of moving them by itself.
    pub fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let pages = self.pages.clone();
        connection.wal_hook(Some(move |_: &mut _, n: i32| {
            pages.store(n.unsigned_abs(), Ordering::Relaxed);
            FIGURES.log_pages.set(n.into());
            Ok(())
        }))
    }

    /// After each commit, when everybody has their answer.
    pub fn after_commit(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if self.holders.load(Ordering::Relaxed) > 0 {
            self.cut_short = self.asked;
            self.patience = pages.saturating_add(PATIENCE_PAGES);
            return;
        }
        if pages < BEGIN_PAGES {
            self.patience = PATIENCE_PAGES;
        }
        let mut bulk_is_done = self.asked && self.done.try_recv().is_ok();
        self.asked &= !bulk_is_done;
        if bulk_is_done && std::mem::take(&mut self.cut_short) {
            // The rest would be too much for the writer: once more.
            bulk_is_done = false;
        }
        if bulk_is_done || pages >= self.patience {
            if let Err(error) = move_log(connection) {
                tracing::warn!(%error, "the log could not be moved; it grows until it can");
            }
        } else if pages >= BEGIN_PAGES && !self.asked {
            self.asked = self.ask.try_send(()).is_ok();
        }
    }
}

fn bulk(connection: &mut Option<Connection>, reopen: &Reopen) -> Result<(), String> {
    let connection = match connection {
        Some(open) => open,
        None => connection.insert(reopen()?),
    };
    let mut moved = 0;
    for _ in 0..ROUNDS_MAX {
        let so_far = move_log(connection).map_err(|error| error.to_string())?;
        if so_far.saturating_sub(moved) < REST_PAGES {
            break;
        }
        moved = so_far;
    }
    Ok(())
}

/// As far as nobody reads from before it. Returns how many pages of the log are in the main file now.
fn move_log(connection: &Connection) -> rusqlite::Result<u32> {
    let begun = Stopwatch::start();
    let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get::<_, i64>(2));
    match &moved {
        Ok(_) => FIGURES.checkpoints.took(begun.elapsed()),
        Err(_) => FIGURES.checkpoints_failed.one(),
    }
    moved.map(|n| n.unsigned_abs() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const LONG: Duration = Duration::from_secs(10);

    /// The writer's side, and what is heard when the thread opens the store to begin its work.
    fn watched() -> (Checkpoints, Arc<AtomicUsize>, Connection, Receiver<()>) {
        let (told, begun) = crossbeam_channel::unbounded();
        let reopen: Reopen = Arc::new(move || {
            told.send(()).unwrap();
            Connection::open_in_memory().map_err(|error| error.to_string())
        });
        let holders = Arc::default();
        let checkpoints = Checkpoints::start(reopen, Arc::clone(&holders)).unwrap();
        (checkpoints, holders, Connection::open_in_memory().unwrap(), begun)
    }

    #[test]
    fn nobody_moves_the_log_while_it_is_held_and_then_the_thread_does_and_not_the_writer() {
        let (mut checkpoints, holders, connection, begun) = watched();
        let long = 10 * PATIENCE_PAGES;
        let held = LogHeld::new(&holders);
        checkpoints.pages.store(long, Ordering::Relaxed);
        checkpoints.after_commit(&connection);
        assert!(!checkpoints.asked && begun.is_empty(), "it would not get far");
        drop(held);
        assert!(checkpoints.patience > long, "the writer would move all of it by itself while everybody waits");
        checkpoints.after_commit(&connection);
        assert!(checkpoints.asked);
        begun.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn work_that_somebody_cut_short_is_done_again_by_the_thread() {
        let (mut checkpoints, holders, connection, begun) = watched();
        checkpoints.pages.store(BEGIN_PAGES, Ordering::Relaxed);
        checkpoints.after_commit(&connection);
        begun.recv_timeout(LONG).unwrap();
        let held = LogHeld::new(&holders);
        checkpoints.after_commit(&connection);
        assert!(checkpoints.cut_short);
        drop(held);
        // What the thread did is taken note of, and it is asked once more in the same breath or the next.
        for _ in 0..1_000 {
            checkpoints.after_commit(&connection);
            if !checkpoints.cut_short {
                break;
            }
            let _ = crossbeam_channel::after(Duration::from_millis(10)).recv();
        }
        assert!(!checkpoints.cut_short && checkpoints.asked, "the rest was left to the writer");
    }
}
