//! Which conversations are put aside until when: columns of `conversations`.

use crate::db::Snapshot;
use crate::kernel::{ConversationId, Millis, Result};
use crate::params;

/// Those whose time has come, the earliest first.
pub fn list_due(snapshot: &Snapshot<'_>, now: Millis, limit: usize) -> Result<Vec<ConversationId>> {
    snapshot.list(DUE, params![now, limit as i64], |row| row.get(0))
}

/// Looked at every second.
pub(super) const DUE: &str = "SELECT id FROM conversations INDEXED BY conversations_due
     WHERE snoozed_until IS NOT NULL AND snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2";
