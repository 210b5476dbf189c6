//! What an agent does to conversations, one or many at once, and how it is undone.
//!
//! A [`Change`] says what shall be so. Each conversation answers for itself: what may not be changed does not keep the
//! others, and what was changed is answered with the change that takes it back.

use super::model::{Author, Conversation, MessageKey, Priority, Status};
use super::{lifecycle, queries, snooze, store, tagging_store};
use crate::db::Tx;
use crate::kernel::{Actor, ConversationId, Ctx, Error, ErrorKind, Millis, Result, TagId, UserId};
use crate::tags;

/// At once: everybody hears of each, twice at most, and a socket's queue must hold that (`hub`).
pub const ITEMS_MAX: usize = 100;
const TAGS_MAX: usize = 20;
/// Activities that one change may leave.
const ACTIVITIES_MAX: i64 = 4;

/// What shall be so; what is `None` stays.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Change {
    pub status: Option<Status>,
    pub assignee: Option<Option<UserId>>,
    pub priority: Option<Priority>,
    pub snooze: Option<Aside>,
    pub add_tags: Vec<TagId>,
    pub remove_tags: Vec<TagId>,
    pub reading: Option<Reading>,
    /// Refused if there was any other owner since.
    pub expected_epoch: Option<i64>,
    /// The assignee is gone, and whoever assigns could see that.
    pub entrusted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aside {
    No,
    UntilReply,
    Until(Millis),
}

/// Of the acting person alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    Unread,
    UpTo(i64),
}

pub struct Item {
    pub conversation: ConversationId,
    pub change: Change,
}

/// What takes it back, or why nothing was changed.
pub type Outcome = Result<Change>;

pub fn change_all(tx: &mut Tx<'_>, ctx: &Ctx, items: &[Item]) -> Result<Vec<Outcome>> {
    agent(ctx)?;
    match items.len() {
        0 => return Err(Error::invalid("items", "required")),
        n if n > ITEMS_MAX => return Err(Error::invalid("items", "too_long")),
        _ => {}
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let outcome = change(tx, ctx, item.conversation, &item.change);
        match outcome {
            Err(error) if !is_refusal(error.kind) => return Err(error),
            outcome => outcomes.push(outcome),
        }
    }
    Ok(outcomes)
}

/// Said before anything was written, so the others may go on.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Conflict | ErrorKind::Invalid)
}

fn change(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId, change: &Change) -> Outcome {
    let me = agent(ctx)?;
    let mut conversation = queries::visible(tx, ctx, id)?;
    check(tx, ctx, &conversation, change)?;
    let mut undo = Change::default();
    if let Some(status) = change.status.filter(|status| *status != conversation.status) {
        undo.status = Some(conversation.status);
        undo.snooze = conversation.snooze.map(aside);
        match status {
            Status::Open => lifecycle::reopen(tx, ctx, &mut conversation, Author::Agent(me))?,
            Status::Resolved => lifecycle::resolve(tx, ctx, &mut conversation, Author::Agent(me))?,
        }
    }
    if let Some(assignee) = change.assignee.filter(|assignee| *assignee != conversation.assignee) {
        undo.assignee = Some(conversation.assignee);
        lifecycle::assign(tx, ctx, &mut conversation, Author::Agent(me), assignee)?;
        conversation.entrusted = change.entrusted && assignee.is_some();
        store::update(tx, &conversation)?;
        undo.expected_epoch = Some(conversation.owner_epoch);
    }
    if let Some(wanted) = change.snooze.filter(|wanted| *wanted != conversation.snooze.map_or(Aside::No, aside)) {
        undo.snooze = Some(conversation.snooze.map_or(Aside::No, aside));
        match wanted {
            Aside::No => snooze::wake(tx, ctx, &mut conversation, Author::Agent(me))?,
            Aside::UntilReply => snooze::set(tx, ctx, &mut conversation, me, None)?,
            Aside::Until(until) => snooze::set(tx, ctx, &mut conversation, me, Some(until))?,
        }
    }
    label(tx, ctx, &mut conversation, change, &mut undo)?;
    if let Some(reading) = change.reading {
        undo.reading = read(tx, ctx, &conversation, me, reading)?;
    }
    Ok(undo)
}

