//! The table `tags`.

use super::{Colour, Tag};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{Error, Millis, Result, TagId};
use crate::params;

const COLUMNS: &str = "id, name, colour, created_at, deleted_at, position";

fn tag(row: &Row<'_>) -> Result<Tag> {
    let colour: String = row.get(2)?;
    Ok(Tag {
        id: row.get(0)?,
        name: row.get(1)?,
        colour: Colour::parse(&colour).ok_or_else(|| Error::internal("a colour that no version wrote"))?,
        created_at: row.get(3)?,
        deleted_at: row.get(4)?,
        position: row.get(5)?,
    })
}

/// Deleted ones too.
pub fn find(snapshot: &Snapshot<'_>, id: TagId) -> Result<Option<Tag>> {
    snapshot.find(&format!("SELECT {COLUMNS} FROM tags WHERE id = ?1"), params![id], tag)
}

pub fn find_by_name(snapshot: &Snapshot<'_>, folded: &str) -> Result<Option<Tag>> {
    let sql = format!("SELECT {COLUMNS} FROM tags WHERE folded = ?1 AND deleted_at IS NULL");
    snapshot.find(&sql, params![folded], tag)
}

pub fn list(snapshot: &Snapshot<'_>) -> Result<Vec<Tag>> {
    snapshot.list(&format!("SELECT {COLUMNS} FROM tags WHERE deleted_at IS NULL ORDER BY folded"), &[], tag)
}

pub fn count(snapshot: &Snapshot<'_>) -> Result<i64> {
    snapshot.get("SELECT COUNT(*) FROM tags WHERE deleted_at IS NULL", &[], |row| row.get(0))
}

pub fn insert(tx: &mut Tx<'_>, name: &str, folded: &str, colour: Colour, now: Millis) -> Result<TagId> {
    tx.returning(
        "INSERT INTO tags (name, folded, colour, created_at, position) VALUES (?1, ?2, ?3, ?4, 0) RETURNING id",
        params![name, folded, colour.as_str(), now],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, id: TagId, name: &str, folded: &str, colour: Colour) -> Result<()> {
    tx.execute(
        "UPDATE tags SET name = ?2, folded = ?3, colour = ?4 WHERE id = ?1",
        params![id, name, folded, colour.as_str()],
    )
    .map(drop)
}

/// By the event that tells of it.
pub fn place(tx: &mut Tx<'_>, id: TagId, position: i64) -> Result<()> {
    tx.execute("UPDATE tags SET position = ?2 WHERE id = ?1", params![id, position]).map(drop)
}

pub fn set_deleted(tx: &mut Tx<'_>, id: TagId, at: Option<Millis>) -> Result<()> {
    tx.execute("UPDATE tags SET deleted_at = ?2 WHERE id = ?1", params![id, at]).map(drop)
}
