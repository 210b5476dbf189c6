//! Giving back to the disk what the store no longer uses: a copy without gaps takes its place. The caller holds the
//! data folder's lock: nobody else has it open.
//!
//! In place SQLite would need a second store in memory, since temporary files are refused. The old file is replaced only when
//! the new one is complete, read through, equal in rows and on the disk; a kill before leaves the old one, after it the new
//! one.

use super::inspect::{Depth, Inspection};
use super::page_cipher::CipherVfs;
use super::page_open::{self, OpenMode};
use super::store::{OpenError, connect};
use crate::vault::PageKey;
use rusqlite::Connection;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the store is in use")]
    InUse,
    #[error("the copy is not what the store is ({what}); the store is as before")]
    Different { what: String },
    #[error("{path}: {source}; the store is as before")]
    Io { path: PathBuf, source: io::Error },
}

impl From<rusqlite::Error> for CompactError {
    fn from(error: rusqlite::Error) -> Self {
        CompactError::Open(error.into())
    }
}

/// Bytes of the store before and after. `progress` is told what is done.
pub fn compact(path: &Path, key: &PageKey, mut progress: impl FnMut(&str)) -> Result<(u64, u64), CompactError> {
    let vfs = CipherVfs::of(key).map_err(OpenError::from)?;
    let (copy, before) = (beside(path, ".compact"), length(path)?);
    remove(&copy)?;
    let store = connect(path, &vfs, OpenMode::WriteExisting)?;
    // Afterwards the log is empty, so that none of it belongs to the file that is replaced.
    let busy: i64 = store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        return Err(CompactError::InUse);
    }
    progress("copying what is used");
    store.execute("VACUUM INTO ?1", [page_open::address(&copy, &vfs)])?;
    page_open::keep_log(&copy, &vfs).map_err(OpenError::from)?;
    progress("comparing");
    compare(&store, &connect(&copy, &vfs, OpenMode::WriteExisting)?)?;
    let wrong = Inspection::open(&copy, key)?.check(Depth::Quick, |_| true)?;
    if let Some(what) = wrong.into_iter().next() {
        return Err(CompactError::Different { what });
    }
    drop(store);
    // Whatever is beside the new one belongs to its own opening, which has ended.
    [beside(&copy, "-wal"), beside(&copy, "-shm")].iter().try_for_each(|path| remove_file(path))?;
    let after = length(&copy)?;
    let swap = || {
        File::open(&copy)?.sync_all()?;
        fs::rename(&copy, path)?;
        File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
    };
    swap().map_err(|source| CompactError::Io { path: path.to_owned(), source })?;
    Ok((before, after))
}

fn compare(store: &Connection, copy: &Connection) -> Result<(), CompactError> {
    // A full-text table cannot be counted; the tables that it is kept in can.
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    let names = |db: &Connection| -> rusqlite::Result<Vec<String>> {
        db.prepare(tables)?.query_map([], |row| row.get(0))?.collect()
    };
    let (known, copied) = (names(store)?, names(copy)?);
    if known != copied {
        return Err(CompactError::Different { what: format!("{} tables of {}", copied.len(), known.len()) });
    }
    for name in known {
        let count =
            |db: &Connection| db.query_row(&format!("SELECT COUNT(*) FROM \"{name}\""), [], |row| row.get::<_, i64>(0));
        let (rows, copied) = (count(store)?, count(copy)?);
        if rows != copied {
            return Err(CompactError::Different { what: format!("{copied} rows of {rows} in {name}") });
        }
    }
    Ok(())
}

fn remove(copy: &Path) -> Result<(), CompactError> {
    ["", "-wal", "-shm", "-journal"].iter().try_for_each(|suffix| remove_file(&beside(copy, suffix)))
}

fn remove_file(path: &Path) -> Result<(), CompactError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(CompactError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn length(path: &Path) -> Result<u64, CompactError> {
    fs::metadata(path).map(|meta| meta.len()).map_err(|source| CompactError::Io { path: path.to_owned(), source })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Millis;

    #[test]
    fn what_is_no_longer_used_goes_back_to_the_disk_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new([6; 32]));
        let options = || Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let open = || connect(&path, &CipherVfs::of(&key).unwrap(), OpenMode::WriteExisting).unwrap();
        Db::open(&options()).unwrap().stop();
        let events = "INSERT INTO events (position, kind, subject, part, at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
             SELECT i, 'test.happened', i, 0, 1 FROM n;
             DELETE FROM events WHERE position % 50";
        open().execute_batch(events).unwrap();
        // A copy that a kill left behind is no obstacle.
        std::fs::write(folder.path().join("parlor.db.compact"), b"half").unwrap();
        let (before, after) = compact(&path, &key, |_| ()).unwrap();
        assert!(after < before / 2, "{before} and then {after}");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| !name.to_str().unwrap().contains("compact")), "{left:?}");
        let db = Db::open(&options()).unwrap();
        let head = db.read_blocking(|snapshot| snapshot.position()).unwrap();
        assert_eq!(head, 50_000);
        db.write_blocking(|tx| tx.execute("UPDATE store SET epoch = 'after'", &[]).map(drop)).unwrap();
        let epoch = db.read_blocking(|snapshot| snapshot.epoch()).unwrap();
        assert_eq!(epoch, "after");
        db.stop();
    }
}
