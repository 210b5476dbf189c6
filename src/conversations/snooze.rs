//! Putting a conversation aside: until a time, or until the customer writes, which ends every snooze.
//!
//! It stays open and with whom it is, and is out of the way. When it is back it is on top of the list, and unread for
//! whoever has it, so that it is not missed twice.

use super::events::ConversationRead;
use super::model::{Activity, Author, Conversation, Snooze, Verb};
use super::posting::{Content, append};
use super::{lifecycle, snooze_store, store};
use crate::db::{Db, Tx};
use crate::jobs::Timer;
use crate::kernel::{Actor, ConversationId, Ctx, Error, Millis, Result, UserId};

const EVERY_MS: i64 = Millis::seconds(1);
/// In one transaction; the rest at the next turn.
const TURN_MAX: usize = 64;
/// Nobody wants to see it later than that.
const AHEAD_MS: i64 = 366 * Millis::hours(24);

/// Whether it may be put aside until then.
pub(super) fn check(ctx: &Ctx, until: Option<Millis>) -> Result<()> {
    match until {
        Some(until) if until <= ctx.now => Err(Error::invalid("snooze", "too_short")),
        Some(until) if until.since(ctx.now) > AHEAD_MS => Err(Error::invalid("snooze", "too_long")),
        _ => Ok(()),
    }
}

pub(super) fn set(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    by: UserId,
    until: Option<Millis>,
) -> Result<()> {
    conversation.snooze = Some(Snooze { by, until });
    append(tx, ctx, conversation, Author::Agent(by), &Content::Activity(Activity::new(Verb::Snoozed, None)))?;
    lifecycle::tell(tx, ctx, conversation)
}

/// Back in the inbox, because somebody wants it back or because of the time (`Author::System`).
pub(super) fn wake(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation, author: Author) -> Result<()> {
    let Some(snooze) = conversation.snooze.take() else { return Ok(()) };
    conversation.updated_at = ctx.now;
    append(tx, ctx, conversation, author, &Content::Activity(Activity::new(Verb::Woken, Some(snooze.by))))?;
    lifecycle::tell(tx, ctx, conversation)
}

/// The customer's newest message is unread again for this person; says up to where it was read before.
pub(super) fn mark_unread(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &Conversation, user: UserId) -> Result<i64> {
    let before = store::read_seq(tx, user, conversation.id)?;
    let Some(newest) = store::find_last_of_customer(tx, conversation)? else { return Ok(before) };
    if before >= newest {
        store::lower_read_seq(tx, user, conversation.id, newest - 1)?;
        tx.emit(ctx.now, ConversationRead { conversation: conversation.id, user, seq: newest - 1 })?;
    }
    Ok(before)
}

pub fn timer(db: &Db) -> Timer {
    let db = db.clone();
    Timer::new("snooze", EVERY_MS, move |now| {
        let due = db.read_blocking(move |snapshot| snooze_store::list_due(snapshot, now, TURN_MAX))?;
        if due.is_empty() {
            return Ok(());
        }
        let ctx = Ctx::system(now);
        db.write_blocking(move |tx| wake_due(tx, &ctx, &due))
    })
}

/// The program's own: those of `due` whose time has come still.
pub(super) fn wake_due(tx: &mut Tx<'_>, ctx: &Ctx, due: &[ConversationId]) -> Result<()> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    for id in due {
        let Some(mut conversation) = store::find(tx, *id)? else { continue };
        let Some(Snooze { by, until: Some(until) }) = conversation.snooze else { continue };
        if until > ctx.now {
            continue;
        }
        wake(tx, ctx, &mut conversation, Author::System)?;
        mark_unread(tx, ctx, &conversation, conversation.assignee.unwrap_or(by))?;
    }
    Ok(())
}
