//! Conversations on the socket: the agents' frames. Visitors' frames are `visitors`'s.

use super::wire::{AckFrame, ReceiptDto, message_limits, words_kind};
use crate::conversations::commands::{self, Mark, PostMessage};
use crate::conversations::{Receipt, References, queries};
use crate::db::Tx;
use crate::hub::Audience;
use crate::identity;
use crate::kernel::{Actor, AttachmentId, ConversationId, Ctx, CustomerId, Error, Result, UserId};
use crate::socket::{Answer, Caller, parse, refuse, reject, silent};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct SendFrame {
    id: Uuid,
    conversation: String,
    #[serde(default = "text_kind")]
    kind: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
    quote: Option<i64>,
    #[serde(default)]
    mentions: Vec<String>,
}

fn text_kind() -> String {
    "text".into()
}

pub fn send(caller: &Caller, frame: &str) -> Answer {
    match parse::<SendFrame>(frame) {
        Ok(frame) => post(caller, frame.id, post_command(caller, frame), commands::post),
        Err(error) => refuse_send(frame, &error),
    }
}

#[derive(Deserialize)]
struct SentId {
    id: Uuid,
}

/// A `send` that cannot be used is rejected under its id, if it has one: somebody waits for that.
pub fn refuse_send(frame: &str, error: &Error) -> Answer {
    match parse::<SentId>(frame) {
        Ok(SentId { id }) => {
            let text = reject(id, error);
            Box::pin(async move { Some(text) })
        }
        Err(_) => refuse(error),
    }
}

fn post_command(caller: &Caller, frame: SendFrame) -> Result<PostMessage> {
    Ok(PostMessage {
        conversation: Some(frame.conversation.parse()?),
        kind: words_kind(&frame.kind)?,
        client_id: frame.id.into_bytes(),
        text: frame.text,
        attachments: attachment_ids(&frame.attachments)?,
        refers: References { quote: frame.quote, mentions: user_ids(&frame.mentions)? },
        limits: message_limits(&caller.limits),
    })
}

pub fn attachment_ids(ids: &[String]) -> Result<Vec<AttachmentId>> {
    ids.iter().map(|id| id.parse()).collect()
}

pub fn user_ids(ids: &[String]) -> Result<Vec<UserId>> {
    ids.iter().map(|id| id.parse()).collect()
}

/// What stores a message: ours, or that of a door which asks something first.
pub type Post = fn(&mut Tx<'_>, &Ctx, &PostMessage) -> Result<Receipt>;

/// Queues a message of anybody's and answers `ack` or `reject`.
pub fn post(caller: &Caller, id: Uuid, command: Result<PostMessage>, post: Post) -> Answer {
    let command = match caller.rates.check_message(caller.actor).and(command) {
        Ok(command) => command,
        Err(error) => {
            let text = reject(id, &error);
            return Box::pin(async move { Some(text) });
        }
    };
    let ctx = caller.ctx();
    let for_visitor = matches!(ctx.actor, Actor::Visitor { .. });
    let stored = caller.db.write(move |tx| post(tx, &ctx, &command));
    Box::pin(async move {
        Some(match stored.await {
            Ok(receipt) => {
                let ack = AckFrame::from(ReceiptDto::new(&receipt, for_visitor));
                serde_json::to_string(&ack).unwrap_or_default().into()
            }
            Err(error) => reject(id, &error),
        })
    })
}

#[derive(Deserialize)]
struct MarkFrame {
    conversation: String,
    #[serde(default)]
    delivered: i64,
    #[serde(default)]
    read: i64,
}

/// Agents and visitors alike: each in their own seqs.
pub fn mark(caller: &Caller, frame: &str) -> Answer {
    let allowed = caller.rates.check_change(caller.actor);
    let command = allowed.and_then(|()| parse::<MarkFrame>(frame)).and_then(|frame| {
        let conversation: ConversationId = frame.conversation.parse()?;
        Ok(Mark { conversation, delivered: frame.delivered, read: frame.read })
    });
    let command = match command {
        Ok(command) => command,
        Err(error) => return refuse(&error),
    };
    let ctx = caller.ctx();
    let marked = caller.db.write(move |tx| commands::mark(tx, &ctx, &command));
    Box::pin(async move {
        match marked.await {
            Ok(()) => None,
            Err(error) => refuse(&error).await,
        }
    })
}

#[derive(Deserialize)]
struct TypingFrame {
    conversation: String,
    active: bool,
}

/// Not stored: to the customer and to the colleagues who see the conversation.
pub fn typing(caller: &Caller, frame: &str) -> Answer {
    let Actor::User { id: me, .. } = caller.actor else { return silent() };
    let parsed = parse::<TypingFrame>(frame).and_then(|frame| {
        let id: ConversationId = frame.conversation.parse()?;
        Ok((id, frame.active))
    });
    let (id, active) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let ctx = caller.ctx();
    let hub = caller.hub.clone();
    let found = caller.db.clone();
    Box::pin(async move {
        let looked_up = found
            .read(move |snapshot| {
                let conversation = queries::visible(snapshot, &ctx, id)?;
                let person = identity::find_user(snapshot, me)?.ok_or_else(Error::not_found)?;
                Ok((conversation, person))
            })
            .await;
        match looked_up {
            Ok((conversation, person)) => {
                let author = serde_json::json!({"kind": "agent", "id": me.to_string()});
                let agents =
                    serde_json::json!({"conversation": id.to_string(), "author": author, "active": active}).to_string();
                let face = serde_json::json!({"name": person.name, "avatar_url": person.avatar_url});
                let customer = serde_json::json!({"author": face, "active": active}).to_string();
                let customer: (CustomerId, String) = (conversation.customer, customer);
                hub.tell("typing", Audience::Channel(conversation.channel), Some(&agents), Some(customer));
                None
            }
            Err(error) => refuse(&error).await,
        }
    })
}

#[derive(Deserialize)]
struct LookingFrame {
    /// `null`: at none.
    conversation: Option<String>,
}

/// Not stored: the colleagues who see the conversation hear who else has it before them.
pub fn looking(caller: &Caller, frame: &str) -> Answer {
    let Actor::User { id: me, .. } = caller.actor else { return silent() };
    let parsed = parse::<LookingFrame>(frame)
        .and_then(|frame| frame.conversation.map(|id| id.parse::<ConversationId>()).transpose());
    let wanted = match parsed {
        Ok(wanted) => wanted,
        Err(error) => return refuse(&error),
    };
    let (ctx, hub, db, place) = (caller.ctx(), caller.hub.clone(), caller.db.clone(), caller.place);
    let ticket = hub.begin_look(place);
    Box::pin(async move {
        let Some(id) = wanted else {
            hub.look(place, ticket, me, None);
            return None;
        };
        match db.read(move |snapshot| queries::visible(snapshot, &ctx, id)).await {
            Ok(conversation) => {
                hub.look(place, ticket, me, Some((id, conversation.channel)));
                None
            }
            Err(error) => refuse(&error).await,
        }
    })
}
