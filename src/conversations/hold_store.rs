//! The table `conversation_holds`.

use super::model::Hold;
use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Result};
use crate::params;

pub fn find(snapshot: &Snapshot<'_>, id: ConversationId) -> Result<Option<Hold>> {
    snapshot.find("SELECT user_id, note, at FROM conversation_holds WHERE conversation_id = ?1", params![id], |row| {
        Ok(Hold { user: row.get(0)?, note: row.get(1)?, at: row.get(2)? })
    })
}

pub fn upsert(tx: &mut Tx<'_>, id: ConversationId, hold: &Hold) -> Result<()> {
    tx.execute(
        "INSERT INTO conversation_holds (conversation_id, user_id, note, at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation_id) DO UPDATE SET user_id = excluded.user_id, note = excluded.note, at = excluded.at",
        params![id, hold.user, hold.note, hold.at],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    tx.execute("DELETE FROM conversation_holds WHERE conversation_id = ?1", params![id]).map(drop)
}
