//! The table `quick_replies`.

use super::{Content, QuickReply};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{Millis, QuickReplyId, Result, UserId};
use crate::params;

const COLUMNS: &str =
    "id, owner_id, folder, title, shortcut, body, used, last_used_at, updated_at, deleted_at, position";

fn quick_reply(row: &Row<'_>) -> Result<QuickReply> {
    Ok(QuickReply {
        id: row.get(0)?,
        owner: row.get(1)?,
        content: Content { folder: row.get(2)?, title: row.get(3)?, shortcut: row.get(4)?, text: row.get(5)? },
        used: row.get(6)?,
        last_used_at: row.get(7)?,
        updated_at: row.get(8)?,
        deleted_at: row.get(9)?,
        position: row.get(10)?,
    })
}

/// Deleted ones too.
pub fn find(snapshot: &Snapshot<'_>, id: QuickReplyId) -> Result<Option<QuickReply>> {
    snapshot.find(&format!("SELECT {COLUMNS} FROM quick_replies WHERE id = ?1"), params![id], quick_reply)
}

pub fn list(snapshot: &Snapshot<'_>, user: UserId) -> Result<Vec<QuickReply>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM quick_replies WHERE (owner_id IS NULL OR owner_id = ?1) AND deleted_at IS NULL
         ORDER BY folder, title, id"
    );
    snapshot.list(&sql, params![user], quick_reply)
}

pub fn count(snapshot: &Snapshot<'_>, owner: Option<UserId>) -> Result<i64> {
    snapshot.get(
        "SELECT COUNT(*) FROM quick_replies WHERE owner_id IS ?1 AND deleted_at IS NULL",
        params![owner],
        |row| row.get(0),
    )
}

pub fn find_by_shortcut(
    snapshot: &Snapshot<'_>,
    owner: Option<UserId>,
    shortcut: &str,
) -> Result<Option<QuickReplyId>> {
    snapshot.find(
        "SELECT id FROM quick_replies WHERE owner_id IS ?1 AND deleted_at IS NULL AND shortcut = ?2 ORDER BY id LIMIT 1",
        params![owner, shortcut],
        |row| row.get(0),
    )
}

pub fn insert(tx: &mut Tx<'_>, owner: Option<UserId>, content: &Content, now: Millis) -> Result<QuickReplyId> {
    tx.returning(
        "INSERT INTO quick_replies (owner_id, folder, title, shortcut, body, used, updated_at, position)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0) RETURNING id",
        params![owner, content.folder, content.title, content.shortcut, content.text, now],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, id: QuickReplyId, content: &Content, now: Millis) -> Result<()> {
    tx.execute(
        "UPDATE quick_replies SET folder = ?2, title = ?3, shortcut = ?4, body = ?5, updated_at = ?6 WHERE id = ?1",
        params![id, content.folder, content.title, content.shortcut, content.text, now],
    )
    .map(drop)
}

/// By the event that tells of it.
pub fn place(tx: &mut Tx<'_>, id: QuickReplyId, position: i64) -> Result<()> {
    tx.execute("UPDATE quick_replies SET position = ?2 WHERE id = ?1", params![id, position]).map(drop)
}

pub fn count_use(tx: &mut Tx<'_>, id: QuickReplyId, now: Millis) -> Result<()> {
    tx.execute("UPDATE quick_replies SET used = used + 1, last_used_at = ?2 WHERE id = ?1", params![id, now]).map(drop)
}

pub fn set_deleted(tx: &mut Tx<'_>, id: QuickReplyId, at: Option<Millis>) -> Result<()> {
    tx.execute("UPDATE quick_replies SET deleted_at = ?2 WHERE id = ?1", params![id, at]).map(drop)
}

/// What was deleted before.
pub fn purge(tx: &mut Tx<'_>, before: Millis) -> Result<()> {
    tx.execute("DELETE FROM quick_replies WHERE deleted_at < ?1", params![before]).map(drop)
}
