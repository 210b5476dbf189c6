//! Reading conversations. Everything here answers only what the acting person may see.

use super::filter::Filter;
use super::listing_store::{self, Place, Wanted};
use super::model::{Author, Conversation, ConversationView, CustomerSummary, Marks, Message, MessageKey, Status, Verb};
use super::{lifecycle, owner_store, revision_store, store, tagging_store, waiting_store};
use crate::attachments::{self, Attachment, Owner};
use crate::channels::access;
use crate::customers;
use crate::db::Snapshot;
use crate::hub::Visibility;
use crate::kernel::{Actor, AttachmentId, ChannelId, ConversationId, Ctx, CustomerId, Error, Page, Result, UserId};

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
    let tags = tagging_store::list(snapshot, conversation.id)?;
    Ok(ConversationView { conversation, customer, last_message, tags, unread })
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

/// The acting person's look at the inbox.
pub fn list(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    filter: &Filter,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<ConversationView>> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let wanted = Wanted { filter, me, visibility: &access::visibility(snapshot, ctx)?, now: ctx.now };
    let rows = listing_store::list(snapshot, &wanted, after.map(Place::parse).transpose()?, limit + 1)?;
    let page = Page::from_overfetch(rows, limit, |(_, place)| place.text());
    let items = page.items.into_iter().map(|(c, _)| view(snapshot, c, Some(me))).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next: page.next })
}

/// How many such a look would show, up to [`COUNT_MAX`].
pub fn count(snapshot: &Snapshot<'_>, ctx: &Ctx, filter: &Filter) -> Result<i64> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let wanted = Wanted { filter, me, visibility: &access::visibility(snapshot, ctx)?, now: ctx.now };
    listing_store::count(snapshot, &wanted, COUNT_MAX)
}

#[derive(Clone, Copy, Debug)]
pub struct Counts {
    pub unassigned: i64,
    pub mine: i64,
    pub all: i64,
    pub snoozed: i64,
    pub resolved: i64,
    pub unread: i64,
    pub handed_back: i64,
    pub mentions: i64,
}

pub fn counts(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Counts> {
    let me = acting_user(ctx).ok_or_else(Error::not_found)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let of = |view| count(snapshot, ctx, &Filter::preset(view).unwrap_or_default());
    Ok(Counts {
        unassigned: of("unassigned")?,
        mine: of("mine")?,
        all: of("all")?,
        snoozed: of("snoozed")?,
        resolved: of("resolved")?,
        handed_back: still_handed_back(snapshot, me, &visibility)?.len() as i64,
        unread: listing_store::count_with_unread(snapshot, me, &visibility, COUNT_MAX)?,
        mentions: super::mentions::unseen(snapshot, ctx)?.len() as i64,
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

/// Who waits and is nobody's, longest first. Without asking who: for rooms that tell each their own place.
pub fn waiting(snapshot: &Snapshot<'_>, limit: usize) -> Result<Vec<(ChannelId, CustomerId)>> {
    waiting_store::list(snapshot, limit)
}

/// Whether the acting visitor's next message goes on with a conversation, or begins one.
pub fn goes_on(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<bool> {
    let current = current_of_visitor(snapshot, ctx)?;
    current.map_or(Ok(false), |found| lifecycle::takes_more(snapshot, ctx, &found))
}

/// Whether the acting visitor sent this message before.
pub fn was_sent(snapshot: &Snapshot<'_>, ctx: &Ctx, client_id: &[u8; 16]) -> Result<bool> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    Ok(store::find_by_client_id(snapshot, client_id, Author::Customer(customer))?.is_some())
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

/// The acting visitor's messages that came up to `position` and were changed after it, each with its change's position.
pub fn visitor_changes(snapshot: &Snapshot<'_>, ctx: &Ctx, position: i64) -> Result<Vec<(i64, Message)>> {
    let mut found = Vec::new();
    for conversation in of_visitor(snapshot, ctx)? {
        for (key, changed) in revision_store::list_changed(snapshot, &conversation, position)? {
            found.extend(store::find_message(snapshot, key)?.map(|message| (changed, message)));
        }
    }
    Ok(found)
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