/// What a customer said before they began it, by a room that asked.
pub fn tag_begun(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId, tags: &[TagId]) -> Result<()> {
    let mut conversation = queries::visible(tx, ctx, id)?;
    for tag in tags.iter().take(TAGS_MAX) {
        tagging_store::insert(tx, id, *tag)?;
    }
    if tags.is_empty() { Ok(()) } else { lifecycle::tell(tx, ctx, &mut conversation) }
}

/// Priority and tags: no activities, one telling.
fn label(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    change: &Change,
    undo: &mut Change,
) -> Result<()> {
    if let Some(priority) = change.priority.filter(|priority| *priority != conversation.priority) {
        undo.priority = Some(conversation.priority);
        conversation.priority = priority;
    }
    let has = tagging_store::list(tx, conversation.id)?;
    for tag in change.remove_tags.iter().filter(|tag| has.contains(tag)) {
        tagging_store::delete(tx, conversation.id, *tag)?;
        undo.add_tags.push(*tag);
    }
    for tag in change.add_tags.iter().filter(|tag| !has.contains(tag)) {
        tagging_store::insert(tx, conversation.id, *tag)?;
        undo.remove_tags.push(*tag);
    }
    let same = undo.priority.is_none() && undo.add_tags.is_empty() && undo.remove_tags.is_empty();
    if same { Ok(()) } else { lifecycle::tell(tx, ctx, conversation) }
}

fn read(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &Conversation,
    me: UserId,
    reading: Reading,
) -> Result<Option<Reading>> {
    match reading {
        Reading::Unread => {
            let before = snooze::mark_unread(tx, ctx, conversation, me)?;
            Ok((before > 0).then_some(Reading::UpTo(before)))
        }
        Reading::UpTo(seq) => {
            let mark = super::commands::Mark { conversation: conversation.id, delivered: seq, read: seq };
            super::commands::mark(tx, ctx, &mark)?;
            Ok(Some(Reading::Unread))
        }
    }
}

/// All that can be refused, before anything is written.
fn check(tx: &Tx<'_>, ctx: &Ctx, conversation: &Conversation, change: &Change) -> Result<()> {
    if change.expected_epoch.is_some_and(|epoch| epoch != conversation.owner_epoch) {
        return Err(Error::conflict("conversation.assignee_changed", "Somebody else was faster."));
    }
    if let Some(Some(user)) = change.assignee
        && !lifecycle::can_serve(tx, conversation, user)?
    {
        return Err(Error::invalid("assignee", "unknown"));
    }
    if let Some(wanted @ (Aside::UntilReply | Aside::Until(_))) = change.snooze {
        if change.status.unwrap_or(conversation.status) == Status::Resolved {
            return Err(Error::conflict("conversation.resolved", "What is resolved cannot be put aside."));
        }
        snooze::check(ctx, if let Aside::Until(until) = wanted { Some(until) } else { None })?;
    }
    for tag in &change.add_tags {
        tags::queries::find(tx, *tag)?.ok_or_else(|| Error::invalid("add_tags", "unknown"))?;
    }
    let many = |tags: &[TagId]| (1..tags.len()).any(|n| tags[..n].contains(&tags[n]));
    if many(&change.add_tags) || many(&change.remove_tags) {
        return Err(Error::invalid("add_tags", "invalid"));
    }
    let has = tagging_store::list(tx, conversation.id)?;
    let added = change.add_tags.iter().filter(|tag| !has.contains(tag)).count();
    let removed = change.remove_tags.iter().filter(|tag| has.contains(tag)).count();
    if added > 0 && has.len() + added - removed > TAGS_MAX {
        return Err(Error::invalid("add_tags", "too_long"));
    }
    if conversation.last_seq + ACTIVITIES_MAX > MessageKey::SEQ_MAX {
        return Err(Error::invalid("conversation", "too_long"));
    }
    Ok(())
}

fn aside(snooze: super::model::Snooze) -> Aside {
    snooze.until.map_or(Aside::UntilReply, Aside::Until)
}

fn agent(ctx: &Ctx) -> Result<UserId> {
    match ctx.actor {
        Actor::User { id, .. } => Ok(id),
        Actor::Visitor { .. } | Actor::System => Err(Error::not_found()),
    }
}
