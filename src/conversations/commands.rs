//! What one can do with conversations.

use super::events::ConversationRead;
use super::lifecycle;
use super::model::{Activity, Author, Conversation, Kind, MessageLimits, Receipt, References, Status};
use super::posting::{Content, Words, append};
use super::{Message, owner_store, queries, revising, snooze, store};
use crate::db::Tx;
use crate::kernel::{Actor, AttachmentId, ConversationId, Ctx, Error, Result, UserId};

/// A message from anybody: an agent to a conversation they may see, a visitor to their own.
pub struct PostMessage {
    /// `None` for visitors: the server knows theirs.
    pub conversation: Option<ConversationId>,
    pub kind: Kind,
    pub client_id: [u8; 16],
    pub text: String,
    pub attachments: Vec<AttachmentId>,
    pub refers: References,
    pub limits: MessageLimits,
}

pub fn post(tx: &mut Tx<'_>, ctx: &Ctx, command: &PostMessage) -> Result<Receipt> {
    let author = author(ctx)?;
    let may_write = match author {
        Author::Agent(_) => matches!(command.kind, Kind::Text | Kind::Note) && command.conversation.is_some(),
        Author::Customer(_) => command.kind == Kind::Text,
        Author::System => false,
    };
    if !may_write {
        return Err(Error::invalid("kind", "invalid"));
    }
    command.limits.check(&command.text, command.attachments.len())?;
    if let Some(stored) = store::find_by_client_id(tx, &command.client_id, author)? {
        return repeat(tx, command, &stored);
    }
    let mut conversation = match (author, command.conversation) {
        (Author::Customer(customer), _) => lifecycle::for_customer(tx, ctx, customer)?,
        (_, Some(id)) => queries::visible(tx, ctx, id)?,
        (_, None) => return Err(Error::not_found()),
    };
    if let (Author::Customer(_), Some(assignee)) = (author, conversation.assignee)
        && !lifecycle::can_serve(tx, &conversation, assignee)?
    {
        // Whoever left, or lost the channel, answers nobody: the others must see that somebody waits.
        lifecycle::assign(tx, ctx, &mut conversation, Author::System, None)?;
    }
    if let Author::Customer(_) = author {
        snooze::wake(tx, ctx, &mut conversation, Author::System)?;
    }
    if let Author::Agent(user) = author
        && command.kind == Kind::Text
    {
        answering(tx, ctx, &mut conversation, user)?;
    }
    let content = Content::Words(Words {
        kind: command.kind,
        client_id: command.client_id,
        text: &command.text,
        attachments: &command.attachments,
        refers: &command.refers,
    });
    let message = append(tx, ctx, &mut conversation, author, &content)?;
    if let Author::Agent(user) = author {
        store::raise_read_seq(tx, user, conversation.id, message.key.seq())?;
    }
    Ok(receipt(command.client_id, &message))
}

/// The retry of a message that is already stored gets the first answer, if it is the same message: as it was sent,
/// whatever became of it since.
fn repeat(tx: &Tx<'_>, command: &PostMessage, stored: &Message) -> Result<Receipt> {
    let same_files = stored.attachments.iter().map(|a| a.id).eq(command.attachments.iter().copied());
    let same_place = command.conversation.is_none_or(|id| id == stored.key.conversation());
    let same_quote = stored.quote.as_ref().map(|quote| quote.seq) == command.refers.quote;
    let same_words = revising::first_words(tx, stored)? == command.text;
    if same_words && same_quote && stored.kind == command.kind && same_files && same_place {
        return Ok(receipt(command.client_id, stored));
    }
    Err(Error::conflict("message.id_reused", "This client_id was used for another message."))
}

fn receipt(client_id: [u8; 16], message: &Message) -> Receipt {
    Receipt { client_id, key: message.key, public_seq: message.public_seq, position: message.position, at: message.at }
}

