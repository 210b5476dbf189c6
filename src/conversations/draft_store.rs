//! The table `drafts`.

use super::drafts::Draft;
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ConversationId, Result, UserId};
use crate::params;

const COLUMNS: &str = "user_id, conversation_id, reply, note, quote, updated_at, position";

fn draft(row: &Row<'_>) -> Result<Draft> {
    Ok(Draft {
        user: row.get(0)?,
        conversation: row.get(1)?,
        reply: row.get(2)?,
        note: row.get(3)?,
        quote: row.get(4)?,
        updated_at: row.get(5)?,
        position: row.get(6)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, user: UserId, conversation: ConversationId) -> Result<Option<Draft>> {
    let sql = format!("SELECT {COLUMNS} FROM drafts WHERE user_id = ?1 AND conversation_id = ?2");
    snapshot.find(&sql, params![user, conversation], draft)
}

/// Of one person, the newest first.
pub fn list(snapshot: &Snapshot<'_>, user: UserId) -> Result<Vec<Draft>> {
    let sql = format!("SELECT {COLUMNS} FROM drafts WHERE user_id = ?1 ORDER BY updated_at DESC, conversation_id DESC");
    snapshot.list(&sql, params![user], draft)
}

pub fn upsert(tx: &mut Tx<'_>, draft: &Draft) -> Result<()> {
    tx.execute(
        "INSERT INTO drafts (user_id, conversation_id, reply, note, quote, updated_at, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET reply = excluded.reply, note = excluded.note,
           quote = excluded.quote, updated_at = excluded.updated_at, position = excluded.position",
        params![draft.user, draft.conversation, draft.reply, draft.note, draft.quote, draft.updated_at, draft.position],
    )
    .map(drop)
}

/// All but the newest `kept`.
pub fn delete_oldest(tx: &mut Tx<'_>, user: UserId, kept: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM drafts WHERE user_id = ?1 AND conversation_id IN (
           SELECT conversation_id FROM drafts WHERE user_id = ?1
           ORDER BY updated_at DESC, conversation_id DESC LIMIT 1000 OFFSET ?2)",
        params![user, kept],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>, user: UserId, conversation: ConversationId) -> Result<()> {
    tx.execute("DELETE FROM drafts WHERE user_id = ?1 AND conversation_id = ?2", params![user, conversation]).map(drop)
}
