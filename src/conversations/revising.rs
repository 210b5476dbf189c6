//! Mending what one said, and taking it back, for as long as the channel lets one.
//!
//! The message keeps its place, and the customer sees that it was changed. What it said before stays on record for
//! everybody who may see the conversation; the customer hears no more of it.

use super::events::MessageUpdated;
use super::model::{Author, Conversation, Kind, Message, MessageKey, MessageLimits};
use super::revision_store::{self as revisions, Saying};
use super::{mentions, queries, store};
use crate::attachments::{self, Attachment};
use crate::channels;
use crate::db::{Snapshot, Tx};
use crate::identity;
use crate::kernel::{Actor, ConversationId, Ctx, Error, ErrorKind, Millis, Result, UserId};

/// Each keeps what was said before.
const TIMES_MAX: i64 = 50;

pub struct Edit {
    pub conversation: ConversationId,
    pub seq: i64,
    pub text: String,
    /// Whom the note calls now.
    pub mentions: Vec<UserId>,
    pub limits: MessageLimits,
}

pub fn edit(tx: &mut Tx<'_>, ctx: &Ctx, command: &Edit) -> Result<Message> {
    let (conversation, before) = own(tx, ctx, command.conversation, command.seq)?;
    if before.revised.recalled_at.is_some() {
        return Err(Error::conflict("message.recalled", "It was taken back."));
    }
    command.limits.check(&command.text, before.attachments.len())?;
    let mentions = mentions::checked(tx, &conversation, before.author, before.kind, &command.mentions)?;
    if before.text == command.text && before.mentions == mentions {
        return Ok(before);
    }
    in_time(tx, ctx, &conversation, &before)?;
    let mut after = Message { text: command.text.clone(), mentions, ..before.clone() };
    after.revised.edited_at = Some(ctx.now);
    save(tx, ctx, &conversation, &before, after)
}

/// Again changes nothing.
pub fn recall(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId, seq: i64) -> Result<Message> {
    let (conversation, before) = own(tx, ctx, id, seq)?;
    if before.revised.recalled_at.is_some() {
        return Ok(before);
    }
    in_time(tx, ctx, &conversation, &before)?;
    let mut after = Message { mentions: Vec::new(), ..before.clone() };
    after.revised.recalled_at = Some(ctx.now);
    attachments::withdraw(tx, id, seq)?;
    save(tx, ctx, &conversation, &before, after)
}

/// What it said, from first to now, and the files that came with it.
pub struct Record {
    pub sayings: Vec<Saying>,
    pub recalled_at: Option<Millis>,
    pub attachments: Vec<Attachment>,
}

pub fn record(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId, seq: i64) -> Result<Record> {
    let (_, message) = words(snapshot, ctx, id, seq)?;
    let mut sayings = revisions::list(snapshot, message.key)?;
    let recalled_at = message.revised.recalled_at;
    if recalled_at.is_none() {
        sayings.push(saying(&message));
    }
    Ok(Record { sayings, recalled_at, attachments: message.attachments })
}

/// What it said when it was sent.
pub fn first_words(snapshot: &Snapshot<'_>, message: &Message) -> Result<String> {
    let changed = message.revised.times > 0;
    let first = if changed { revisions::find_first(snapshot, message.key)? } else { None };
    Ok(first.unwrap_or_else(|| message.text.clone()))
}

fn saying(message: &Message) -> Saying {
    Saying { text: message.text.clone(), at: message.revised.edited_at.unwrap_or(message.at) }
}

/// A message of a conversation that the acting person of ours may see.
fn words(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId, seq: i64) -> Result<(Conversation, Message)> {
    let Actor::User { .. } = ctx.actor else { return Err(Error::not_found()) };
    let conversation = queries::visible(snapshot, ctx, id)?;
    if !(1..=conversation.last_seq).contains(&seq) {
        return Err(Error::not_found());
    }
    let found = store::find_message(snapshot, MessageKey::new(id, seq))?;
    let message = found.filter(|message| message.kind != Kind::Activity).ok_or_else(Error::not_found)?;
    Ok((conversation, message))
}

fn own(tx: &Tx<'_>, ctx: &Ctx, id: ConversationId, seq: i64) -> Result<(Conversation, Message)> {
    let (conversation, message) = words(tx, ctx, id, seq)?;
    match ctx.actor {
        Actor::User { id, .. } if message.author == Author::Agent(id) => Ok((conversation, message)),
        _ => Err(Error::new(ErrorKind::Forbidden, "message.not_yours", "Somebody else wrote it.")),
    }
}

fn in_time(tx: &Tx<'_>, ctx: &Ctx, conversation: &Conversation, message: &Message) -> Result<()> {
    let minutes = channels::queries::find(tx, conversation.channel)?.map_or(0, |c| c.settings.revise_minutes);
    let too_late = ctx.now.since(message.at) >= Millis::minutes(i64::from(minutes));
    if too_late || message.revised.times >= TIMES_MAX {
        return Err(Error::conflict("message.too_late", "It can no longer be changed: write another one."));
    }
    Ok(())
}

fn save(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &Conversation,
    before: &Message,
    mut after: Message,
) -> Result<Message> {
    revisions::insert(tx, before.key, before.revised.times, &saying(before), tx.next_position())?;
    after.revised.times += 1;
    store::update_message(tx, &after)?;
    mentions::set(tx, ctx, &after)?;
    let agent = match after.author {
        Author::Agent(user) if after.public_seq > 0 => identity::find_user(tx, user)?,
        _ => None,
    };
    let (channel, customer) = (conversation.channel, conversation.customer);
    tx.emit(ctx.now, MessageUpdated { message: after.clone(), channel, customer, agent })?;
    Ok(after)
}
