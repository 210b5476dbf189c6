//! Opening the store, and its face to the rest of the program.

use super::page_cipher::{self, Mode, PageKey};
use super::readers::{self, Readers};
use super::writer::Writer;
use super::{Snapshot, Tx, migrate};
use crate::bus::Bus;
use crate::kernel::{Error, Millis, Result};
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Statements kept prepared per connection.
const STATEMENTS_MAX: usize = 128;

pub struct Options<'a> {
    pub path: &'a Path,
    pub key: &'a PageKey,
    pub readers: usize,
    /// Unguessable; kept if the store has one already.
    pub new_epoch: String,
    pub now: Millis,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Cipher(#[from] page_cipher::OpenError),
    #[error(transparent)]
    Migrate(#[from] migrate::MigrateError),
    #[error("the store does not answer: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("no thread for the store: {0}")]
    Thread(#[from] std::io::Error),
}

/// The running store. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    /// Taken at shutdown, so that the writer drains its queue and ends.
    writer: Mutex<Option<Writer>>,
    writer_thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    bus: Arc<Bus>,
    path: PathBuf,
}

impl Db {
    pub fn open(options: &Options<'_>) -> Result<Db, OpenError> {
        let mut connection = page_cipher::open(options.path, options.key, Mode::ReadWriteCreate)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        migrate::run(&mut connection, options.now.0)?;
        connection.execute(
            "INSERT INTO store (id, epoch, created_at) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING",
            rusqlite::params![options.new_epoch, options.now.0],
        )?;
        let next_position: i64 =
            connection.query_row("SELECT COALESCE(MAX(position), 0) + 1 FROM events", [], |row| row.get(0))?;
        let read_only = (0..options.readers)
            .map(|_| {
                let connection = page_cipher::open(options.path, options.key, Mode::ReadOnly)?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
                Ok(connection)
            })
            .collect::<Result<Vec<Connection>, OpenError>>()?;
        let bus = Arc::new(Bus::default());
        let (writer, thread) = Writer::start(connection, next_position, bus.clone())?;
        Ok(Db(Arc::new(Inner {
            writer: Mutex::new(Some(writer)),
            writer_thread: Mutex::new(Some(thread)),
            readers: Readers::start(read_only)?,
            bus,
            path: options.path.to_owned(),
        })))
    }

    /// Committed events, in order, from now on.
    pub fn bus(&self) -> &Bus {
        &self.0.bus
    }

    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Runs a command and answers after its commit is on disk. `command` may run more than once; it must do the same
    /// each time.
    ///
    /// The command takes its place in the queue at the call, not at the first poll: a client's messages keep their
    /// order however their futures are polled.
    pub fn write<T, F>(&self, command: F) -> impl Future<Output = Result<T>> + Send + 'static
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let queued = self.submit(command);
        async move { queued?.await.unwrap_or_else(|_| Err(stopped())) }
    }

    /// [`write`](Db::write) for threads that may wait: consumers, timers, the command line.
    pub fn write_blocking<T, F>(&self, command: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.submit(command)?.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }

    fn submit<T, F>(&self, command: F) -> Result<oneshot::Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.0.writer.lock().as_ref().ok_or_else(stopped)?.submit(command)
    }

    /// Runs a query on a snapshot.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        self.0.readers.submit(query)?.await.unwrap_or_else(|_| Err(stopped()))
    }

    pub fn read_blocking<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        self.0.readers.submit(query)?.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }

    /// Takes no more commands, finishes those accepted, checkpoints. Waits for that.
    pub fn stop(&self) {
        drop(self.0.writer.lock().take());
        if let Some(thread) = self.0.writer_thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer ended by a panic");
        }
    }
}

fn stopped() -> Error {
    Error::unavailable("the store has stopped or broke off this transaction")
}

/// A second encrypted file for derived data with one user of its own, such as the search index.
pub struct SideStore {
    connection: Connection,
}

impl SideStore {
    pub fn open(path: &Path, key: &PageKey, schema: &str) -> Result<SideStore, OpenError> {
        let connection = page_cipher::open(path, key, Mode::ReadWriteCreate)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.execute_batch(schema)?;
        Ok(SideStore { connection })
    }

    pub fn read<T>(&self, query: impl FnOnce(&Snapshot<'_>) -> Result<T>) -> Result<T> {
        readers::in_snapshot(&self.connection, query)
    }

    /// One transaction. It cannot emit: a side store has no events.
    pub fn write<T>(&self, change: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let fail = |e| super::snapshot::failure("side store", e);
        self.connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
        let answer = change(&mut Tx::new(&self.connection, 1));
        let end = if answer.is_ok() { "COMMIT" } else { "ROLLBACK" };
        self.connection.execute_batch(end).map_err(fail)?;
        answer
    }
}
