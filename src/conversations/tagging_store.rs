//! The table `conversation_tags`: what is on which conversation.

use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Result, TagId};
use crate::params;

pub fn list(snapshot: &Snapshot<'_>, id: ConversationId) -> Result<Vec<TagId>> {
    snapshot.list(
        "SELECT tag_id FROM conversation_tags WHERE conversation_id = ?1 ORDER BY tag_id",
        params![id],
        |row| row.get(0),
    )
}

pub fn insert(tx: &mut Tx<'_>, id: ConversationId, tag: TagId) -> Result<()> {
    tx.execute("INSERT INTO conversation_tags (conversation_id, tag_id) VALUES (?1, ?2)", params![id, tag]).map(drop)
}

pub fn delete(tx: &mut Tx<'_>, id: ConversationId, tag: TagId) -> Result<()> {
    tx.execute("DELETE FROM conversation_tags WHERE conversation_id = ?1 AND tag_id = ?2", params![id, tag]).map(drop)
}
