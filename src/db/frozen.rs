//! One moment of the whole store, page by page: what a backup is made of, and how it becomes a store again.
//!
//! The pages come through SQLite (its table `sqlite_dbpage`), so the log is taken into account and each page was opened with
//! its seal. They are plain here; whoever takes them seals them anew.

use super::checkpoint::LogHeld;
use super::page_aead::{PAGE, PageAead};
use super::page_cipher::CipherVfs;
use super::page_open::OpenMode;
use super::snapshot::failure;
use super::store::{OpenError, connect};
use super::{Snapshot, migrate};
use crate::kernel::{Error, Result};
use crate::vault::{PageKey, random};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The store as it was at one moment, while others go on writing.
pub struct Frozen {
    connection: Connection,
    pages: u64,
    /// Released after the connection's transaction has ended.
    _held: Option<LogHeld>,
}

impl Frozen {
    /// Of a store that nobody has open. It is not brought to this program's schema.
    pub fn of_closed(path: &Path, key: &PageKey) -> Result<Frozen, OpenError> {
        // Whoever was killed has left a log, which reading alone cannot take in.
        Ok(Frozen::begin(connect(path, &CipherVfs::of(key)?, OpenMode::WriteExisting)?, None)?)
    }

    pub(super) fn begin(connection: Connection, held: Option<LogHeld>) -> rusqlite::Result<Frozen> {
        connection.execute_batch("BEGIN")?;
        // The first read decides which moment it is.
        let pages = connection.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(Frozen { connection, pages: pages.unsigned_abs(), _held: held })
    }

    /// How long all pages are together.
    pub fn bytes(&self) -> u64 {
        self.pages * PAGE as u64
    }

    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot { connection: &self.connection }
    }

    /// The newest migration in it.
    pub fn schema(&self) -> Result<i64> {
        migrate::applied_last(&self.connection).map_err(|e| failure("schema_migrations", e))
    }

    /// Hands each page to `take`, first to last.
    pub fn each_page<E: From<Error>>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        const SQL: &str = "SELECT data FROM sqlite_dbpage";
        let fail = |e| failure(SQL, e);
        let mut statement = self.connection.prepare(SQL).map_err(fail)?;
        let mut rows = statement.query([]).map_err(fail)?;
        let mut seen = 0;
        while let Some(row) = rows.next().map_err(fail)? {
            let page = row.get_ref(0).map_err(fail)?.as_blob().map_err(Error::internal)?;
            take(page)?;
            seen += 1;
        }
        match seen == self.pages {
            true => Ok(()),
            false => Err(Error::damage(format!("the store gave {seen} pages of {}", self.pages)).into()),
        }
    }

    /// Every table with how many rows it has.
    pub fn rows(&self) -> Result<Vec<(String, i64)>> {
        rows(&self.connection)
    }
}

fn rows(connection: &Connection) -> Result<Vec<(String, i64)>> {
    let snapshot = Snapshot { connection };
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let tables: Vec<String> = snapshot.list(sql, &[], |row| row.get(0))?;
    let count = |table: String| {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        Ok((table, snapshot.get(&sql, &[], |row| row.get(0))?))
    };
    tables.into_iter().map(count).collect()
}

/// A store in the making, from the pages of a backup.
pub struct Thawing {
    file: BufWriter<File>,
    aead: PageAead,
    page: Vec<u8>,
    pages: u32,
}

