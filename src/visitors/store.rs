//! The table `visitor_sessions`.

use crate::db::{Snapshot, Tx};
use crate::kernel::{ChannelId, CustomerId, Millis, Result};
use crate::params;

#[derive(Clone, Copy, Debug)]
pub struct VisitorSession {
    pub customer: CustomerId,
    pub channel: ChannelId,
    pub seen_at: Millis,
}

pub fn find(snapshot: &Snapshot<'_>, token_hash: &[u8; 32]) -> Result<Option<VisitorSession>> {
    snapshot.find(
        "SELECT customer_id, channel_id, seen_at FROM visitor_sessions WHERE token_hash = ?1",
        params![token_hash],
        |row| Ok(VisitorSession { customer: row.get(0)?, channel: row.get(1)?, seen_at: row.get(2)? }),
    )
}

pub fn insert(
    tx: &mut Tx<'_>,
    token_hash: &[u8; 32],
    customer: CustomerId,
    channel: ChannelId,
    now: Millis,
) -> Result<()> {
    tx.execute(
        "INSERT INTO visitor_sessions (token_hash, customer_id, channel_id, created_at, seen_at)
         VALUES (?1, ?2, ?3, ?4, ?4)",
        params![token_hash, customer, channel, now],
    )?;
    Ok(())
}

pub fn update_seen(tx: &mut Tx<'_>, token_hash: &[u8; 32], now: Millis) -> Result<()> {
    tx.execute("UPDATE visitor_sessions SET seen_at = ?2 WHERE token_hash = ?1", params![token_hash, now])?;
    Ok(())
}

pub fn delete_of_customer(tx: &mut Tx<'_>, customer: CustomerId) -> Result<()> {
    tx.execute("DELETE FROM visitor_sessions WHERE customer_id = ?1", params![customer]).map(drop)
}

/// The next `limit` sessions after this one, with when each was last used.
pub fn list_after(snapshot: &Snapshot<'_>, token_hash: &[u8; 32], limit: usize) -> Result<Vec<([u8; 32], Millis)>> {
    snapshot.list(
        "SELECT token_hash, seen_at FROM visitor_sessions WHERE token_hash > ?1 ORDER BY token_hash LIMIT ?2",
        params![token_hash, limit as i64],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub fn delete(tx: &mut Tx<'_>, token_hash: &[u8; 32]) -> Result<()> {
    tx.execute("DELETE FROM visitor_sessions WHERE token_hash = ?1", params![token_hash]).map(drop)
}
