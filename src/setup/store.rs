//! The table `setup_link`.

use crate::db::{Snapshot, Tx};
use crate::kernel::{Millis, Result};
use crate::params;

pub fn find_hash(snapshot: &Snapshot<'_>) -> Result<Option<[u8; 32]>> {
    snapshot.find("SELECT secret_hash FROM setup_link WHERE id = 1", params![], |row| row.get(0))
}

pub fn replace(tx: &mut Tx<'_>, hash: &[u8; 32], now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO setup_link (id, secret_hash, created_at) VALUES (1, ?1, ?2)
         ON CONFLICT (id) DO UPDATE SET secret_hash = ?1, created_at = ?2",
        params![hash, now],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute("DELETE FROM setup_link", params![]).map(drop)
}
