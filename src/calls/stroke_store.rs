//! The table `call_strokes`.

use super::strokes::Kept;
use crate::db::{Snapshot, Tx};
use crate::kernel::{CallId, LegId, Result};
use crate::params;

pub fn count(snapshot: &Snapshot<'_>, call: CallId) -> Result<i64> {
    snapshot.get("SELECT COUNT(*) FROM call_strokes WHERE call_id = ?1", params![call], |row| row.get(0))
}

/// Oldest first.
pub fn list(snapshot: &Snapshot<'_>, call: CallId) -> Result<Vec<Kept>> {
    snapshot.list(
        "SELECT leg_id, at, stroke FROM call_strokes WHERE call_id = ?1 ORDER BY at, leg_id, name",
        params![call],
        |row| Ok(Kept { leg: row.get(0)?, at: row.get(1)?, stroke: row.get(2)? }),
    )
}

pub fn upsert(tx: &mut Tx<'_>, call: CallId, name: &str, new: &Kept) -> Result<()> {
    tx.execute(
        "INSERT INTO call_strokes (call_id, leg_id, name, at, stroke) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (call_id, leg_id, name) DO UPDATE SET stroke = excluded.stroke",
        params![call, new.leg, name, new.at, new.stroke],
    )?;
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, call: CallId, leg: LegId, name: &str) -> Result<()> {
    tx.execute("DELETE FROM call_strokes WHERE call_id = ?1 AND leg_id = ?2 AND name = ?3", params![call, leg, name])
        .map(drop)
}

pub fn delete_of_call(tx: &mut Tx<'_>, call: CallId) -> Result<()> {
    tx.execute("DELETE FROM call_strokes WHERE call_id = ?1", params![call]).map(drop)
}
