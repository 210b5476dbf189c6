//! The table `message_revisions`.

use super::model::{Conversation, MessageKey};
use crate::db::{Snapshot, Tx};
use crate::kernel::{Millis, Result};
use crate::params;

/// What a message said, and since when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Saying {
    pub text: String,
    pub at: Millis,
}

/// `position` is of the event that tells what it says from now on.
pub fn insert(tx: &mut Tx<'_>, key: MessageKey, revision: i64, said: &Saying, position: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO message_revisions (message_id, revision, body, said_at, position) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![key.0, revision, said.text, said.at, position],
    )
    .map(drop)
}

/// What it said before, the first first.
pub fn list(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Vec<Saying>> {
    snapshot.list(
        "SELECT body, said_at FROM message_revisions WHERE message_id = ?1 ORDER BY revision",
        params![key.0],
        |row| Ok(Saying { text: row.get(0)?, at: row.get(1)? }),
    )
}

/// As it was sent; `None` if it still says so.
pub fn find_first(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Option<String>> {
    snapshot.find("SELECT body FROM message_revisions WHERE message_id = ?1 AND revision = 0", params![key.0], |row| {
        row.get(0)
    })
}

/// The messages of a conversation that came up to `position` and were changed after it, each with its newest change.
pub fn list_changed(snapshot: &Snapshot<'_>, c: &Conversation, position: i64) -> Result<Vec<(MessageKey, i64)>> {
    snapshot.list(
        "SELECT r.message_id, MAX(r.position) FROM message_revisions r JOIN messages m ON m.id = r.message_id
         WHERE r.message_id BETWEEN ?1 AND ?2 AND r.position > ?3 AND m.position <= ?3 AND m.public_seq > 0
         GROUP BY r.message_id",
        params![MessageKey::new(c.id, 0).0, MessageKey::new(c.id, MessageKey::SEQ_MAX).0, position],
        |row| Ok((MessageKey(row.get(0)?), row.get(1)?)),
    )
}
