//! What this domain adds to the program.

use super::api::drafts::DraftDto;
use super::api::wire::{ConversationDto, MessageDto, VisitorConversationDto, VisitorMessageDto};
use super::api::{changes, drafts as drafts_api, frames, holds, mentions, rest, revising};
use super::drafts::{self, Draft};
use super::events::{
    ConversationDeleted, ConversationRead, ConversationUpdated, DELETED, DRAFT_UPDATED, DraftUpdated, MENTIONS_SEEN,
    MESSAGE_CREATED, MESSAGE_UPDATED, MentionsSeen, MessageCreated, MessageUpdated, READ, UPDATED,
};
use super::model::{Author, Message, MessageKey};
use super::{handback, queries, snooze};
use crate::db::{Db, RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed, Hub};
use crate::identity::{self, UserSummary};
use crate::jobs::Timer;
use crate::kernel::{ChannelId, ConversationId, CustomerId, Published, Result, UserId};
use crate::socket::{FrameKind, Side};
use serde::Serialize;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    rest::routes(config);
    holds::routes(config);
    changes::routes(config);
    revising::routes(config);
    mentions::routes(config);
    drafts_api::routes(config);
}

pub fn timers(db: &Db, hub: &Hub) -> Vec<Timer> {
    vec![handback::timer(db, hub), snooze::timer(db)]
}

pub fn frame_kinds() -> Vec<FrameKind> {
    vec![
        FrameKind::new(Side::Agent, "send", frames::send),
        FrameKind::new(Side::Agent, "mark", frames::mark),
        FrameKind::new(Side::Agent, "typing", frames::typing),
        FrameKind::new(Side::Agent, "looking", frames::looking),
    ]
}

pub fn feeds() -> Vec<Feed> {
    vec![
        Feed { kind: MESSAGE_CREATED, live: message_now, replay: message_again },
        Feed { kind: MESSAGE_UPDATED, live: mended_now, replay: message_again },
        Feed { kind: DRAFT_UPDATED, live: draft_now, replay: draft_again },
        Feed { kind: MENTIONS_SEEN, live: seen_now, replay: |_, event| Ok(seen_again(event)) },
        Feed { kind: UPDATED, live: state_now, replay: state_again },
        Feed { kind: READ, live: read_now, replay: read_again },
        Feed { kind: DELETED, live: deleted_now, replay: deleted_again },
    ]
}

// ---- message.created, message.updated: both say what the message is now ----

fn message_now(published: &Published) -> Announcement {
    let Some(event) = published.get::<MessageCreated>() else { return Announcement::Nothing };
    tell_message(&event.message, event.channel, event.customer, event.agent.as_ref())
}

fn mended_now(published: &Published) -> Announcement {
    let Some(event) = published.get::<MessageUpdated>() else { return Announcement::Nothing };
    tell_message(&event.message, event.channel, event.customer, event.agent.as_ref())
}

fn message_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let (id, seq) = (ConversationId(event.subject.0), event.subject.1);
    let Some(conversation) = queries::find(snapshot, id)? else { return Ok(Announcement::Nothing) };
    let Some(message) = queries::find_message(snapshot, MessageKey::new(id, seq))? else {
        return Ok(Announcement::Nothing);
    };
    let agent = match message.author {
        Author::Agent(user) => identity::find_user(snapshot, user)?,
        _ => None,
    };
    Ok(tell_message(&message, conversation.channel, conversation.customer, agent.as_ref()))
}

#[derive(Serialize)]
struct MessageBody<M: Serialize> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    message: M,
}

fn tell_message(
    message: &Message,
    channel: ChannelId,
    customer: CustomerId,
    agent: Option<&UserSummary>,
) -> Announcement {
    let agents = body(&MessageBody { channel: Some(channel.to_string()), message: MessageDto::new(message) });
    let for_customer =
        VisitorMessageDto::new(message, agent).map(|message| (customer, body(&MessageBody { channel: None, message })));
    Announcement::Tell { audience: Audience::Channel(channel), agents: Some(agents), customer: for_customer }
}

