//! Adding one message to a conversation: the numbering, and what a message changes besides.

use super::events::MessageCreated;
use super::model::{Activity, Author, Conversation, Kind, Message, MessageKey, Quote, References, Revised};
use super::{mentions, store};
use crate::attachments;
use crate::db::Tx;
use crate::identity;
use crate::kernel::{AttachmentId, Ctx, Error, Result};

/// What a message says.
pub(super) enum Content<'a> {
    Words(Words<'a>),
    Activity(Activity),
}

#[derive(Clone, Copy)]
pub(super) struct Words<'a> {
    pub kind: Kind,
    pub client_id: [u8; 16],
    pub text: &'a str,
    pub attachments: &'a [AttachmentId],
    pub refers: &'a References,
}

/// Numbers, stores and announces a message; `conversation` is brought up to date and saved.
pub(super) fn append(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &mut Conversation,
    author: Author,
    content: &Content<'_>,
) -> Result<Message> {
    if conversation.last_seq >= MessageKey::SEQ_MAX {
        return Err(Error::invalid("conversation", "too_long"));
    }
    let is_public = match content {
        Content::Words(words) => words.kind == Kind::Text,
        Content::Activity(activity) => activity.verb.is_public(),
    };
    conversation.last_seq += 1;
    if is_public {
        conversation.last_public_seq += 1;
    }
    let message = Message {
        key: MessageKey::new(conversation.id, conversation.last_seq),
        public_seq: if is_public { conversation.last_public_seq } else { 0 },
        kind: Kind::Activity,
        author,
        client_id: None,
        text: String::new(),
        activity: None,
        attachments: Vec::new(),
        quote: None,
        mentions: Vec::new(),
        revised: Revised::default(),
        position: tx.next_position(),
        at: ctx.now,
    };
    let message = match *content {
        Content::Activity(activity) => Message { activity: Some(activity), ..message },
        Content::Words(Words { kind, client_id, text, attachments, refers }) => {
            let seq = conversation.last_seq;
            let quote = refers.quote.map(|seq| quoted(tx, conversation, kind, seq)).transpose()?;
            let mentions = mentions::checked(tx, conversation, author, kind, &refers.mentions)?;
            let attachments = attachments::claim(tx, ctx, attachments, conversation.id, seq, !is_public)?;
            note_words(conversation, ctx, author, kind);
            let text = text.to_owned();
            Message { kind, client_id: Some(client_id), text, attachments, quote, mentions, ..message }
        }
    };
    mentions::set(tx, ctx, &message)?;
    store::insert_message(tx, &message)?;
    store::update(tx, conversation)?;
    announce(tx, ctx, conversation, message.clone())?;
    Ok(message)
}

/// Words for the customer answer only what the customer may see.
fn quoted(tx: &Tx<'_>, conversation: &Conversation, kind: Kind, seq: i64) -> Result<Quote> {
    let unknown = || Error::invalid("quote", "unknown");
    if !(1..conversation.last_seq).contains(&seq) {
        return Err(unknown());
    }
    let quote = store::find_quote(tx, MessageKey::new(conversation.id, seq))?.ok_or_else(unknown)?;
    let fits = quote.kind != Kind::Activity && (kind == Kind::Note || quote.public_seq > 0) && !quote.recalled;
    if fits { Ok(quote) } else { Err(unknown()) }
}

/// Whose turn it is now.
fn note_words(conversation: &mut Conversation, ctx: &Ctx, author: Author, kind: Kind) {
    conversation.last_words_seq = conversation.last_seq;
    conversation.updated_at = ctx.now;
    match (author, kind) {
        (Author::Customer(_), _) => {
            conversation.waiting_since_at.get_or_insert(ctx.now);
            conversation.entrusted = false;
        }
        (Author::Agent(_), Kind::Text) => {
            conversation.waiting_since_at = None;
            conversation.entrusted = false;
            conversation.marks.agent_delivered = conversation.last_seq;
            conversation.marks.agent_read = conversation.last_seq;
        }
        _ => {}
    }
}

fn announce(tx: &mut Tx<'_>, ctx: &Ctx, conversation: &Conversation, message: Message) -> Result<()> {
    let agent = match message.author {
        Author::Agent(user) if message.public_seq > 0 => identity::find_user(tx, user)?,
        _ => None,
    };
    let event = MessageCreated { message, channel: conversation.channel, customer: conversation.customer, agent };
    tx.emit(ctx.now, event).map(drop)
}
