//! The table `attachments`.

use super::model::{Attachment, NamedFile, NewAttachment, Owner, Taken};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{AttachmentId, ConversationId, CustomerId, Error, Millis, Result, UserId};
use crate::params;

const ATTACHMENT: &str = "id, file, name, media_type, bytes, width, height, user_id, customer_id, conversation_id, seq, \
                          internal, created_at";

fn attachment(row: &Row<'_>) -> Result<Attachment> {
    let (user, customer): (Option<UserId>, Option<CustomerId>) = (row.get(7)?, row.get(8)?);
    let owner = user.map(Owner::User).or(customer.map(Owner::Customer));
    let (width, height): (Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?);
    let (conversation, seq): (Option<ConversationId>, Option<i64>) = (row.get(9)?, row.get(10)?);
    let internal = row.get(11)?;
    Ok(Attachment {
        id: row.get(0)?,
        file: row.get(1)?,
        name: row.get(2)?,
        media_type: row.get(3)?,
        bytes: row.get(4)?,
        pixels: width.zip(height),
        owner: owner.ok_or_else(|| Error::internal("an attachment of nobody"))?,
        taken: conversation.zip(seq).map(|(conversation, seq)| Taken { conversation, seq, internal }),
        created_at: row.get(12)?,
    })
}

pub fn find(snapshot: &Snapshot<'_>, id: AttachmentId) -> Result<Option<Attachment>> {
    snapshot.find(&format!("SELECT {ATTACHMENT} FROM attachments WHERE id = ?1"), params![id], attachment)
}

/// In the order the sender gave them.
pub fn list_of_message(snapshot: &Snapshot<'_>, conversation: ConversationId, seq: i64) -> Result<Vec<Attachment>> {
    let sql = format!("SELECT {ATTACHMENT} FROM attachments WHERE conversation_id = ?1 AND seq = ?2 ORDER BY place");
    snapshot.list(&sql, params![conversation, seq], attachment)
}

pub fn insert(tx: &mut Tx<'_>, new: &NewAttachment, owner: Owner, now: Millis) -> Result<Attachment> {
    let (user, customer) = match owner {
        Owner::User(id) => (Some(id), None),
        Owner::Customer(id) => (None, Some(id)),
    };
    let (width, height) = new.pixels.unzip();
    let sql = format!(
        "INSERT INTO attachments (file, name, media_type, bytes, width, height, user_id, customer_id, place, internal,
                                  created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, ?9) RETURNING {ATTACHMENT}"
    );
    let values = params![new.file, new.name, new.media_type, new.bytes, width, height, user, customer, now];
    tx.returning(&sql, values, attachment)
}

pub fn update_taken(tx: &mut Tx<'_>, id: AttachmentId, taken: Taken, place: i64) -> Result<()> {
    tx.execute(
        "UPDATE attachments SET conversation_id = ?2, seq = ?3, internal = ?4, place = ?5 WHERE id = ?1",
        params![id, taken.conversation, taken.seq, taken.internal, place],
    )
    .map(drop)
}

/// Those of a message are for us alone from now on.
pub fn update_internal(tx: &mut Tx<'_>, conversation: ConversationId, seq: i64) -> Result<()> {
    tx.execute(
        "UPDATE attachments SET internal = 1 WHERE conversation_id = ?1 AND seq = ?2",
        params![conversation, seq],
    )
    .map(drop)
}

/// Names of up to `limit` files that nobody took and that are older than `before`, with their rows.
pub fn list_unused(snapshot: &Snapshot<'_>, before: Millis, limit: i64) -> Result<Vec<(AttachmentId, String)>> {
    snapshot.list(
        "SELECT id, file FROM attachments WHERE conversation_id IS NULL AND created_at < ?1 ORDER BY created_at LIMIT ?2",
        params![before, limit],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The next `limit` by id: name in the folder, bytes.
pub fn list_after(
    snapshot: &Snapshot<'_>,
    after: AttachmentId,
    limit: usize,
) -> Result<Vec<(AttachmentId, String, i64)>> {
    snapshot.list(
        "SELECT id, file, bytes FROM attachments WHERE id > ?1 ORDER BY id LIMIT ?2",
        params![after, limit as i64],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// Of the messages up to and with this seq.
pub fn list_of_messages(
    snapshot: &Snapshot<'_>,
    conversation: ConversationId,
    seq: i64,
) -> Result<Vec<(AttachmentId, String)>> {
    snapshot.list(
        "SELECT id, file FROM attachments WHERE conversation_id = ?1 AND seq <= ?2",
        params![conversation, seq],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub fn delete(tx: &mut Tx<'_>, id: AttachmentId) -> Result<()> {
    tx.execute("DELETE FROM attachments WHERE id = ?1", params![id]).map(drop)
}

/// How many there are, and their bytes.
pub fn total(snapshot: &Snapshot<'_>) -> Result<(i64, i64)> {
    snapshot.get("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM attachments", params![], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub fn is_known(snapshot: &Snapshot<'_>, file: &str) -> Result<bool> {
    let found = snapshot.find("SELECT 1 FROM attachments WHERE file = ?1", params![file], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

pub fn list_files(snapshot: &Snapshot<'_>, after: &str, limit: i64) -> Result<Vec<NamedFile>> {
    snapshot.list(
        "SELECT file, conversation_id IS NOT NULL FROM attachments WHERE file > ?1 ORDER BY file LIMIT ?2",
        params![after, limit],
        |row| Ok(NamedFile { file: row.get(0)?, taken: row.get(1)? }),
    )
}