// ---- conversation.updated ----

fn state_now(published: &Published) -> Announcement {
    let Some(event) = published.get::<ConversationUpdated>() else { return Announcement::Nothing };
    let conversation = &event.view.conversation;
    let customer = VisitorConversationDto::new(conversation, event.public_marks, event.assignee.as_ref());
    Announcement::Tell {
        audience: Audience::Channel(conversation.channel),
        agents: Some(body(&StateBody { conversation: ConversationDto::new(&event.view, None) })),
        customer: Some((conversation.customer, body(&StateBody { conversation: customer }))),
    }
}

/// Only agents replay by the log; a visitor's own replay is `visitors`'s.
fn state_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let Some(view) = queries::recorded(snapshot, ConversationId(event.subject.0))? else {
        return Ok(Announcement::Nothing);
    };
    let agents = body(&StateBody { conversation: ConversationDto::new(&view, None) });
    Ok(Announcement::to_agents(Audience::Channel(view.conversation.channel), agents))
}

#[derive(Serialize)]
struct StateBody<C: Serialize> {
    conversation: C,
}

// ---- conversation.read ----

fn read_now(published: &Published) -> Announcement {
    match published.get::<ConversationRead>() {
        Some(event) => tell_read(event.conversation, event.user, event.seq),
        None => Announcement::Nothing,
    }
}

fn read_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let (conversation, user) = (ConversationId(event.subject.0), UserId(event.subject.1));
    Ok(tell_read(conversation, user, queries::read_seq(snapshot, user, conversation)?))
}

#[derive(Serialize)]
struct ReadBody {
    conversation: String,
    read: i64,
}

fn tell_read(conversation: ConversationId, user: UserId, seq: i64) -> Announcement {
    let read = ReadBody { conversation: conversation.to_string(), read: seq };
    Announcement::to_agents(Audience::User(user), body(&read))
}

// ---- mentions.seen ----

fn seen_now(published: &Published) -> Announcement {
    match published.get::<MentionsSeen>() {
        Some(event) => tell_seen(event.user, event.conversation),
        None => Announcement::Nothing,
    }
}

fn seen_again(event: &RecordedEvent) -> Announcement {
    let (user, conversation) = event.subject;
    tell_seen(UserId(user), (conversation != 0).then_some(ConversationId(conversation)))
}

#[derive(Serialize)]
struct SeenBody {
    conversation: Option<String>,
}

fn tell_seen(user: UserId, conversation: Option<ConversationId>) -> Announcement {
    let seen = SeenBody { conversation: conversation.map(|id| id.to_string()) };
    Announcement::to_agents(Audience::User(user), body(&seen))
}

// ---- draft.updated ----

fn draft_now(published: &Published) -> Announcement {
    published.get::<DraftUpdated>().map_or(Announcement::Nothing, |event| tell_draft(&event.draft))
}

fn draft_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let (user, conversation) = (UserId(event.subject.0), ConversationId(event.subject.1));
    Ok(tell_draft(&drafts::recorded(snapshot, user, conversation, event.position)?))
}

#[derive(Serialize)]
struct DraftBody {
    draft: DraftDto,
}

fn tell_draft(draft: &Draft) -> Announcement {
    Announcement::to_agents(Audience::User(draft.user), body(&DraftBody { draft: draft.into() }))
}

// ---- conversation.deleted ----

fn deleted_now(published: &Published) -> Announcement {
    match published.get::<ConversationDeleted>() {
        Some(event) => tell_deleted(event.conversation, event.channel),
        None => Announcement::Nothing,
    }
}

fn deleted_again(_: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    Ok(tell_deleted(ConversationId(event.subject.0), ChannelId(event.subject.1)))
}

#[derive(Serialize)]
struct DeletedBody {
    conversation: String,
}

fn tell_deleted(conversation: ConversationId, channel: ChannelId) -> Announcement {
    let deleted = DeletedBody { conversation: conversation.to_string() };
    Announcement::to_agents(Audience::Channel(channel), body(&deleted))
}

/// Our own types always serialise.
fn body(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".into())
}
