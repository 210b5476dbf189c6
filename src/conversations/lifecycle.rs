//! The turns a conversation takes: opened, assigned, handed back, resolved, reopened. Each leaves an activity in the history and
//! tells everybody the new state.

use super::events::ConversationUpdated;
use super::model::{Activity, Author, Conversation, Status, Verb};
use super::posting::{Content, append};
use super::{owner_store, queries, store};
use crate::channels;
use crate::db::{Snapshot, Tx};
use crate::identity;
use crate::kernel::{Actor, ChannelId, Ctx, CustomerId, Error, Millis, Result, UserId};

/// The conversation a customer's next message belongs to: their open one, the one resolved not long ago, or a new one.
pub(super) fn for_customer(tx: &mut Tx<'_>, ctx: &Ctx, customer: CustomerId) -> Result<Conversation> {
    let Actor::Visitor { channel, .. } = ctx.actor else { return Err(Error::not_found()) };
    match store::find_current_of_customer(tx, customer)? {
        Some(found) if found.status == Status::Open => Ok(found),
        Some(mut found) if reopens(tx, ctx, &found)? => {
            reopen(tx, ctx, &mut found, Author::Customer(customer))?;
            Ok(found)
        }
        _ => {
            let mut new = store::insert(tx, channel, customer, ctx.now)?;
            // Its state first: nobody should hear a message of a conversation they have never heard of.
            tell(tx, ctx, &mut new)?;
            let opened = Content::Activity(Activity::new(Verb::Opened, None));
            append(tx, ctx, &mut new, Author::Customer(customer), &opened)?;
            Ok(new)
        }
    }
}

/// Whether a customer's message belongs to this one of theirs, the current one.
pub(super) fn takes_more(snapshot: &Snapshot<'_>, ctx: &Ctx, conversation: &Conversation) -> Result<bool> {
    Ok(conversation.status == Status::Open || reopens(snapshot, ctx, conversation)?)
}

fn reopens(snapshot: &Snapshot<'_>, ctx: &Ctx, conversation: &Conversation) -> Result<bool> {
    let hours = channels::queries::find(snapshot, conversation.channel)?.map_or(0, |c| c.settings.reopen_hours);
    let resolved_at = conversation.resolved_at.unwrap_or(conversation.updated_at);
    Ok(ctx.now.since(resolved_at) < Millis::hours(i64::from(hours)))
}

pub(super) fn reopen(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation, author: Author) -> Result<()> {
    conversation.status = Status::Open;
    conversation.resolved_at = None;
    conversation.updated_at = ctx.now;
    if conversation.waiting_since_at.is_none() {
        conversation.waiting_since_at = store::find_waiting_since(tx, conversation)?;
    }
    // Somebody who has left meanwhile cannot answer.
    if let Some(assignee) = conversation.assignee
        && !can_serve(tx, conversation, assignee)?
    {
        conversation.give_to(None);
    }
    append(tx, ctx, conversation, author, &Content::Activity(Activity::new(Verb::Reopened, None)))?;
    tell(tx, ctx, conversation)
}

pub(super) fn resolve(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation, author: Author) -> Result<()> {
    conversation.status = Status::Resolved;
    conversation.snooze = None;
    conversation.resolved_at = Some(ctx.now);
    conversation.updated_at = ctx.now;
    conversation.waiting_since_at = None;
    append(tx, ctx, conversation, author, &Content::Activity(Activity::new(Verb::Resolved, None)))?;
    tell(tx, ctx, conversation)
}

pub(super) fn assign(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    author: Author,
    assignee: Option<UserId>,
) -> Result<()> {
    let before = conversation.assignee;
    if before == assignee {
        return Ok(());
    }
    conversation.give_to(assignee);
    let activity = match assignee {
        Some(user) => Content::Activity(Activity::new(Verb::Assigned, Some(user))),
        None => Content::Activity(Activity::new(Verb::Unassigned, before)),
    };
    append(tx, ctx, conversation, author, &activity)?;
    tell(tx, ctx, conversation)
}

/// Takes it from somebody who cannot be reached. They find it among what was handed back until they have seen that.
pub(super) fn hand_back(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation, assignee: UserId) -> Result<()> {
    conversation.give_to(None);
    owner_store::upsert_handback(tx, assignee, conversation)?;
    let activity = Content::Activity(Activity::new(Verb::HandedBack, Some(assignee)));
    append(tx, ctx, conversation, Author::System, &activity)?;
    tell(tx, ctx, conversation)
}

/// Whether this person is one of us and may see the conversation's channel.
pub(super) fn can_serve(tx: &Tx<'_>, conversation: &Conversation, user: UserId) -> Result<bool> {
    may_serve(tx, conversation.channel, user)
}

/// Whether this person is one of us and may see this channel.
pub fn may_serve(snapshot: &Snapshot<'_>, channel: ChannelId, user: UserId) -> Result<bool> {
    match identity::find_user(snapshot, user)? {
        Some(person) if person.active => channels::access::may_serve(snapshot, channel, user, person.role),
        _ => Ok(false),
    }
}

/// Saves the conversation under a new position and tells its whole state.
pub(super) fn tell(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation) -> Result<()> {
    conversation.position = tx.next_position();
    store::update(tx, conversation)?;
    let view = queries::view(tx, conversation.clone(), None)?;
    let public_marks = queries::public_marks(tx, conversation)?;
    let assignee = conversation.assignee.map(|user| identity::find_user(tx, user)).transpose()?.flatten();
    tx.emit(ctx.now, ConversationUpdated { view, public_marks, assignee }).map(drop)
}
