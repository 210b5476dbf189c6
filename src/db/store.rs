//! Opening the store, and its face to the rest of the program.

use super::migrate::Progress;
use super::page_cipher::{CipherVfs, RegisterError};
use super::page_open::{self, OpenMode};
use super::readers::{self, Readers};
use super::writer::{Writer, newest_position};
use super::{Frozen, Snapshot, Tx, migrate};
use crate::bus::Bus;
use crate::kernel::{Error, Millis, Pulse, Result};
use crate::vault::PageKey;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Statements kept prepared per connection.
const STATEMENTS_MAX: usize = 128;
/// Queries that may wait for a reader.
const QUERIES_WAITING_MAX: usize = 1_024;
/// When a connection moves the log into the main file by itself (4 KiB a page): before the writer takes over, and in the
/// side stores, which have no thread for it.
const CHECKPOINT_PAGES: u32 = 4_000;

/// Moves while this process brings a store to its schema.
pub fn opening() -> &'static Pulse {
    static OPENING: LazyLock<Pulse> = LazyLock::new(Pulse::default);
    &OPENING
}

pub struct Options<'a> {
    pub path: &'a Path,
    pub key: &'a PageKey,
    pub readers: usize,
    /// Unguessable; kept if the store has one already.
    pub new_epoch: String,
    pub now: Millis,
}

/// What happens around the migrations of a store that has something in it.
pub trait Upgrade {
    /// Before anything is changed, from one schema to another. An error leaves the store as it is.
    fn before(&self, store: Frozen, from: i64, to: i64) -> Result<(), String>;

    /// Told of each migration as it begins and at least every few seconds while one lasts.
    fn progress(&self) -> Progress;
}

/// Nothing but the migrations.
impl Upgrade for () {
    fn before(&self, _: Frozen, _: i64, _: i64) -> Result<(), String> {
        Ok(())
    }

    fn progress(&self) -> Progress {
        Arc::new(|_| ())
    }
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Cipher(#[from] page_open::OpenError),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Migrate(#[from] migrate::MigrateError),
    #[error("the store does not answer: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Nothing was changed.
    #[error("{0}")]
    NotUpgraded(String),
    #[error("the store cannot be read: {0}")]
    Unreadable(String),
    #[error("no thread for the store: {0}")]
    Thread(#[from] std::io::Error),
}

impl OpenError {
    /// Whether the file itself is at fault, so that trying again is no use.
    pub fn is_damage(&self) -> bool {
        use page_open::OpenError::{Damaged, WalTampered, WrongKey};
        match self {
            OpenError::Cipher(error) => matches!(error, Damaged { .. } | WalTampered { .. } | WrongKey),
            OpenError::Sqlite(error) => super::snapshot::is_damage(error),
            _ => false,
        }
    }
}

/// The running store. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    /// Taken at shutdown, so that the writer drains its queue and ends.
    writer: Mutex<Option<Writer>>,
    writer_thread: Mutex<Option<JoinHandle<()>>>,
    readers: Readers,
    /// For threads that may wait.
    background: Readers,
    bus: Arc<Bus>,
    path: PathBuf,
    cipher: CipherVfs,
}

impl Db {
    /// Where nobody need be told of migrations.
    pub fn open(options: &Options<'_>) -> Result<Db, OpenError> {
        Db::open_upgrading(options, &())
    }

