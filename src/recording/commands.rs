//! Changing what is known of recordings. Whether a call may be recorded, calls decide.

use super::events::{RecordingBegan, RecordingDeleted, RecordingEnded};
use super::model::{Access, Deed, Ended, ONE_OPENING_MS, Recording};
use super::queries;
use super::store::{self, New};
use crate::conversations;
use crate::db::Tx;
use crate::kernel::{Actor, CallId, ChannelId, ConversationId, Ctx, Error, Millis, RecordingId, Result, UserId};

/// What is recorded.
pub struct Begin {
    pub call: CallId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    pub people: Vec<UserId>,
    pub file: String,
}

pub fn begin(tx: &mut Tx<'_>, ctx: &Ctx, command: &Begin) -> Result<Recording> {
    require_system(ctx)?;
    let Begin { call, channel, conversation, .. } = *command;
    let recording = store::insert(tx, &New { call, channel, conversation, file: &command.file, began_at: ctx.now })?;
    command.people.iter().try_for_each(|user| store::insert_person(tx, recording.id, *user))?;
    tx.emit(ctx.now, RecordingBegan { id: recording.id, call })?;
    Ok(recording)
}

/// Somebody else of the organisation takes part.
pub fn join(tx: &mut Tx<'_>, ctx: &Ctx, id: RecordingId, user: UserId) -> Result<()> {
    require_system(ctx)?;
    store::insert_person(tx, id, user)
}

/// Once; what comes later changes nothing.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, id: RecordingId, ended: &Ended) -> Result<()> {
    require_system(ctx)?;
    let Some(recording) = store::find(tx, id)?.filter(|recording| recording.ended.is_none()) else { return Ok(()) };
    store::update_ended(tx, id, ended)?;
    tx.emit(ctx.now, RecordingEnded { id, call: recording.call })?;
    Ok(())
}

/// Before anything of it goes out: who takes it, and when, is on the disk first.
pub fn open(tx: &mut Tx<'_>, ctx: &Ctx, id: RecordingId, deed: Deed) -> Result<Recording> {
    let recording = queries::get(tx, ctx, id, deed)?;
    let Actor::User { id: user, .. } = ctx.actor else { return Err(Error::not_found()) };
    if !store::find_access(tx, id, user, deed, ctx.now.plus(-ONE_OPENING_MS))? {
        store::insert_access(tx, id, &Access { user, at: ctx.now, deed })?;
    }
    Ok(recording)
}

/// The row goes; its file is the caller's to remove. `None`: it is held, or gone already.
pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: RecordingId) -> Result<Option<String>> {
    require_system(ctx)?;
    let Some(recording) = store::find(tx, id)? else { return Ok(None) };
    let conversation = conversations::queries::find(tx, recording.conversation)?;
    if conversation.is_some_and(|conversation| conversation.held) {
        return Ok(None);
    }
    store::delete(tx, id)?;
    tx.emit(ctx.now, RecordingDeleted { id, call: recording.call })?;
    Ok(Some(recording.file))
}

/// The seed of what signs; this one, if there was none.
pub fn seed(tx: &mut Tx<'_>, now: Millis, new: &[u8; 32]) -> Result<[u8; 32]> {
    match store::find_seed(tx)? {
        Some(seed) => Ok(seed),
        None => store::insert_seed(tx, new, now).map(|()| *new),
    }
}

fn require_system(ctx: &Ctx) -> Result<()> {
    if ctx.actor == Actor::System { Ok(()) } else { Err(Error::not_found()) }
}
