//! Recording files and handing them to messages.

use super::model::{Attachment, NewAttachment, Owner, Taken};
use super::store;
use crate::db::Tx;
use crate::kernel::{AttachmentId, ConversationId, Ctx, Error, Millis, Result};

/// Writes down a file that lies safely in the folder.
pub(super) fn record(tx: &mut Tx<'_>, ctx: &Ctx, new: &NewAttachment) -> Result<Attachment> {
    let owner = Owner::acting(ctx.actor)?;
    store::insert(tx, new, owner, ctx.now)
}

/// Gives the acting person's own, unused files to a message. Anything else about one of them is "unknown": whether
/// others' files exist is not theirs to learn. How many a message may take, the caller has checked.
pub fn claim(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    ids: &[AttachmentId],
    conversation: ConversationId,
    seq: i64,
    internal: bool,
) -> Result<Vec<Attachment>> {
    let owner = Owner::acting(ctx.actor)?;
    let taken = Taken { conversation, seq, internal };
    let mut claimed = Vec::with_capacity(ids.len());
    for (place, id) in (1..).zip(ids) {
        let own = store::find(tx, *id)?.filter(|file| file.owner == owner && file.taken.is_none());
        let file = own.ok_or_else(|| Error::invalid("attachments", "unknown"))?;
        store::update_taken(tx, *id, taken, place)?;
        claimed.push(Attachment { taken: Some(taken), ..file });
    }
    Ok(claimed)
}

/// The files of a message that was taken back are no longer for the customer.
pub fn withdraw(tx: &mut Tx<'_>, conversation: ConversationId, seq: i64) -> Result<()> {
    store::update_internal(tx, conversation, seq)
}

/// Forgets up to `limit` files that nobody took and says which: their bytes may go after the commit.
pub(super) fn forget_unused(tx: &mut Tx<'_>, before: Millis, limit: i64) -> Result<Vec<String>> {
    let unused = store::list_unused(tx, before, limit)?;
    for (id, _) in &unused {
        store::delete(tx, *id)?;
    }
    Ok(unused.into_iter().map(|(_, file)| file).collect())
}

/// Forgets the files of a deleted conversation's messages up to `seq` and says which: their bytes may go after the commit.
pub fn forget_of_messages(tx: &mut Tx<'_>, conversation: ConversationId, seq: i64) -> Result<Vec<String>> {
    let files = store::list_of_messages(tx, conversation, seq)?;
    for (id, _) in &files {
        store::delete(tx, *id)?;
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}
