//! Legal holds: as long as one lies on a conversation, nothing of it is deleted, whatever its age.

use super::lifecycle;
use super::model::{Activity, Author, Conversation, Hold, Verb};
use super::posting::{Content, append};
use super::{hold_store, queries, store};
use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Ctx, Error, Result, Role};

const NOTE_CHARS_MAX: usize = 1_000;

/// Administrators. Why is written beside it: whoever releases it later was not there.
pub fn hold(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId, note: &str) -> Result<Conversation> {
    let mut conversation = queries::visible(tx, ctx, id)?;
    let user = ctx.require(Role::Administrator)?;
    let note = note.trim();
    match note.chars().count() {
        0 => return Err(Error::invalid("note", "required")),
        n if n > NOTE_CHARS_MAX => return Err(Error::invalid("note", "too_long")),
        _ => {}
    }
    let was_held = conversation.held;
    conversation.held = true;
    hold_store::upsert(tx, id, &Hold { user, note: note.to_owned(), at: ctx.now })?;
    if was_held { Ok(conversation) } else { turned(tx, ctx, conversation, Verb::Held) }
}

/// Administrators. What its age asks for happens at the next turn of the deletion.
pub fn release(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId) -> Result<Conversation> {
    let mut conversation = queries::visible(tx, ctx, id)?;
    ctx.require(Role::Administrator)?;
    if !conversation.held {
        return Ok(conversation);
    }
    conversation.held = false;
    hold_store::delete(tx, id)?;
    turned(tx, ctx, conversation, Verb::Released)
}

/// Who holds it and why; for everybody who may see it.
pub fn find(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<Option<Hold>> {
    queries::visible(snapshot, ctx, id)?;
    hold_store::find(snapshot, id)
}

fn turned(tx: &mut Tx<'_>, ctx: &Ctx, mut conversation: Conversation, verb: Verb) -> Result<Conversation> {
    let author = Author::Agent(ctx.require(Role::Administrator)?);
    store::update(tx, &conversation)?;
    append(tx, ctx, &mut conversation, author, &Content::Activity(Activity::new(verb, None)))?;
    lifecycle::tell(tx, ctx, &mut conversation)?;
    Ok(conversation)
}
