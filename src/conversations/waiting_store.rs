//! Of the table `conversations`: who waits, and nobody has them.

use crate::db::Snapshot;
use crate::kernel::{ChannelId, CustomerId, Result};
use crate::params;

/// Of all channels, who waits longest first.
pub fn list(snapshot: &Snapshot<'_>, limit: usize) -> Result<Vec<(ChannelId, CustomerId)>> {
    snapshot.list(WAITING, params![limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Walked by the index of those who wait, and no further than it must.
const WAITING: &str = "SELECT channel_id, customer_id FROM conversations INDEXED BY conversations_waiting
     WHERE status = 'open' AND snoozed = 0 AND waiting_since_at IS NOT NULL AND assignee_id IS NULL
     ORDER BY waiting_since_at, id LIMIT ?1";
