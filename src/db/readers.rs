//! Reader threads: each has its own read-only connection and runs one query at a time in a snapshot.
//!
//! Own threads and not the runtime's blocking pool: their number bounds open connections and page caches, and their
//! queue is bounded with a stated answer.

use super::Snapshot;
use crate::kernel::{Error, Result};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::oneshot;

/// Queries that may wait; a further one is told "busy".
const WAITING_MAX: usize = 1_024;

type Query = Box<dyn FnOnce(&Connection) + Send>;

pub struct Readers {
    queue: Sender<Query>,
}

impl Readers {
    pub fn start(connections: Vec<Connection>) -> std::io::Result<Readers> {
        let (queue, waiting) = bounded::<Query>(WAITING_MAX);
        for (n, connection) in connections.into_iter().enumerate() {
            let waiting = waiting.clone();
            std::thread::Builder::new().name(format!("store-reader-{n}")).spawn(move || run(&connection, &waiting))?;
        }
        Ok(Readers { queue })
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
            TrySendError::Full(_) => Error::busy(),
            TrySendError::Disconnected(_) => Error::unavailable("the readers have stopped"),
        })?;
        Ok(receiver)
    }
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
    end().map_err(|e| super::snapshot::failure("COMMIT", e))?;
    answer
}
