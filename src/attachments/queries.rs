//! Reading what is known of files.

use super::model::{Attachment, NamedFile};
use super::store;
use crate::db::Snapshot;
use crate::kernel::{AttachmentId, ConversationId, Error, Result};

/// Without asking who may see it: whoever knows the message that took it must.
pub fn get(snapshot: &Snapshot<'_>, id: AttachmentId) -> Result<Attachment> {
    store::find(snapshot, id)?.ok_or_else(Error::not_found)
}

/// How many there are, and their bytes. Reads every row.
pub fn total(snapshot: &Snapshot<'_>) -> Result<(i64, i64)> {
    store::total(snapshot)
}

/// In the order the sender gave them.
pub fn of_message(snapshot: &Snapshot<'_>, conversation: ConversationId, seq: i64) -> Result<Vec<Attachment>> {
    store::list_of_message(snapshot, conversation, seq)
}

/// Every file that a row names, in the order of their names; up to `limit` of those after `after`.
pub fn list_files(snapshot: &Snapshot<'_>, after: &str, limit: i64) -> Result<Vec<NamedFile>> {
    store::list_files(snapshot, after, limit)
}
