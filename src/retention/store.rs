//! The tables `retention` and `retention_channels`.

use super::Policy;
use crate::db::{Snapshot, Tx};
use crate::kernel::Result;
use crate::params;

pub fn get(snapshot: &Snapshot<'_>) -> Result<Policy> {
    let channels = snapshot.list(
        "SELECT channel_id, conversations_days FROM retention_channels ORDER BY channel_id",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    snapshot.get("SELECT conversations_days, customers_days, events_days, recordings_days FROM retention", &[], |row| {
        Ok(Policy {
            conversations_days: row.get(0)?,
            customers_days: row.get(1)?,
            events_days: row.get(2)?,
            recordings_days: row.get(3)?,
            channels,
        })
    })
}

pub fn update(tx: &mut Tx<'_>, policy: &Policy) -> Result<()> {
    tx.execute(
        "UPDATE retention SET conversations_days = ?1, customers_days = ?2, events_days = ?3, recordings_days = ?4",
        params![policy.conversations_days, policy.customers_days, policy.events_days, policy.recordings_days],
    )?;
    tx.execute("DELETE FROM retention_channels", &[])?;
    for (channel, days) in &policy.channels {
        tx.execute(
            "INSERT INTO retention_channels (channel_id, conversations_days) VALUES (?1, ?2)",
            params![channel, days],
        )?;
    }
    Ok(())
}
