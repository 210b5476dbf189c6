//! Reading: one consistent view of the store.

use super::{Row, Value};
use crate::kernel::{Error, Result};
use rusqlite::Connection;

/// One moment of the store. Queries of a domain take `&Snapshot`; a [`Tx`](super::Tx) lends one too, so that the same
/// query serves commands and readers.
pub struct Snapshot<'c> {
    pub(super) connection: &'c Connection,
}

impl Snapshot<'_> {
    /// The row that must be there; NotFound otherwise.
    pub fn get<T>(&self, sql: &str, params: &[Value<'_>], map: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.find(sql, params, map)?.ok_or_else(Error::not_found)
    }

    pub fn find<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        map: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| failure(sql, e))?;
        let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(|e| failure(sql, e))?;
        match rows.next().map_err(|e| failure(sql, e))? {
            Some(row) => map(&Row(row)).map(Some),
            None => Ok(None),
        }
    }

    pub fn list<T>(
        &self,
        sql: &str,
        params: &[Value<'_>],
        mut map: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|e| failure(sql, e))?;
        let mut rows = statement.query(rusqlite::params_from_iter(params)).map_err(|e| failure(sql, e))?;
        let mut items = Vec::new();
        while let Some(row) = rows.next().map_err(|e| failure(sql, e))? {
            items.push(map(&Row(row))?);
        }
        Ok(items)
    }

    /// The position of the newest event in this view.
    pub fn position(&self) -> Result<i64> {
        self.get("SELECT COALESCE(MAX(position), 0) FROM events", &[], |row| row.get(0))
    }

    /// Migrations that this program has and the store does not.
    pub fn pending_migrations(&self) -> Result<usize> {
        super::migrate::count_pending(self.connection).map_err(|e| failure("schema_migrations", e))
    }

    /// Events up to here may be missing: a cursor from before it cannot be resumed.
    pub fn swept_position(&self) -> Result<i64> {
        self.get("SELECT swept_position FROM store", &[], |row| row.get(0))
    }

    /// Changes when the store is restored from a backup: cursors from before it no longer mean anything.
    pub fn epoch(&self) -> Result<String> {
        self.get("SELECT epoch FROM store", &[], |row| row.get(0))
    }
}

/// A full disk and its like are the server's state, not a bug: they get their own answer.
pub(super) fn failure(what: &str, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, ReadOnly, SystemIoFailure};
    match error.sqlite_error_code() {
        _ if is_damage(&error) => Error::damage(format!("{error} in {what}")),
        Some(DiskFull | SystemIoFailure | ReadOnly | CannotOpen) => Error::unavailable(format!("{error} in {what}")),
        _ => Error::internal(format!("{error} in {what}")),
    }
}

/// Whether the file holds something other than what was written.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    // The page cipher's word for a page that does not open.
    matches!(error, rusqlite::Error::SqliteFailure(code, _) if code.extended_code == ffi::SQLITE_IOERR_DATA)
        || matches!(
            error.sqlite_error_code(),
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
        )
}

/// Whether a statement failed because a UNIQUE or PRIMARY KEY rule was broken.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    matches!(error, rusqlite::Error::SqliteFailure(code, _)
        if code.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE || code.extended_code == ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
}