/// Who answers takes on: an answer to a resolved conversation reopens it, one to nobody's makes it theirs.
fn answering(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation, user: UserId) -> Result<()> {
    if conversation.status == Status::Resolved {
        lifecycle::reopen(tx, ctx, conversation, Author::Agent(user))?;
    }
    if conversation.assignee.is_none() {
        lifecycle::assign(tx, ctx, conversation, Author::Agent(user), Some(user))?;
    }
    Ok(())
}

/// Something happened in a room to the right, by somebody who was asked there whether they may.
pub fn note(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    author: Author,
    activity: Activity,
) -> Result<Message> {
    append(tx, ctx, conversation, author, &Content::Activity(activity))
}

/// Likewise it changes hands; the activity says how that came.
pub fn give(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    assignee: Option<UserId>,
    activity: Activity,
) -> Result<()> {
    conversation.give_to(assignee);
    append(tx, ctx, conversation, author(ctx)?, &Content::Activity(activity))?;
    lifecycle::tell(tx, ctx, conversation)
}

/// The conversation that the acting visitor is in, or begins.
pub fn of_acting_visitor(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Conversation> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    lifecycle::for_customer(tx, ctx, customer)
}

/// The acting person serves the customer by other means than words; it counts as taking on, like an answer.
pub fn take_on(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &mut Conversation) -> Result<()> {
    let Actor::User { id, .. } = ctx.actor else { return Err(Error::not_found()) };
    answering(tx, ctx, conversation, id)
}

pub struct Assign {
    pub conversation: ConversationId,
    pub assignee: Option<UserId>,
    /// Whom the caller believes to be the assignee; refused if that changed meanwhile.
    pub expected: Option<Option<UserId>>,
    /// Likewise by the epoch, which also knows of somebody who had it in between.
    pub expected_epoch: Option<i64>,
    /// The assignee is gone, and whoever assigns could see that: it waits for them.
    pub entrusted: bool,
}

pub fn assign(tx: &mut Tx<'_>, ctx: &Ctx, command: &Assign) -> Result<Conversation> {
    let author = author(ctx)?;
    let mut conversation = queries::visible(tx, ctx, command.conversation)?;
    let changed = command.expected.is_some_and(|expected| expected != conversation.assignee)
        || command.expected_epoch.is_some_and(|epoch| epoch != conversation.owner_epoch);
    if changed {
        return Err(Error::conflict("conversation.assignee_changed", "Somebody else was faster."));
    }
    if let Some(user) = command.assignee
        && !lifecycle::can_serve(tx, &conversation, user)?
    {
        return Err(Error::invalid("assignee", "unknown"));
    }
    let epoch = conversation.owner_epoch;
    lifecycle::assign(tx, ctx, &mut conversation, author, command.assignee)?;
    if command.entrusted && conversation.owner_epoch != epoch {
        conversation.entrusted = true;
        store::update(tx, &conversation)?;
    }
    Ok(conversation)
}

/// Why a conversation is given back to the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    Unreachable {
        waiting_only: bool,
    },
    /// Deactivated, or without the channel.
    NotAllowed,
}

/// Takes a conversation from its assignee, if nobody has done anything about it since it was looked at.
pub struct HandBack {
    pub conversation: ConversationId,
    pub owner_epoch: i64,
    pub reason: Reason,
}

/// The program's own. Says whether the conversation is with nobody now.
pub fn hand_back(tx: &mut Tx<'_>, ctx: &Ctx, command: &HandBack) -> Result<bool> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    let mut conversation = store::find(tx, command.conversation)?.ok_or_else(Error::not_found)?;
    let Some(assignee) = conversation.assignee else { return Ok(false) };
    let changed = conversation.owner_epoch != command.owner_epoch || conversation.status != Status::Open;
    let waiting_only = command.reason == Reason::Unreachable { waiting_only: true };
    let answered = waiting_only && conversation.waiting_since_at.is_none();
    if changed || answered {
        return Ok(false);
    }
    match command.reason {
        Reason::Unreachable { .. } => lifecycle::hand_back(tx, ctx, &mut conversation, assignee)?,
        Reason::NotAllowed if lifecycle::can_serve(tx, &conversation, assignee)? => return Ok(false),
        Reason::NotAllowed => lifecycle::assign(tx, ctx, &mut conversation, Author::System, None)?,
    }
    Ok(true)
}

