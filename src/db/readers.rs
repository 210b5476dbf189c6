//! Reader threads: each has its own read-only connection and runs one query at a time in a snapshot.
//!
//! Own threads and not the runtime's blocking pool: their number bounds open connections and page caches, and their
//! queue is bounded with a stated answer.

use super::Snapshot;
use super::figures::FIGURES;
use crate::kernel::{Error, Result};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

type Query = Box<dyn FnOnce(&Connection) + Send>;

pub struct Readers {
    queue: Sender<Query>,
}

impl Readers {
    /// One thread per connection, prepared by `begin`. Up to `waiting_max` queries may wait; a further one is told "busy".
    pub fn start(
        name: &str,
        connections: Vec<Connection>,
        waiting_max: usize,
        begin: fn(),
    ) -> std::io::Result<Readers> {
        let (queue, waiting) = bounded::<Query>(waiting_max);
        for (n, connection) in connections.into_iter().enumerate() {
            let waiting = waiting.clone();
            std::thread::Builder::new().name(format!("{name}-{n}")).spawn(move || {
                begin();
                run(&connection, &waiting);
            })?;
        }
        Ok(Readers { queue })
    }

    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub fn submit<T, F>(&self, query: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let job: Query = Box::new(move |connection| {
            let _ = sender.send(in_snapshot(connection, query));
        });
        self.queue.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => {
                FIGURES.queries_refused.one();
                Error::busy()
            }
            TrySendError::Disconnected(_) => Error::unavailable("the readers have stopped"),
        })?;
        Ok(receiver)
    }
}

/// For threads whose work nobody waits for while many may wait for the cores: from here on this thread gets a tenth of the
/// time of those who are as busy. Where it is refused, it only takes a fair share.
pub fn give_way() {
    let _ = rustix::process::setpriority_process(None, 10);
}

fn run(connection: &Connection, waiting: &Receiver<Query>) {
    while let Ok(query) = waiting.recv() {
        query(connection);
    }
}

/// One read transaction, so that several statements of a query see the same moment.
pub(super) fn in_snapshot<T>(connection: &Connection, query: impl FnOnce(&Snapshot<'_>) -> Result<T>) -> Result<T> {
    let begin = || connection.prepare_cached("BEGIN")?.execute([]);
    begin().map_err(|e| super::snapshot::failure("BEGIN", e))?;
    let answer = catch_unwind(AssertUnwindSafe(|| query(&Snapshot { connection })))
        .unwrap_or_else(|_| Err(Error::internal("a query panicked")));
    let end = || connection.prepare_cached("COMMIT")?.execute([]);
    let ended = end().map_err(|e| super::snapshot::failure("COMMIT", e));
    // A failed query may have ended the transaction; what failed first is what is told.
    answer.and_then(|answer| ended.map(|_| answer))
}
