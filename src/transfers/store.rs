//! The table `transfers`.

use super::{State, Transfer};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ConversationId, Error, Result, TransferId, UserId};
use crate::params;

const COLUMNS: &str =
    "id, conversation_id, owner_epoch, from_id, to_id, client_id, note_seq, word_seq, state, offered_at, expires_at,
    ended_at, position";

fn transfer(row: &Row<'_>) -> Result<Transfer> {
    let (client_id, state): (Vec<u8>, String) = (row.get(5)?, row.get(8)?);
    let unwritten = || Error::internal("a transfer that no version wrote");
    Ok(Transfer {
        id: row.get(0)?,
        conversation: row.get(1)?,
        owner_epoch: row.get(2)?,
        from: row.get(3)?,
        to: row.get(4)?,
        client_id: client_id.try_into().map_err(|_| unwritten())?,
        note_seq: row.get(6)?,
        word_seq: row.get(7)?,
        state: State::parse(&state).ok_or_else(unwritten)?,
        offered_at: row.get(9)?,
        expires_at: row.get(10)?,
        ended_at: row.get(11)?,
        position: row.get(12)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: TransferId) -> Result<Option<Transfer>> {
    snapshot.find(&format!("SELECT {COLUMNS} FROM transfers WHERE id = ?1"), params![id], transfer)
}

pub fn find_by_client_id(snapshot: &Snapshot<'_>, client_id: &[u8; 16], from: UserId) -> Result<Option<Transfer>> {
    let sql = format!("SELECT {COLUMNS} FROM transfers WHERE client_id = ?1 AND from_id = ?2");
    snapshot.find(&sql, params![client_id.as_slice(), from], transfer)
}

pub fn find_pending(snapshot: &Snapshot<'_>, conversation: ConversationId) -> Result<Option<Transfer>> {
    let sql = format!("SELECT {COLUMNS} FROM transfers WHERE conversation_id = ?1 AND state = 'pending'");
    snapshot.find(&sql, params![conversation], transfer)
}

/// Of everybody: an offer is short, so there are few.
pub fn list_pending(snapshot: &Snapshot<'_>, after: ConversationId, limit: usize) -> Result<Vec<Transfer>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM transfers INDEXED BY transfers_pending
         WHERE state = 'pending' AND conversation_id > ?1 ORDER BY conversation_id LIMIT ?2"
    );
    snapshot.list(&sql, params![after, limit as i64], transfer)
}

pub fn insert(tx: &mut Tx<'_>, t: &Transfer) -> Result<TransferId> {
    tx.returning(
        "INSERT INTO transfers (conversation_id, owner_epoch, from_id, to_id, client_id, note_seq, word_seq, state, offered_at,
           expires_at, ended_at, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING id",
        params![
            t.conversation,
            t.owner_epoch,
            t.from,
            t.to,
            t.client_id.as_slice(),
            t.note_seq,
            t.word_seq,
            t.state.as_str(),
            t.offered_at,
            t.expires_at,
            t.ended_at,
            t.position
        ],
        |row| row.get(0),
    )
}

pub fn update(tx: &mut Tx<'_>, t: &Transfer) -> Result<()> {
    let sql = "UPDATE transfers SET word_seq = ?2, state = ?3, ended_at = ?4, position = ?5 WHERE id = ?1";
    tx.execute(sql, params![t.id, t.word_seq, t.state.as_str(), t.ended_at, t.position]).map(drop)
}
