//! A second encrypted file, for derived data such as the search index.
//!
//! What is in it can be made again from the store, and its writer keeps in the same transaction how far it got. So a commit
//! need not wait for the disk: a power cut takes the last ones back, whole, and they are done again.

use super::page_cipher::CipherVfs;
use super::page_open::OpenMode;
use super::readers::{self, Readers};
use super::store::{OpenError, connect, stopped};
use super::{Snapshot, Tx};
use crate::kernel::Result;
use crate::vault::PageKey;
use rusqlite::Connection;
use std::io;
use std::path::Path;

/// The index has a statement for each of its parts; ten million messages are 150.
const READER_STATEMENTS_MAX: usize = 1024;

/// The writing end; one thread's own.
pub struct SideStore {
    connection: Connection,
}

impl SideStore {
    /// Opens or makes the file. `schema` runs at each opening.
    pub fn open(path: &Path, key: &PageKey, schema: &str) -> Result<SideStore, OpenError> {
        let connection = connect(path, &CipherVfs::of(key)?, OpenMode::Create)?;
        connection.execute_batch("PRAGMA synchronous=NORMAL")?;
        connection.execute_batch(schema)?;
        Ok(SideStore { connection })
    }

    /// `None` if there is no such file.
    pub(super) fn open_existing(path: &Path, key: &PageKey) -> Result<Option<SideStore>, OpenError> {
        let vfs = CipherVfs::of(key)?;
        let there = path.exists();
        there
            .then(|| connect(path, &vfs, OpenMode::WriteExisting))
            .transpose()
            .map(|opened| opened.map(|connection| SideStore { connection }))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Removes the file. Whoever has it open keeps reading what was there.
    pub fn remove(path: &Path) -> io::Result<()> {
        for suffix in ["-wal", "-shm", ""] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            match std::fs::remove_file(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
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
        let ended = self.connection.execute_batch(end).map_err(fail);
        if ended.is_err() && !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK").map_err(fail)?;
        }
        answer.and_then(|answer| ended.map(|()| answer))
    }
}

/// The reading ends: threads with a connection each, apart from the store's, so that a slow query here delays nobody there.
pub struct SideReaders(Readers);

impl SideReaders {
    /// The file must exist. Each connection does `warm` first, so that no question pays for its first look around.
    pub fn open(
        path: &Path,
        key: &PageKey,
        threads: usize,
        waiting_max: usize,
        warm: fn(&Snapshot<'_>) -> Result<()>,
    ) -> Result<SideReaders, OpenError> {
        let vfs = CipherVfs::of(key)?;
        let connections = (0..threads).map(|_| connect(path, &vfs, OpenMode::ReadOnly));
        let connections = connections.collect::<Result<Vec<_>, _>>()?;
        for connection in &connections {
            connection.set_prepared_statement_cache_capacity(READER_STATEMENTS_MAX);
            // What cannot be read is noticed by whoever asks for it.
            if let Err(error) = readers::in_snapshot(connection, warm) {
                tracing::debug!(%error, "a connection stays cold");
            }
        }
        Ok(SideReaders(Readers::start("side-reader", connections, waiting_max, || ())?))
    }

    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Snapshot<'_>) -> Result<T> + Send + 'static,
    {
        self.0.submit(query)?.await.unwrap_or_else(|_| Err(stopped()))
    }
}
