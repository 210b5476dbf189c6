//! The tables `recordings`, `recording_people`, `recording_accesses` and `recording_signer`.

use super::model::{Access, Deed, EndReason, Ended, IndexPlace, Recording};
use crate::attachments::NamedFile;
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{CallId, ChannelId, ConversationId, Error, Millis, RecordingId, Result, UserId};
use crate::params;

const RECORDING: &str = "id, call_id, channel_id, conversation_id, file, began_at, ended_at, end_reason, duration_ms, bytes, \
                         index_at, index_number, index_bytes";

fn recording(row: &Row<'_>) -> Result<Recording> {
    let (ended_at, reason): (Option<Millis>, Option<String>) = (row.get(6)?, row.get(7)?);
    let place: (Option<i64>, Option<i64>, Option<i64>) = (row.get(10)?, row.get(11)?, row.get(12)?);
    let index = match place {
        (Some(at), Some(number), Some(bytes)) => Some(IndexPlace { at, number, bytes }),
        _ => None,
    };
    let ended = match (ended_at, reason.as_deref().and_then(EndReason::parse)) {
        (Some(at), Some(reason)) => Some(Ended { at, reason, duration_ms: row.get(8)?, bytes: row.get(9)?, index }),
        (None, None) => None,
        _ => return Err(Error::internal("a recording that ended for no known reason")),
    };
    Ok(Recording {
        id: row.get(0)?,
        call: row.get(1)?,
        channel: row.get(2)?,
        conversation: row.get(3)?,
        file: row.get(4)?,
        began_at: row.get(5)?,
        ended,
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: RecordingId) -> Result<Option<Recording>> {
    snapshot.find(&format!("SELECT {RECORDING} FROM recordings WHERE id = ?1"), params![id], recording)
}

pub fn list_of_call(snapshot: &Snapshot<'_>, call: CallId) -> Result<Vec<Recording>> {
    let sql = format!("SELECT {RECORDING} FROM recordings WHERE call_id = ?1 ORDER BY id");
    snapshot.list(&sql, params![call], recording)
}

pub fn list_open(snapshot: &Snapshot<'_>) -> Result<Vec<Recording>> {
    let sql = format!("SELECT {RECORDING} FROM recordings WHERE ended_at IS NULL ORDER BY id");
    snapshot.list(&sql, &[], recording)
}

/// The next `limit` by id.
pub fn list_after(snapshot: &Snapshot<'_>, after: RecordingId, limit: usize) -> Result<Vec<Recording>> {
    let sql = format!("SELECT {RECORDING} FROM recordings WHERE id > ?1 ORDER BY id LIMIT ?2");
    snapshot.list(&sql, params![after, limit as i64], recording)
}

/// The next `limit` that ended, by id, each with its conversation and when it ended.
pub fn list_ended(
    snapshot: &Snapshot<'_>,
    after: RecordingId,
    limit: usize,
) -> Result<Vec<(RecordingId, ConversationId, Millis)>> {
    snapshot.list(
        "SELECT id, conversation_id, ended_at FROM recordings WHERE id > ?1 AND ended_at IS NOT NULL ORDER BY id LIMIT ?2",
        params![after, limit as i64],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub struct New<'n> {
    pub call: CallId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    pub file: &'n str,
    pub began_at: Millis,
}

pub fn insert(tx: &mut Tx<'_>, new: &New<'_>) -> Result<Recording> {
    // A number that was deleted is not given again: accesses name it.
    let sql = format!(
        "INSERT INTO recordings (id, call_id, channel_id, conversation_id, file, began_at)
         SELECT MAX(n) + 1, ?1, ?2, ?3, ?4, ?5 FROM (
           SELECT COALESCE(MAX(id), 0) AS n FROM recordings
           UNION ALL SELECT COALESCE(MAX(recording_id), 0) FROM recording_accesses) AS given
         RETURNING {RECORDING}"
    );
    tx.returning(&sql, params![new.call, new.channel, new.conversation, new.file, new.began_at], recording)
}

pub fn update_ended(tx: &mut Tx<'_>, id: RecordingId, ended: &Ended) -> Result<()> {
    let (at, number, bytes) =
        ended.index.map_or((None, None, None), |index| (Some(index.at), Some(index.number), Some(index.bytes)));
    tx.execute(
        "UPDATE recordings SET ended_at = ?2, end_reason = ?3, duration_ms = ?4, bytes = ?5, index_at = ?6,
                               index_number = ?7, index_bytes = ?8
         WHERE id = ?1 AND ended_at IS NULL",
        params![id, ended.at, ended.reason.as_str(), ended.duration_ms, ended.bytes, at, number, bytes],
    )
    .map(drop)
}

pub fn insert_person(tx: &mut Tx<'_>, id: RecordingId, user: UserId) -> Result<()> {
    tx.execute(
        "INSERT INTO recording_people (recording_id, user_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![id, user],
    )
    .map(drop)
}

pub fn has_person(snapshot: &Snapshot<'_>, id: RecordingId, user: UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM recording_people WHERE recording_id = ?1 AND user_id = ?2";
    Ok(snapshot.find(sql, params![id, user], |row| row.get::<i64>(0))?.is_some())
}

/// Its accesses stay.
pub fn delete(tx: &mut Tx<'_>, id: RecordingId) -> Result<()> {
    tx.execute("DELETE FROM recordings WHERE id = ?1", params![id])?;
    tx.execute("DELETE FROM recording_people WHERE recording_id = ?1", params![id]).map(drop)
}

pub fn insert_access(tx: &mut Tx<'_>, id: RecordingId, access: &Access) -> Result<()> {
    tx.execute(
        "INSERT INTO recording_accesses (recording_id, user_id, deed, at) VALUES (?1, ?2, ?3, ?4)",
        params![id, access.user, access.deed.as_str(), access.at],
    )
    .map(drop)
}

pub fn find_access(snapshot: &Snapshot<'_>, id: RecordingId, user: UserId, deed: Deed, since: Millis) -> Result<bool> {
    let sql = "SELECT 1 FROM recording_accesses
               WHERE recording_id = ?1 AND user_id = ?2 AND at > ?4 AND deed = ?3 LIMIT 1";
    Ok(snapshot.find(sql, params![id, user, deed.as_str(), since], |row| row.get::<i64>(0))?.is_some())
}

/// The newest first.
pub fn list_accesses(snapshot: &Snapshot<'_>, id: RecordingId, limit: usize) -> Result<Vec<Access>> {
    let sql = "SELECT user_id, at, deed FROM recording_accesses WHERE recording_id = ?1 ORDER BY id DESC LIMIT ?2";
    snapshot.list(sql, params![id, limit as i64], |row| {
        let deed: String = row.get(2)?;
        let deed = Deed::parse(&deed).ok_or_else(|| Error::internal(format!("the deed {deed:?}")))?;
        Ok(Access { user: row.get(0)?, at: row.get(1)?, deed })
    })
}

pub fn find_seed(snapshot: &Snapshot<'_>) -> Result<Option<[u8; 32]>> {
    snapshot.find("SELECT seed FROM recording_signer WHERE id = 1", &[], |row| row.get(0))
}

pub fn insert_seed(tx: &mut Tx<'_>, seed: &[u8; 32], now: Millis) -> Result<()> {
    tx.execute("INSERT INTO recording_signer (id, seed, made_at) VALUES (1, ?1, ?2)", params![seed, now]).map(drop)
}

pub fn is_known(snapshot: &Snapshot<'_>, file: &str) -> Result<bool> {
    let found = snapshot.find("SELECT 1 FROM recordings WHERE file = ?1", params![file], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// Names in the folder, by name, and whether there must be such a file: there is none of a recording of nothing.
pub fn list_files(snapshot: &Snapshot<'_>, after: &str, limit: i64) -> Result<Vec<NamedFile>> {
    let sql = "SELECT file, index_at IS NOT NULL FROM recordings WHERE file > ?1 ORDER BY file LIMIT ?2";
    snapshot.list(sql, params![after, limit], |row| Ok(NamedFile { file: row.get(0)?, taken: row.get(1)? }))
}
