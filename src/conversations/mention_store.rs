//! The table `mentions`.

use super::model::MessageKey;
use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Millis, Result, UserId};
use crate::params;

pub fn list_of_message(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Vec<UserId>> {
    snapshot
        .list("SELECT user_id FROM mentions WHERE message_id = ?1 ORDER BY user_id", params![key.0], |row| row.get(0))
}

pub fn insert(tx: &mut Tx<'_>, key: MessageKey, user: UserId, at: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO mentions (message_id, user_id, at, seen) VALUES (?1, ?2, ?3, 0)
         ON CONFLICT (message_id, user_id) DO NOTHING",
        params![key.0, user, at],
    )
    .map(drop)
}

pub fn delete(tx: &mut Tx<'_>, key: MessageKey, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM mentions WHERE message_id = ?1 AND user_id = ?2", params![key.0, user]).map(drop)
}

/// One call: which message, when, and whether they know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mention {
    pub key: MessageKey,
    pub at: Millis,
    pub seen: bool,
}

/// Before a place, newest first.
pub fn list_of_user(
    snapshot: &Snapshot<'_>,
    user: UserId,
    (at, key): (Millis, i64),
    limit: usize,
) -> Result<Vec<Mention>> {
    snapshot.list(
        "SELECT message_id, at, seen FROM mentions WHERE user_id = ?1 AND (at, message_id) < (?2, ?3)
         ORDER BY at DESC, message_id DESC LIMIT ?4",
        params![user, at, key, limit as i64],
        |row| Ok(Mention { key: MessageKey(row.get(0)?), at: row.get(1)?, seen: row.get(2)? }),
    )
}

pub fn list_unseen(snapshot: &Snapshot<'_>, user: UserId, limit: i64) -> Result<Vec<MessageKey>> {
    snapshot.list(
        "SELECT message_id FROM mentions WHERE user_id = ?1 AND seen = 0 ORDER BY message_id DESC LIMIT ?2",
        params![user, limit],
        |row| Ok(MessageKey(row.get(0)?)),
    )
}

/// In one conversation, or everywhere; how many there were.
pub fn update_seen(tx: &mut Tx<'_>, user: UserId, conversation: Option<ConversationId>) -> Result<usize> {
    let (from, to) = match conversation {
        Some(id) => (MessageKey::new(id, 0).0, MessageKey::new(id, MessageKey::SEQ_MAX).0),
        None => (0, i64::MAX),
    };
    tx.execute(
        "UPDATE mentions SET seen = 1 WHERE user_id = ?1 AND seen = 0 AND message_id BETWEEN ?2 AND ?3",
        params![user, from, to],
    )
}
