//! Deleting from `conversations` and `messages`; the table `conversation_remains`.

use super::expiry::{Aged, Place};
use super::model::MessageKey;
use crate::db::{Snapshot, Tx};
use crate::kernel::{ChannelId, ConversationId, Millis, Result};
use crate::params;

pub fn list_aged(snapshot: &Snapshot<'_>, after: Place, before: Millis, limit: usize) -> Result<Vec<Aged>> {
    snapshot.list(AGED, params![after.0, after.1, before, limit as i64], |row| {
        Ok(Aged { id: row.get(0)?, channel: row.get(1)?, updated_at: row.get(2)?, held: row.get(3)? })
    })
}

/// The resolved ones from a place on.
pub(super) const AGED: &str = "SELECT id, channel_id, updated_at, held FROM conversations
     WHERE status = 'resolved' AND snoozed = 0 AND (updated_at, id) > (?1, ?2) AND updated_at < ?3 ORDER BY updated_at, id LIMIT ?4";

pub fn count_aged(snapshot: &Snapshot<'_>, channel: ChannelId, before: Millis, max: i64) -> Result<i64> {
    snapshot.get(
        "SELECT COUNT(*) FROM (SELECT 1 FROM conversations
           WHERE status = 'resolved' AND snoozed = 0 AND updated_at < ?2 AND channel_id = ?1 AND held = 0 LIMIT ?3) AS bounded",
        params![channel, before, max],
        |row| row.get(0),
    )
}

pub fn newest(snapshot: &Snapshot<'_>) -> Result<Option<ConversationId>> {
    snapshot.get("SELECT MAX(id) FROM conversations", &[], |row| row.get(0))
}

/// The conversation and what people kept about it; its messages remain.
pub fn delete(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.execute("INSERT INTO conversation_remains (conversation_id) VALUES (?1)", params![id])?;
    tx.execute("DELETE FROM conversations WHERE id = ?1", params![id])?;
    for table in ["conversation_tags", "drafts"] {
        tx.execute(&format!("DELETE FROM {table} WHERE conversation_id = ?1"), params![id])?;
    }
    // By person: the keys begin with them.
    for table in ["conversation_reads", "conversation_handbacks"] {
        let sql = format!("DELETE FROM {table} WHERE user_id IN (SELECT id FROM users) AND conversation_id = ?1");
        tx.execute(&sql, params![id])?;
    }
    Ok(())
}

pub fn find_remains(snapshot: &Snapshot<'_>) -> Result<Option<ConversationId>> {
    snapshot.find("SELECT conversation_id FROM conversation_remains ORDER BY conversation_id LIMIT 1", &[], |row| {
        row.get(0)
    })
}

pub fn delete_remains(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.execute("DELETE FROM conversation_remains WHERE conversation_id = ?1", params![id]).map(drop)
}

/// The first messages, each with its position.
pub fn list_remaining(snapshot: &Snapshot<'_>, id: ConversationId, limit: usize) -> Result<Vec<(MessageKey, i64)>> {
    let (from, to) = (MessageKey::new(id, 0), MessageKey::new(id, MessageKey::SEQ_MAX));
    snapshot.list(
        "SELECT id, position FROM messages WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3",
        params![from.0, to.0, limit as i64],
        |row| Ok((MessageKey(row.get(0)?), row.get(1)?)),
    )
}

/// Where else the words of these are: at the positions of what was said instead.
pub fn list_revised(snapshot: &Snapshot<'_>, id: ConversationId, seq: i64) -> Result<Vec<i64>> {
    snapshot.list(
        "SELECT position FROM message_revisions WHERE message_id BETWEEN ?1 AND ?2",
        params![MessageKey::new(id, 0).0, MessageKey::new(id, seq).0],
        |row| row.get(0),
    )
}

/// Up to and with this seq.
pub fn delete_messages(tx: &mut Tx<'_>, id: ConversationId, seq: i64) -> Result<()> {
    let (from, to) = (MessageKey::new(id, 0), MessageKey::new(id, seq));
    for table in ["message_revisions", "mentions"] {
        tx.execute(&format!("DELETE FROM {table} WHERE message_id BETWEEN ?1 AND ?2"), params![from.0, to.0])?;
    }
    tx.execute("DELETE FROM messages WHERE id BETWEEN ?1 AND ?2", params![from.0, to.0]).map(drop)
}
