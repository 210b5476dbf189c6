//! Reading offers.

use super::{Transfer, TransferView, store};
use crate::conversations::{self, Conversation, MessageKey};
use crate::db::Snapshot;
use crate::kernel::{ConversationId, Ctx, Error, Result, Role, TransferId};

/// All that is pending is looked through for somebody's own in pieces of this.
const PIECE: usize = 256;

/// The offer and its conversation, if the acting person may see that; NotFound otherwise.
pub(super) fn visible(snapshot: &Snapshot<'_>, ctx: &Ctx, id: TransferId) -> Result<(Transfer, Conversation)> {
    ctx.require(Role::Agent)?;
    let transfer = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    let conversation = conversations::queries::visible(snapshot, ctx, transfer.conversation)?;
    Ok((transfer, conversation))
}

/// What waits for the acting person's answer, and what of theirs waits for somebody else's.
pub fn own(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<TransferView>> {
    let me = ctx.require(Role::Agent)?;
    let (mut found, mut after) = (Vec::new(), ConversationId(0));
    loop {
        let piece = store::list_pending(snapshot, after, PIECE)?;
        let Some(last) = piece.last().map(|transfer| transfer.conversation) else { return Ok(found) };
        for transfer in piece.into_iter().filter(|transfer| transfer.to == me || transfer.from == me) {
            match conversations::queries::visible(snapshot, ctx, transfer.conversation) {
                Ok(conversation) if transfer.is_live(&conversation, ctx.now) => {
                    found.push(view(snapshot, transfer)?);
                }
                // Over, though not written down yet, or no longer theirs to see.
                _ => {}
            }
        }
        after = last;
    }
}

pub(super) fn view(snapshot: &Snapshot<'_>, transfer: Transfer) -> Result<TransferView> {
    let words = |seq| -> Result<String> {
        if seq == 0 {
            return Ok(String::new());
        }
        let message = conversations::queries::find_message(snapshot, MessageKey::new(transfer.conversation, seq))?;
        Ok(message.filter(|message| message.revised.recalled_at.is_none()).map_or(String::new(), |m| m.text))
    };
    let (note, word) = (words(transfer.note_seq)?, words(transfer.word_seq)?);
    Ok(TransferView { transfer, note, word })
}

/// Without asking who: for telling again what was told.
pub(super) fn recorded(snapshot: &Snapshot<'_>, id: TransferId) -> Result<Option<(TransferView, Conversation)>> {
    let Some(transfer) = store::find(snapshot, id)? else { return Ok(None) };
    let Some(conversation) = conversations::queries::find(snapshot, transfer.conversation)? else { return Ok(None) };
    Ok(Some((view(snapshot, transfer)?, conversation)))
}
