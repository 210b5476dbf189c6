//! The rows of a message, as `conversations` and `customers` write them.

use crate::db::Tx;
use crate::kernel::{Millis, Result};
use crate::params;

/// One channel and a customer with a conversation for each visitor.
pub fn found(tx: &mut Tx<'_>, visitors: i64, now: Millis) -> Result<()> {
    tx.execute(
        "INSERT INTO channels (id, key, kind, name, active, everyone, settings, created_at, position)
         VALUES (1, 'bare', 'web', 'Bare', 1, 1, '{}', ?1, 0)",
        params![now],
    )?;
    for id in 1..=visitors {
        tx.execute(
            "INSERT INTO customers (id, channel_id, name, email, phone, note, attributes, page, device, locale,
                                    created_at, last_seen_at, position)
             VALUES (?1, 1, '', '', '', '', '{}', '', '', '', ?2, ?2, 0)",
            params![id, now],
        )?;
        tx.execute(
            "INSERT INTO conversations (id, channel_id, customer_id, status, created_at, updated_at, last_seq,
                                        last_public_seq, last_words_seq, customer_delivered, customer_read,
                                        agent_delivered, agent_read, position)
             VALUES (?1, 1, ?1, 'open', ?2, ?2, 0, 0, 0, 0, 0, 0, 0, 0)",
            params![id, now],
        )?;
    }
    Ok(())
}

/// The message's `seq`.
pub fn raise_seq(tx: &mut Tx<'_>, conversation: i64, now: Millis) -> Result<i64> {
    tx.returning(
        "UPDATE conversations SET updated_at = ?2, waiting_since_at = COALESCE(waiting_since_at, ?2),
                last_seq = last_seq + 1, last_public_seq = last_public_seq + 1, last_words_seq = last_seq + 1
         WHERE id = ?1 RETURNING last_seq",
        params![conversation, now],
        |row| row.get(0),
    )
}

pub fn insert_message(
    tx: &mut Tx<'_>,
    (conversation, seq): (i64, i64),
    client_id: &[u8; 16],
    body: &str,
    now: Millis,
) -> Result<()> {
    let position = tx.next_position();
    tx.execute(
        "INSERT INTO messages (id, public_seq, kind, author_kind, author_id, client_id, body, subject_id, attachments,
                               position, at)
         VALUES (?1, ?2, 'text', 'customer', ?3, ?4, ?5, NULL, 0, ?6, ?7)",
        params![(conversation << 24) | seq, seq, conversation, client_id, body, position, now],
    )?;
    Ok(())
}
