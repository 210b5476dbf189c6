//! Conversations whose time is over go: first they themselves, so that nobody sees half of one, then their messages, piece
//! by piece, so that nobody waits for a long one.

use super::events::{ConversationDeleted, ConversationsPurged};
use super::expiry_store as store;
use super::model::{MessageKey, Status};
use crate::attachments;
use crate::db::{Snapshot, Tx};
use crate::kernel::{Actor, ChannelId, ConversationId, Ctx, CustomerId, Error, Millis, Result};

/// Where a walk through the resolved conversations is, oldest first.
pub type Place = (Millis, ConversationId);
pub const BEGINNING: Place = (Millis(i64::MIN), ConversationId(0));

/// A resolved conversation as the walk sees it.
#[derive(Clone, Copy, Debug)]
pub struct Aged {
    pub id: ConversationId,
    pub channel: ChannelId,
    pub updated_at: Millis,
    pub held: bool,
}

/// The next ones with nothing new since `before`.
pub fn aged(snapshot: &Snapshot<'_>, after: Place, before: Millis, limit: usize) -> Result<Vec<Aged>> {
    store::list_aged(snapshot, after, before, limit)
}

/// How many of a channel have had nothing new since `before` and are not held, counted up to `max`.
pub fn count_aged(snapshot: &Snapshot<'_>, channel: ChannelId, before: Millis, max: i64) -> Result<i64> {
    store::count_aged(snapshot, channel, before, max)
}

/// Deletes those of `aged` that are still as they were seen; says how many. Held ones stay, and so does the newest of all
/// conversations: its number would be given again.
pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, aged: &[Aged]) -> Result<usize> {
    require_system(ctx)?;
    let newest = store::newest(tx)?;
    let mut gone = 0;
    for seen in aged {
        let Some(found) = super::store::find(tx, seen.id)? else { continue };
        let changed = found.status != Status::Resolved || found.updated_at != seen.updated_at;
        if changed || found.held || Some(found.id) == newest {
            continue;
        }
        store::delete(tx, found.id)?;
        let event = ConversationDeleted { conversation: found.id, channel: found.channel };
        tx.emit(ctx.now, event)?;
        gone += 1;
    }
    Ok(gone)
}

/// What one piece of a deleted conversation was.
#[derive(Default)]
pub struct Piece {
    pub messages: usize,
    /// Where their words are in other places.
    pub positions: Vec<i64>,
    /// Names of files whose bytes may go after the commit.
    pub files: Vec<String>,
}

/// Deletes up to `limit` messages of conversations that are gone. `None`: there are none left.
pub fn delete_remains(tx: &mut Tx<'_>, ctx: &Ctx, limit: usize) -> Result<Option<Piece>> {
    require_system(ctx)?;
    let mut piece = Piece::default();
    while piece.messages < limit {
        let Some(id) = store::find_remains(tx)? else { break };
        let messages = store::list_remaining(tx, id, limit - piece.messages)?;
        let Some((last, _)) = messages.last() else {
            store::delete_remains(tx, id)?;
            continue;
        };
        let seq = MessageKey::seq(*last);
        piece.files.extend(attachments::forget_of_messages(tx, id, seq)?);
        piece.positions.extend(store::list_revised(tx, id, seq)?);
        store::delete_messages(tx, id, seq)?;
        piece.messages += messages.len();
        piece.positions.extend(messages.iter().map(|(_, position)| position));
    }
    Ok((piece.messages > 0).then_some(piece))
}

/// Says that the words of so many conversations are gone for good, for those who keep them in another shape.
pub fn tell_purged(tx: &mut Tx<'_>, ctx: &Ctx, conversations: i64) -> Result<()> {
    require_system(ctx)?;
    tx.emit(ctx.now, ConversationsPurged { conversations }).map(drop)
}

/// Whether this customer has any conversation.
pub fn has_any(snapshot: &Snapshot<'_>, customer: CustomerId) -> Result<bool> {
    Ok(!super::store::list_of_customer(snapshot, customer, 1)?.is_empty())
}

fn require_system(ctx: &Ctx) -> Result<()> {
    if ctx.actor == Actor::System { Ok(()) } else { Err(Error::not_found()) }
}