    pub fn open_upgrading(options: &Options<'_>, upgrade: &dyn Upgrade) -> Result<Db, OpenError> {
        let vfs = CipherVfs::of(options.key)?;
        let mut connection = connect(options.path, &vfs, OpenMode::Create)?;
        if let Some((from, to)) = migrate::upgrade(&connection)? {
            let frozen = Frozen::begin(connect(options.path, &vfs, OpenMode::WriteExisting)?, None)?;
            upgrade.before(frozen, from, to).map_err(OpenError::NotUpgraded)?;
        }
        migrate::run(&mut connection, options.now.0, upgrade.progress())?;
        connection.execute(
            "INSERT INTO store (id, epoch, created_at) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING",
            rusqlite::params![options.new_epoch, options.now.0],
        )?;
        let next_position = newest_position(&connection)? + 1;
        let mut read_only = (0..=options.readers)
            .map(|_| connect(options.path, &vfs, OpenMode::ReadOnly))
            .collect::<Result<Vec<Connection>, OpenError>>()?;
        let bus = Arc::new(Bus::default());
        let (path, cipher) = (options.path.to_owned(), vfs.clone());
        let reopen =
            Arc::new(move || connect(&path, &cipher, OpenMode::WriteExisting).map_err(|error| error.to_string()));
        let (writer, thread) = Writer::start(connection, reopen, next_position, bus.clone())?;
        Ok(Db(Arc::new(Inner {
            writer: Mutex::new(Some(writer)),
            writer_thread: Mutex::new(Some(thread)),
            background: Readers::start(
                "store-behind",
                read_only.split_off(options.readers),
                QUERIES_WAITING_MAX,
                readers::give_way,
            )?,
            readers: Readers::start("store-reader", read_only, QUERIES_WAITING_MAX, || ())?,
            bus,
            path: options.path.to_owned(),
            cipher: vfs,
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

    /// For consumers, timers and the command line: behind everybody else.
    pub fn read_blocking<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        self.0.background.submit(query)?.blocking_recv().unwrap_or_else(|_| Err(stopped()))
    }

    /// Likewise for tasks.
    pub async fn read_behind<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        self.0.background.submit(query)?.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// This very moment of the whole store, for as long as it is held. The log grows meanwhile.
    pub fn freeze(&self) -> Result<Frozen, OpenError> {
        let held = self.0.writer.lock().as_ref().map(Writer::hold_log);
        let connection = connect(&self.0.path, &self.0.cipher, OpenMode::ReadOnly)?;
        Ok(Frozen::begin(connection, held)?)
    }

    /// Whether many write at the same time just now.
    pub fn is_crowded(&self) -> bool {
        self.0.writer.lock().as_ref().is_some_and(Writer::is_crowded)
    }

    /// Moves as often as the writer has finished something.
    pub fn writer_pulse(&self) -> Pulse {
        self.0.writer.lock().as_ref().map(Writer::pulse).unwrap_or_default()
    }

    /// Gives the writer something to finish. When too many wait already, they are that.
    pub fn prod_writer(&self) {
        let _ = self.submit(|_| Ok(()));
    }

    /// Commands that wait for the writer.
    pub fn waiting(&self) -> usize {
        self.0.writer.lock().as_ref().map_or(0, Writer::waiting)
    }

    /// Commands that may wait just now.
    pub fn waiting_max(&self) -> usize {
        self.0.writer.lock().as_ref().map_or(0, Writer::waiting_max)
    }

    pub(super) fn queries_waiting(&self) -> [(&'static str, f64); 2] {
        [("requests", self.0.readers.waiting() as f64), ("background", self.0.background.waiting() as f64)]
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

/// For the pages that are written again and again: the newest of each living conversation. Of the whole process, since so is
/// its memory.
static WRITER_CACHE_KIB: AtomicU32 = AtomicU32::new(32 << 10);

/// Stores that are opened from now on take so much for their writer.
pub fn set_writer_cache(kib: u32) {
    WRITER_CACHE_KIB.store(kib, Ordering::Relaxed);
}

pub(super) fn connect(path: &Path, vfs: &CipherVfs, mode: OpenMode) -> Result<Connection, OpenError> {
    let connection = page_open::open(path, vfs, mode, CHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    if !matches!(mode, OpenMode::ReadOnly) {
        connection.pragma_update(None, "cache_size", -i64::from(WRITER_CACHE_KIB.load(Ordering::Relaxed)))?;
    }
    Ok(connection)
}

pub(super) fn stopped() -> Error {
    Error::unavailable("the store has stopped or broke off this transaction")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::random;

    #[tokio::test]
    async fn a_full_queue_says_busy_and_keeps_what_it_took() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new(random()));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        let slow = db.submit(move |_| {
            // Ends when the test lets go of the other side.
            let _ = held.recv();
            Ok(())
        });
        let mut taken = vec![slow.unwrap()];
        let refused = loop {
            match db.submit(|_| Ok(())) {
                Ok(queued) => taken.push(queued),
                Err(error) => break error,
            }
            assert!(taken.len() < 10_000, "the queue has no bound");
        };
        assert_eq!((refused.code, refused.retry_after_s), ("server.busy", Some(1)));
        // Those that wait, and the batch in the writer's hands.
        assert!((4_096..=4_096 + 1_025).contains(&taken.len()), "{}", taken.len());
        drop(release);
        for answer in taken {
            answer.await.unwrap().unwrap();
        }
    }
}