impl Thawing {
    /// A new file; it must not be there yet.
    pub fn create(path: &Path, key: &PageKey) -> io::Result<Thawing> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let file = BufWriter::with_capacity(64 * PAGE, file);
        Ok(Thawing { file, aead: PageAead::new(key), page: Vec::with_capacity(PAGE), pages: 0 })
    }

    /// The next bytes; a page need not come at once.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PAGE - self.page.len()));
            self.page.extend_from_slice(now);
            bytes = later;
            if self.page.len() == PAGE {
                self.pages = self.pages.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
                self.aead.seal_page(self.pages, &mut self.page, random());
                self.file.write_all(&self.page)?;
                self.page.clear();
            }
        }
        Ok(())
    }

    /// When this returns, the pages are on the disk.
    pub fn finish(mut self) -> io::Result<()> {
        if !self.page.is_empty() {
            return Err(io::Error::other("the store ends in the middle of a page"));
        }
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

/// What somebody found who looked at all of a store that nobody has open.
pub struct Examined {
    pub rows: Vec<(String, i64)>,
    /// Of all pages in their order, as they are read back.
    pub sha256: [u8; 32],
    /// What SQLite's own examination says is wrong.
    pub faults: Vec<String>,
}

/// Reads everything there is, and compares the indexes with their tables.
pub fn examine(path: &Path, key: &PageKey) -> Result<Examined, OpenError> {
    let frozen = Frozen::of_closed(path, key)?;
    let unreadable = |e: Error| OpenError::Unreadable(e.internal.unwrap_or_else(|| e.detail.to_string()));
    let mut hash = Sha256::new();
    let read = frozen.each_page(|page| {
        hash.update(page);
        Ok::<(), Error>(())
    });
    read.map_err(unreadable)?;
    let mut statement = frozen.connection.prepare("PRAGMA integrity_check(20)")?;
    let said = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    let rows = frozen.rows().map_err(unreadable)?;
    let faults = said.into_iter().filter(|line| line != "ok").collect();
    Ok(Examined { rows, sha256: hash.finalize().into(), faults })
}

/// Gives a restored store its own epoch: cursors of clients from before mean nothing in it.
pub fn begin_epoch(path: &Path, key: &PageKey, epoch: &str) -> Result<(), OpenError> {
    let connection = connect(path, &CipherVfs::of(key)?, OpenMode::WriteExisting)?;
    connection.execute("UPDATE store SET epoch = ?1", [epoch])?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| OpenError::Sqlite(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Millis;
    use crate::params;

    fn open(path: &Path, key: &PageKey) -> Db {
        Db::open(&Options { path, key, readers: 1, new_epoch: "old".into(), now: Millis(1) }).unwrap()
    }

    fn add(db: &Db, position: i64) {
        let insert = "INSERT INTO events (position, kind, subject, part, at) VALUES (?1, 'k', 1, 1, 1)";
        db.write_blocking(move |tx| tx.execute(insert, params![position]).map(drop)).unwrap();
    }

    /// Everything a reader can see, in the order of rows.
    fn events(path: &Path, key: &PageKey) -> Vec<i64> {
        let db = open(path, key);
        let found =
            db.read_blocking(|s| s.list("SELECT position FROM events ORDER BY 1", &[], |row| row.get(0))).unwrap();
        db.stop();
        found
    }

    #[test]
    fn a_moment_is_taken_whole_while_others_write_and_becomes_a_store_under_another_key() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("a.db"), PageKey::new(random()));
        let db = open(&path, &key);
        (1..=300).for_each(|n| add(&db, n));
        let frozen = db.freeze().unwrap();
        let (copy, other) = (folder.path().join("b.db"), PageKey::new(random()));
        let mut thawing = Thawing::create(&copy, &other).unwrap();
        let mut n = 300;
        let taken = frozen.each_page(|page| {
            // In the middle of it somebody writes.
            n += 1;
            add(&db, n);
            // In pieces that are no pages.
            page.chunks(1_000).try_for_each(|piece| thawing.write(piece)).map_err(Error::internal)
        });
        taken.unwrap();
        thawing.finish().unwrap();
        let rows = frozen.rows().unwrap();
        assert!(rows.contains(&("events".into(), 300)), "{rows:?}");
        drop(frozen);
        db.stop();
        let examined = examine(&copy, &other).unwrap();
        assert_eq!((examined.faults, examined.rows), (Vec::<String>::new(), rows));
        begin_epoch(&copy, &other, "new").unwrap();
        assert_eq!(events(&copy, &other), (1..=300).collect::<Vec<_>>());
        assert_eq!(events(&path, &key).len() as i64, n);
        let db = open(&copy, &other);
        assert_eq!(db.read_blocking(|s| s.epoch()).unwrap(), "new");
    }

    #[test]
    fn a_bent_page_ends_the_copy() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("a.db"), PageKey::new(random()));
        let db = open(&path, &key);
        (1..=300).for_each(|n| add(&db, n));
        let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'messages'";
        let page = db.read_blocking(|s| s.get(root, &[], |row| row.get::<i64>(0))).unwrap();
        db.stop();
        drop(db);
        let mut bytes = std::fs::read(&path).unwrap();
        let at = page as usize * PAGE - PAGE / 2;
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let frozen = Frozen::of_closed(&path, &key).unwrap();
        assert!(frozen.each_page(|_| Ok::<(), Error>(())).unwrap_err().is_damage);
    }
}