/// The acting person knows now what was handed back for them.
pub fn see_handed_back(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    let Actor::User { id, .. } = ctx.actor else { return Err(Error::not_found()) };
    owner_store::delete_handbacks_of(tx, id)
}

pub fn resolve(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId) -> Result<Conversation> {
    let author = author(ctx)?;
    let mut conversation = queries::visible(tx, ctx, id)?;
    if conversation.status == Status::Open {
        lifecycle::resolve(tx, ctx, &mut conversation, author)?;
    }
    Ok(conversation)
}

pub fn reopen(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId) -> Result<Conversation> {
    let author = author(ctx)?;
    let mut conversation = queries::visible(tx, ctx, id)?;
    if conversation.status == Status::Resolved {
        lifecycle::reopen(tx, ctx, &mut conversation, author)?;
    }
    Ok(conversation)
}

/// How far somebody received and saw a conversation. An agent speaks in seqs, a visitor in public seqs.
pub struct Mark {
    pub conversation: ConversationId,
    pub delivered: i64,
    pub read: i64,
}

pub fn mark(tx: &mut Tx<'_>, ctx: &Ctx, command: &Mark) -> Result<()> {
    match ctx.actor {
        Actor::User { id, .. } => mark_by_agent(tx, ctx, id, command),
        Actor::Visitor { .. } => mark_by_customer(tx, ctx, command),
        Actor::System => Err(Error::not_found()),
    }
}

fn mark_by_agent(tx: &mut Tx<'_>, ctx: &Ctx, user: UserId, command: &Mark) -> Result<()> {
    let mut conversation = queries::visible(tx, ctx, command.conversation)?;
    let read = command.read.clamp(0, conversation.last_seq);
    let delivered = command.delivered.clamp(read, conversation.last_seq);
    if read > 0 && store::raise_read_seq(tx, user, conversation.id, read)? {
        tx.emit(ctx.now, ConversationRead { conversation: conversation.id, user, seq: read })?;
    }
    if read > 0 && conversation.entrusted && conversation.assignee == Some(user) {
        conversation.entrusted = false;
        store::update(tx, &conversation)?;
    }
    let before = conversation.marks;
    conversation.marks.agent_delivered = before.agent_delivered.max(delivered);
    conversation.marks.agent_read = before.agent_read.max(read);
    tell_if_moved(tx, ctx, conversation, before)
}

fn mark_by_customer(tx: &mut Tx<'_>, ctx: &Ctx, command: &Mark) -> Result<()> {
    let mut conversation = queries::visible(tx, ctx, command.conversation)?;
    let read = store::seq_of_public(tx, &conversation, command.read)?;
    let delivered = store::seq_of_public(tx, &conversation, command.delivered)?.max(read);
    let before = conversation.marks;
    conversation.marks.customer_delivered = before.customer_delivered.max(delivered);
    conversation.marks.customer_read = before.customer_read.max(read);
    tell_if_moved(tx, ctx, conversation, before)
}

fn tell_if_moved(tx: &mut Tx<'_>, ctx: &Ctx, mut conversation: Conversation, before: super::Marks) -> Result<()> {
    if conversation.marks == before { Ok(()) } else { lifecycle::tell(tx, ctx, &mut conversation) }
}

fn author(ctx: &Ctx) -> Result<Author> {
    match ctx.actor {
        Actor::User { id, .. } => Ok(Author::Agent(id)),
        Actor::Visitor { customer, .. } => Ok(Author::Customer(customer)),
        Actor::System => Err(Error::not_found()),
    }
}
