//! Stand-in until the vault branch lands: plain SQLite.
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
pub struct PageKey;
pub enum Mode {
    ReadWriteCreate,
    ReadOnly,
}
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}
pub fn open(path: &Path, _key: &PageKey, mode: Mode) -> Result<Connection, OpenError> {
    let flags = match mode {
        Mode::ReadWriteCreate => OpenFlags::default(),
        Mode::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    };
    let connection = Connection::open_with_flags(path, flags)?;
    if matches!(mode, Mode::ReadWriteCreate) {
        connection.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")?;
    }
    connection.execute_batch("PRAGMA temp_store=MEMORY;")?;
    Ok(connection)
}
