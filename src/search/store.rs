//! The tables of `search.db`.

use crate::db::{Snapshot, Tx};
use crate::kernel::Result;
use crate::params;

/// Another number means: built differently, build it again.
pub const FORMAT: i64 = 1;

/// `content=''`: the words stay in the store alone. `columnsize=0`: nothing is ranked by length. `ascii`: our own tokens come
/// separated by spaces and must not be cut or folded again; unicode61 drops characters younger than Unicode 6.1.
pub const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS progress (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  format   BIGINT NOT NULL,
  epoch    TEXT NOT NULL,                 -- of the store that was read
  position BIGINT NOT NULL                -- of the last event that was read
);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (tokens, content='', columnsize=0, tokenize='ascii');
";

pub struct Progress {
    pub format: i64,
    pub epoch: String,
    pub position: i64,
}

pub fn find_progress(snapshot: &Snapshot<'_>) -> Result<Option<Progress>> {
    snapshot.find("SELECT format, epoch, position FROM progress", &[], |row| {
        Ok(Progress { format: row.get(0)?, epoch: row.get(1)?, position: row.get(2)? })
    })
}

/// For a new file.
pub fn begin(tx: &mut Tx<'_>, epoch: &str) -> Result<()> {
    // Two of its blocks to a page: the default, 4050, leaves nearly half of each page empty beside the seal.
    tx.execute("INSERT INTO words (words, rank) VALUES ('pgsz', 3950)", &[])?;
    tx.execute("INSERT INTO progress (id, format, epoch, position) VALUES (1, ?1, ?2, 0)", params![FORMAT, epoch])?;
    Ok(())
}

pub fn update_position(tx: &mut Tx<'_>, position: i64) -> Result<()> {
    tx.execute("UPDATE progress SET position = ?1", params![position]).map(drop)
}

pub fn insert(tx: &mut Tx<'_>, position: i64, tokens: &str) -> Result<()> {
    tx.execute("INSERT INTO words (rowid, tokens) VALUES (?1, ?2)", params![position, tokens]).map(drop)
}

/// Positions before `before` whose texts match, newest first.
pub fn list_matching(snapshot: &Snapshot<'_>, expression: &str, before: i64, limit: usize) -> Result<Vec<i64>> {
    snapshot.list(
        "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3",
        params![expression, before, limit as i64],
        |row| row.get(0),
    )
}
