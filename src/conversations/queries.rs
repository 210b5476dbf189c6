//! Reading conversations. Everything here answers only what the acting person may see.

use super::model::{Conversation, ConversationView, CustomerSummary, Marks, Message, MessageKey, Status, Verb, View};
use super::owner_store;
use super::store::{self, Filter};
use crate::attachments::{self, Attachment, Owner};
use crate::channels::access;
use crate::customers;
use crate::db::Snapshot;
use crate::hub::Visibility;
use crate::kernel::{
    Actor, AttachmentId, ChannelId, ConversationId, Ctx, CustomerId, Error, Millis, Page, Result, UserId,
};

/// A count above this is only "more than".
pub const COUNT_MAX: i64 = 1_000;
/// How many of a customer's conversations make up their history.
const HISTORY_CONVERSATIONS_MAX: usize = 200;

/// The conversation, if the acting person may see it; NotFound otherwise.
pub fn visible(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<Conversation> {
    let conversation = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    match ctx.actor {
        Actor::Visitor { customer, .. } if customer == conversation.customer => Ok(conversation),
        Actor::User { .. } => {
            access::require(snapshot, ctx, conversation.channel)?;
            Ok(conversation)
        }
        _ => Err(Error::not_found()),
    }
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<ConversationView> {
    let conversation = visible(snapshot, ctx, id)?;
    view(snapshot, conversation, acting_user(ctx))
}

/// With what a list shows of it; `reader` says whose unread messages to count.
pub(super) fn view(
    snapshot: &Snapshot<'_>,
    conversation: Conversation,
    reader: Option<UserId>,
) -> Result<ConversationView> {
    let customer = customers::find(snapshot, conversation.customer)?.ok_or_else(Error::not_found)?;
    let last_message = match conversation.last_words_seq {
        0 => None,
        seq => store::find_message(snapshot, MessageKey::new(conversation.id, seq))?,
    };
    let count = |user| store::count_unread(snapshot, &conversation, store::read_seq(snapshot, user, conversation.id)?);
    let unread = reader.map(count).transpose()?;
    let customer = CustomerSummary { id: customer.id, name: customer.name, email: customer.email };
    Ok(ConversationView { conversation, customer, last_message, unread })
}

/// For telling again what `conversation.updated` told.
pub(super) fn recorded(snapshot: &Snapshot<'_>, id: ConversationId) -> Result<Option<ConversationView>> {
    store::find(snapshot, id)?.map(|conversation| view(snapshot, conversation, None)).transpose()
}

/// The marks in the customer's numbering.
pub fn public_marks(snapshot: &Snapshot<'_>, conversation: &Conversation) -> Result<Marks> {
    let public = |seq| store::public_of_seq(snapshot, conversation.id, seq);
    let marks = conversation.marks;
    Ok(Marks {
        customer_delivered: public(marks.customer_delivered)?,
        customer_read: public(marks.customer_read)?,
        agent_delivered: public(marks.agent_delivered)?,
        agent_read: public(marks.agent_read)?,
    })
}

pub fn list(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    wanted: View,
    channel: Option<ChannelId>,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<ConversationView>> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let filter = Filter { view: wanted, me, visibility: &visibility, channel };
    let after = after.map_or(Ok((Millis(i64::MAX), ConversationId(i64::MAX))), parse_after)?;
    let rows = store::list(snapshot, &filter, after, limit + 1)?;
    let page = Page::from_overfetch(rows, limit, |c| format!("{}.{}", c.updated_at.0, c.id.0));
    let items = page.items.into_iter().map(|c| view(snapshot, c, Some(me))).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next: page.next })
}

fn parse_after(after: &str) -> Result<(Millis, ConversationId)> {
    let parts = after.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
    let (at, id) = parts.ok_or_else(|| Error::malformed("\"after\" must be the \"next\" of a page before"))?;
    Ok((Millis(at), ConversationId(id)))
}

#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub unassigned: i64,
    pub mine: i64,
    pub all: i64,
    pub resolved: i64,
    pub unread: i64,
    pub handed_back: i64,
}

pub fn counts(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Counts> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let filter = |view| Filter { view, me, visibility: &visibility, channel: None };
    let count = |view| store::count(snapshot, &filter(view), COUNT_MAX);
    Ok(Counts {
        unassigned: count(View::Unassigned)?,
        mine: count(View::Mine)?,
        all: count(View::All)?,
        resolved: count(View::Resolved)?,
        handed_back: still_handed_back(snapshot, me, &visibility)?.len() as i64,
        unread: store::count_with_unread(snapshot, &filter(View::All), COUNT_MAX)?,
    })
}

/// What was taken from the acting person while they could not be reached, is open, has had nobody since, and they have
/// not said that they know; latest activity first.
pub fn handed_back(snapshot: &Snapshot<'_>, ctx: &Ctx, limit: usize) -> Result<Vec<ConversationView>> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let mut found = still_handed_back(snapshot, me, &access::visibility(snapshot, ctx)?)?;
    found.sort_unstable_by_key(|c| std::cmp::Reverse((c.updated_at, c.id)));
    found.into_iter().take(limit).map(|c| view(snapshot, c, Some(me))).collect()
}

