//! Adding one message to a conversation: the numbering, and what a message changes besides.

use super::events::MessageCreated;
use super::model::{Activity, Author, Conversation, Kind, Message, MessageKey};
use super::store;
use crate::attachments;
use crate::db::Tx;
use crate::identity;
use crate::kernel::{AttachmentId, Ctx, Error, Result};

/// What a message says.
pub(super) enum Content<'a> {
    Words { kind: Kind, client_id: [u8; 16], text: &'a str, attachments: &'a [AttachmentId] },
    Activity(Activity),
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
        Content::Words { kind, .. } => *kind == Kind::Text,
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
        position: tx.next_position(),
        at: ctx.now,
    };
    let message = match *content {
        Content::Activity(activity) => Message { activity: Some(activity), ..message },
        Content::Words { kind, client_id, text, attachments } => {
            let seq = conversation.last_seq;
            let attachments = attachments::claim(tx, ctx, attachments, conversation.id, seq, !is_public)?;
            note_words(conversation, ctx, author, kind);
            Message { kind, client_id: Some(client_id), text: text.to_owned(), attachments, ..message }
        }
    };
    store::insert_message(tx, &message)?;
    store::update(tx, conversation)?;
    announce(tx, ctx, conversation, message.clone())?;
    Ok(message)
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
