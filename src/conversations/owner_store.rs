//! Who owns which conversations: the assignees in `conversations`, and the table `conversation_handbacks`.

use super::model::Conversation;
use super::store::{CONVERSATION, conversation};
use crate::db::{Snapshot, Tx};
use crate::kernel::{ChannelId, ConversationId, Result, UserId};
use crate::params;

/// The next assignee of open conversations, with one channel of theirs: one step in the index, however many there are.
pub fn find_next_owner(snapshot: &Snapshot<'_>, after: (UserId, ChannelId)) -> Result<Option<(UserId, ChannelId)>> {
    snapshot.find(NEXT_OWNER, params![after.0, after.1], |row| Ok((row.get(0)?, row.get(1)?)))
}

const NEXT_OWNER: &str = "SELECT assignee_id, channel_id FROM conversations
     WHERE status = 'open' AND (assignee_id, channel_id) > (?1, ?2) ORDER BY assignee_id, channel_id LIMIT 1";

/// Some of somebody's open conversations of one channel.
#[derive(Clone, Copy)]
pub struct Owned {
    pub entrusted: bool,
    /// Those in which a customer waits, or the others.
    pub waiting: bool,
}

/// With their epochs, the longest waiting first.
pub fn list_owned(
    snapshot: &Snapshot<'_>,
    (assignee, channel): (UserId, ChannelId),
    which: Owned,
    limit: usize,
) -> Result<Vec<(ConversationId, i64)>> {
    let sql = if which.waiting { OWNED_WAITING } else { OWNED_ANSWERED };
    snapshot.list(sql, params![assignee, channel, which.entrusted, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))
}

const OWNED_WAITING: &str = "SELECT id, owner_epoch FROM conversations
     WHERE status = 'open' AND assignee_id = ?1 AND channel_id = ?2 AND entrusted = ?3 AND waiting_since_at > 0
     ORDER BY waiting_since_at LIMIT ?4";
const OWNED_ANSWERED: &str = "SELECT id, owner_epoch FROM conversations
     WHERE status = 'open' AND assignee_id = ?1 AND channel_id = ?2 AND entrusted = ?3 AND waiting_since_at IS NULL
     LIMIT ?4";

/// Remembers for `user` that this was taken from them, in its present epoch.
pub fn upsert_handback(tx: &mut Tx<'_>, user: UserId, c: &Conversation) -> Result<()> {
    tx.execute(
        "INSERT INTO conversation_handbacks (user_id, conversation_id, owner_epoch) VALUES (?1, ?2, ?3)
         ON CONFLICT (user_id, conversation_id) DO UPDATE SET owner_epoch = excluded.owner_epoch",
        params![user, c.id, c.owner_epoch],
    )?;
    Ok(())
}

/// What was taken from `user` and has had no owner since; resolved ones too.
pub fn list_handed_back(snapshot: &Snapshot<'_>, user: UserId, limit: usize) -> Result<Vec<Conversation>> {
    snapshot.list(
        &format!("SELECT {CONVERSATION} FROM conversations WHERE {TAKEN_FROM} LIMIT ?2"),
        params![user, limit as i64],
        conversation,
    )
}

/// By the person's few rows, then by id: never by the inbox.
const TAKEN_FROM: &str = "(id, owner_epoch) IN
     (SELECT conversation_id, owner_epoch FROM conversation_handbacks WHERE user_id = ?1)";

pub fn delete_handbacks_of(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    tx.execute("DELETE FROM conversation_handbacks WHERE user_id = ?1", params![user])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Millis;
    use crate::vault::PageKey;

    /// A store of ten million messages is looked at every two seconds, and for everybody's badge.
    #[test]
    fn what_is_due_or_was_taken_is_found_by_an_index_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new([5; 32]));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        found_by_index(&db);
        // Statistics of a store with a long past and a short present change nothing about that.
        db.write_blocking(|tx| {
            tx.execute("INSERT INTO channels VALUES (1, 'k', 'web', 'n', 1, 1, '{}', 1, 1)", &[])?;
            tx.execute("INSERT INTO customers VALUES (1, 1, '', '', '', '', '{}', '', '', '', 1, 1, 1)", &[])?;
            for n in 0..5_000_i64 {
                let (status, assignee) = if n % 500 == 0 { ("open", Some(n % 3)) } else { ("resolved", None) };
                tx.execute(
                    "INSERT INTO conversations (channel_id, customer_id, status, assignee_id, created_at, updated_at,
                       waiting_since_at, last_seq, last_public_seq, last_words_seq, customer_delivered, customer_read,
                       agent_delivered, agent_read, position)
                     VALUES (1, 1, ?1, ?2, ?3, ?3, ?2, 0, 0, 0, 0, 0, 0, 0, 1)",
                    params![status, assignee, n],
                )?;
            }
            tx.analyse()
        })
        .unwrap();
        found_by_index(&db);
    }

    fn found_by_index(db: &Db) {
        let taken = format!("SELECT {CONVERSATION} FROM conversations WHERE {TAKEN_FROM}");
        let by_owner = ["conversations_assignee", "assignee_id"];
        for (sql, count, words) in [
            (NEXT_OWNER, 2, by_owner),
            (OWNED_WAITING, 4, [by_owner[0], "entrusted=? AND waiting_since_at>?"]),
            (OWNED_ANSWERED, 4, [by_owner[0], "entrusted=? AND waiting_since_at=?"]),
            (&taken, 1, ["conversations USING INTEGER PRIMARY KEY", "rowid=?"]),
            (super::super::expiry_store::AGED, 4, ["conversations_activity", "status=? AND snoozed=? AND "]),
        ] {
            let explain = format!("EXPLAIN QUERY PLAN {sql}");
            let look = move |snapshot: &Snapshot<'_>| {
                snapshot.list(&explain, &params![1_i64, 1_i64, 1_i64, 1_i64][..count], |row| row.get::<String>(3))
            };
            let plan = db.read_blocking(look).unwrap();
            assert!(words.iter().all(|word| plan[0].contains(word)), "{plan:?}");
            assert!(plan.iter().all(|step| !step.starts_with("SCAN") && !step.contains("TEMP B-TREE")), "{plan:?}");
        }
    }
}
