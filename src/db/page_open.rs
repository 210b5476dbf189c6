//! Opening an encrypted database: everything set, everything checked, every refusal with a name.

use super::page_aead::{BODY, PAGE, TRAILER};
use super::page_cipher::CipherVfs;
use super::page_file::{Fault, take_fault};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, FileControl, OpenFlags};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf, absolute};
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// Creates the database if there is none; one creator at a time.
    Create,
    /// One that was there must still be there.
    WriteExisting,
    ReadOnly,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("there is no database at {0}")]
    Missing(PathBuf),
    #[error("the database is sealed under another key than this one")]
    WrongKey,
    #[error("the database is damaged: {what}; restore it from a backup")]
    Damaged { what: String },
    #[error(
        "the write-ahead log was changed after it was written (frame {frame}): commits behind that \
         place cannot be trusted; keep the files and restore from a backup"
    )]
    WalTampered { frame: u32 },
    #[error("cannot prepare the database file {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens `path` through `vfs`. The first read is made here, so that a wrong key or damage at the
/// root shows now and not in the middle of somebody's request.
pub fn open(
    path: &Path,
    vfs: &CipherVfs,
    mode: OpenMode,
    wal_autocheckpoint_pages: u32,
) -> Result<Connection, OpenError> {
    // An absolute path cannot be mistaken for one of SQLite's "file:" addresses.
    let path = absolute(path).map_err(|source| io_error(path, source))?;
    check_files(&path, vfs, mode)?;
    take_fault();
    connect(&path, vfs, mode)
        .and_then(|db| {
            // What is refused stays as it is: closing must not copy the log into a damaged database.
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let db = configure(db, wal_autocheckpoint_pages)?;
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
            Ok(db)
        })
        .map_err(|error| explain(error, &path, vfs))
}

fn check_files(path: &Path, vfs: &CipherVfs, mode: OpenMode) -> Result<(), OpenError> {
    let journal = beside(path, "-journal");
    if journal.exists() {
        // SQLite would play it back into the database.
        let what = format!("{} is not ours: this store never writes one", journal.display());
        return Err(OpenError::Damaged { what });
    }
    let log_bytes = fs::metadata(beside(path, "-wal")).map_or(0, |log| log.len());
    match fs::metadata(path) {
        Ok(file) if file.len() > 0 => Ok(()),
        // SQLite would take it for a new database and delete the log.
        Ok(_) => Err(OpenError::Damaged { what: format!("{} is empty", path.display()) }),
        Err(e) if e.kind() == io::ErrorKind::NotFound && log_bytes > 0 => {
            Err(OpenError::Damaged { what: format!("{} is gone, but its write-ahead log is not", path.display()) })
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => match mode {
            OpenMode::Create => create(path, vfs),
            _ => Err(OpenError::Missing(path.to_owned())),
        },
        Err(source) => Err(io_error(path, source)),
    }
}

/// A database appears complete or not at all: a power cut must not leave an empty one behind.
fn create(path: &Path, vfs: &CipherVfs) -> Result<(), OpenError> {
    let new = beside(path, ".new");
    for leftover in [new.clone(), beside(&new, "-wal"), beside(&new, "-shm")] {
        match fs::remove_file(&leftover) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io_error(&leftover, e)),
            _ => {}
        }
    }
    let db = connect(&new, vfs, OpenMode::Create)?;
    // In memory first: the change to the log is itself a transaction, and needs no journal file.
    db.execute_batch(&format!("PRAGMA page_size={PAGE}; PRAGMA journal_mode=MEMORY; PRAGMA journal_mode=WAL;"))?;
    db.close().map_err(|(_, e)| e)?;
    File::open(&new)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&new, path))
        .and_then(|()| File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all())
        .map_err(|e| io_error(path, e))
}

/// How SQLite is told to write a file through `vfs`.
pub fn address(path: &Path, vfs: &CipherVfs) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02x}"),
    };
    let path: String = path.as_os_str().as_encoded_bytes().iter().map(|byte| escape(*byte)).collect();
    format!("file:{path}?vfs={}", vfs.name().to_str().unwrap_or_default())
}

/// A file that `VACUUM INTO` has made keeps no log yet.
pub fn keep_log(path: &Path, vfs: &CipherVfs) -> Result<(), OpenError> {
    let db = connect(path, vfs, OpenMode::WriteExisting)?;
    db.execute_batch("PRAGMA journal_mode=MEMORY; PRAGMA journal_mode=WAL;")?;
    db.close().map_err(|(_, e)| OpenError::Sqlite(e))
}

fn connect(path: &Path, vfs: &CipherVfs, mode: OpenMode) -> rusqlite::Result<Connection> {
    let access = match mode {
        OpenMode::Create => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        OpenMode::WriteExisting => OpenFlags::SQLITE_OPEN_READ_WRITE,
        OpenMode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags_and_vfs(path, flags, vfs.name())?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    let mut reserve = TRAILER as i32;
    db.file_control(Some(c"main"), FileControl::ReserveBytes(&mut reserve))?;
    db.execute_batch("PRAGMA temp_store=MEMORY")?;
    Ok(db)
}

fn configure(db: Connection, wal_autocheckpoint_pages: u32) -> rusqlite::Result<Connection> {
    // Otherwise a statement whose plan depended on a parameter is planned again at every call.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.execute_batch(&format!(
        "PRAGMA synchronous=FULL;
         PRAGMA foreign_keys=ON;
         PRAGMA secure_delete=ON;
         PRAGMA wal_autocheckpoint={wal_autocheckpoint_pages};"
    ))?;
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let promised = [
        ("journal_mode", "wal".to_owned()),
        ("synchronous", "2".to_owned()),
        ("page_size", PAGE.to_string()),
        ("temp_store", "2".to_owned()),
        ("foreign_keys", "1".to_owned()),
        ("secure_delete", "1".to_owned()),
    ];
    for (pragma, expected) in promised {
        let found = db.pragma_query_value(None, pragma, |row| {
            row.get_ref(0).map(|value| match value {
                rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            })
        })?;
        if found != expected {
            let text = format!("{pragma} is {found:?} instead of {expected:?}");
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISUSE),
                Some(text),
            ));
        }
    }
    Ok(db)
}

/// SQLite hands on a number; the cipher has noted what it really was.
fn explain(error: rusqlite::Error, path: &Path, vfs: &CipherVfs) -> OpenError {
    let what = match take_fault() {
        // Before page 1 was even looked at; its trailer begins with the id of its key.
        Some(Fault::ForeignLog) if first_key_id(path).is_ok_and(|id| vfs.keys().knows(id)) => {
            return OpenError::WalTampered { frame: 0 };
        }
        Some(Fault::ForeignLog) => return OpenError::WrongKey,
        Some(Fault::OtherKey) => return OpenError::WrongKey,
        Some(Fault::LogTampered { frame }) => return OpenError::WalTampered { frame },
        Some(Fault::Page(number)) => format!("page {number} is not what was written"),
        Some(Fault::MissingPage(number)) => format!("page {number} is cut off"),
        Some(Fault::Frame(index)) => format!("frame {index} of the log is not what was written"),
        Some(Fault::ForeignFile | Fault::Unsealable) => error.to_string(),
        None => match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => error.to_string(),
            _ => return OpenError::Sqlite(error),
        },
    };
    OpenError::Damaged { what }
}

fn first_key_id(path: &Path) -> io::Result<[u8; 4]> {
    let mut id = [0; 4];
    File::open(path)?.read_exact_at(&mut id, BODY as u64)?;
    Ok(id)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn io_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::Io { path: path.to_owned(), source }
}
