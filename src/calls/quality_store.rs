//! The table `call_quality`.

use super::quality::{Measures, Quality, Source};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{CallId, LegId, Result};
use crate::params;

const COLUMNS: &str =
    "leg_id, source, at, samples, loss_up, loss_down, jitter_us, rtt_us, kbit_up, kbit_down, freezes, packets";

fn quality(row: &Row<'_>) -> Result<Quality> {
    let source: String = row.get(1)?;
    let source = if source == Source::Server.as_str() { Source::Server } else { Source::Client };
    Ok(Quality {
        leg: row.get(0)?,
        source: source.as_str(),
        at: row.get(2)?,
        samples: row.get(3)?,
        measures: Measures {
            loss_up: row.get(4)?,
            loss_down: row.get(5)?,
            jitter_us: row.get(6)?,
            rtt_us: row.get(7)?,
            kbit_up: row.get(8)?,
            kbit_down: row.get(9)?,
            freezes: row.get(10)?,
            packets: row.get(11)?,
        },
    })
}

pub fn find(snapshot: &Snapshot<'_>, leg: LegId, source: Source) -> Result<Option<Quality>> {
    let sql = format!("SELECT {COLUMNS} FROM call_quality WHERE leg_id = ?1 AND source = ?2");
    snapshot.find(&sql, params![leg, source.as_str()], quality)
}

pub fn list(snapshot: &Snapshot<'_>, call: CallId) -> Result<Vec<Quality>> {
    let sql = format!("SELECT {COLUMNS} FROM call_quality WHERE call_id = ?1 ORDER BY leg_id, source");
    snapshot.list(&sql, params![call], quality)
}

pub fn upsert(tx: &mut Tx<'_>, call: CallId, new: &Quality) -> Result<()> {
    let m = &new.measures;
    tx.execute(
        "INSERT INTO call_quality (leg_id, call_id, source, at, samples, loss_up, loss_down, jitter_us, rtt_us, kbit_up,
                                   kbit_down, freezes, packets)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (leg_id, source) DO UPDATE SET at = excluded.at, samples = excluded.samples,
           loss_up = excluded.loss_up, loss_down = excluded.loss_down, jitter_us = excluded.jitter_us,
           rtt_us = excluded.rtt_us, kbit_up = excluded.kbit_up, kbit_down = excluded.kbit_down,
           freezes = excluded.freezes, packets = excluded.packets",
        params![
            new.leg,
            call,
            new.source,
            new.at,
            new.samples,
            m.loss_up,
            m.loss_down,
            m.jitter_us,
            m.rtt_us,
            m.kbit_up,
            m.kbit_down,
            m.freezes,
            m.packets
        ],
    )?;
    Ok(())
}

pub fn delete_of_call(tx: &mut Tx<'_>, call: CallId) -> Result<()> {
    tx.execute("DELETE FROM call_quality WHERE call_id = ?1", params![call]).map(drop)
}