fn still_handed_back(snapshot: &Snapshot<'_>, me: UserId, visibility: &Visibility) -> Result<Vec<Conversation>> {
    let mut found = owner_store::list_handed_back(snapshot, me, COUNT_MAX as usize)?;
    found.retain(|c| c.status == Status::Open && visibility.sees(c.channel));
    Ok(found)
}

/// The newest activity of these kinds, and its seq.
pub fn newest_activity(snapshot: &Snapshot<'_>, id: ConversationId, verbs: &[Verb]) -> Result<Option<(i64, Verb)>> {
    let found = store::newest_activity(snapshot, id, verbs)?;
    Ok(found.map(|(key, verb)| (key.seq(), verb)))
}

/// Which part of a history.
#[derive(Clone, Copy, Debug)]
pub enum Range {
    Newest,
    Before(i64),
    After(i64),
}

pub struct History {
    pub messages: Vec<Message>,
    pub last_seq: i64,
}

pub fn messages(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId, range: Range, limit: usize) -> Result<History> {
    let conversation = visible(snapshot, ctx, id)?;
    let (bounds, newest) = match range {
        Range::Newest => ((1, conversation.last_seq), true),
        Range::Before(seq) => ((1, seq.saturating_sub(1)), true),
        Range::After(seq) => ((seq.saturating_add(1), conversation.last_seq), false),
    };
    let messages = store::list_messages(snapshot, id, bounds, newest, limit)?;
    Ok(History { messages, last_seq: conversation.last_seq })
}

pub fn of_customer(snapshot: &Snapshot<'_>, ctx: &Ctx, customer: CustomerId) -> Result<Vec<ConversationView>> {
    customers::queries::get(snapshot, ctx, customer)?;
    let me = acting_user(ctx);
    let visibility = access::visibility(snapshot, ctx)?;
    let all = store::list_of_customer(snapshot, customer, HISTORY_CONVERSATIONS_MAX)?;
    all.into_iter().filter(|c| visibility.sees(c.channel)).map(|c| view(snapshot, c, me)).collect()
}

/// The acting visitor's conversation that their next message belongs to, or would reopen.
pub fn current_of_visitor(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Option<Conversation>> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    store::find_current_of_customer(snapshot, customer)
}

/// The acting visitor's own conversations, newest first.
pub fn of_visitor(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Conversation>> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    store::list_of_customer(snapshot, customer, HISTORY_CONVERSATIONS_MAX)
}

/// The acting visitor's messages across their conversations with `after < position < before`, newest `limit`, ascending.
pub fn visitor_messages(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    (after, before): (i64, i64),
    limit: usize,
) -> Result<Vec<Message>> {
    let mut newest: Vec<Message> = Vec::new();
    let mut after = after;
    for conversation in of_visitor(snapshot, ctx)? {
        newest.extend(store::list_public_messages(snapshot, &conversation, (after, before), limit)?);
        newest.sort_unstable_by_key(|message| std::cmp::Reverse(message.position));
        newest.truncate(limit);
        // What is older than a full page cannot get into it any more.
        if newest.len() == limit
            && let Some(oldest) = newest.last()
        {
            after = oldest.position;
        }
    }
    newest.reverse();
    Ok(newest)
}

/// Those of `keys` that the acting person may see, in the same order, with their conversations.
pub fn visible_messages(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    keys: &[MessageKey],
) -> Result<Vec<(ConversationView, Message)>> {
    let visibility = access::visibility(snapshot, ctx)?;
    let mut found = Vec::new();
    for key in keys {
        let Some(conversation) = store::find(snapshot, key.conversation())? else { continue };
        if !visibility.sees(conversation.channel) {
            continue;
        }
        if let Some(message) = store::find_message(snapshot, *key)? {
            found.push((view(snapshot, conversation, acting_user(ctx))?, message));
        }
    }
    Ok(found)
}

/// A file the acting person may see: their own, or of a message they may see.
pub fn attachment(snapshot: &Snapshot<'_>, ctx: &Ctx, id: AttachmentId) -> Result<Attachment> {
    let attachment = attachments::get(snapshot, id)?;
    let Some(taken) = attachment.taken else {
        let is_own = Owner::acting(ctx.actor)? == attachment.owner;
        return if is_own { Ok(attachment) } else { Err(Error::not_found()) };
    };
    visible(snapshot, ctx, taken.conversation)?;
    if taken.internal && matches!(ctx.actor, Actor::Visitor { .. }) {
        return Err(Error::not_found());
    }
    Ok(attachment)
}

/// Without asking who: for rooms that read events.
pub fn find(snapshot: &Snapshot<'_>, id: ConversationId) -> Result<Option<Conversation>> {
    store::find(snapshot, id)
}

/// A message by its place, without asking who: for rooms that read events.
pub fn find_message(snapshot: &Snapshot<'_>, key: MessageKey) -> Result<Option<Message>> {
    store::find_message(snapshot, key)
}

/// How far `user` has read.
pub(super) fn read_seq(snapshot: &Snapshot<'_>, user: UserId, id: ConversationId) -> Result<i64> {
    store::read_seq(snapshot, user, id)
}

fn acting_user(ctx: &Ctx) -> Option<UserId> {
    match ctx.actor {
        Actor::User { id, .. } => Some(id),
        Actor::Visitor { .. } | Actor::System => None,
    }
}
