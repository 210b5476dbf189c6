//! What visitors ask for.

use super::store::{self, VisitorSession};
use crate::channels;
use crate::conversations::api::wire::{VisitorConversationDto, VisitorMessageDto};
use crate::conversations::{self, Author, Conversation, Message};
use crate::db::Snapshot;
use crate::identity::{self, UserSummary};
use crate::kernel::{Actor, Ctx, Error, ErrorKind, Millis, Result, UserId};
use crate::socket::Replayed;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// A token lives this long after its last use.
const TOKEN_LIFE_MS: i64 = Millis::days(365);
/// More than this is loaded faster as a page of history.
const MISSED_MAX: usize = 1_000;
/// It waits in memory while it is written.
const MISSED_BYTES_MAX: usize = 1 << 20;

pub fn live_session(snapshot: &Snapshot<'_>, token_hash: &[u8; 32], now: Millis) -> Result<Option<VisitorSession>> {
    Ok(store::find(snapshot, token_hash)?.filter(|session| now.since(session.seen_at) < TOKEN_LIFE_MS))
}

/// A piece of a walk through all sessions.
pub struct SessionsWalked {
    /// Those whose time is over.
    pub ended: Vec<[u8; 32]>,
    /// Where to go on; `None`: that was all.
    pub next: Option<[u8; 32]>,
}

pub fn walk_sessions(snapshot: &Snapshot<'_>, after: &[u8; 32], now: Millis, limit: usize) -> Result<SessionsWalked> {
    let looked_at = store::list_after(snapshot, after, limit)?;
    let next = looked_at.last().filter(|_| looked_at.len() == limit).map(|(hash, _)| *hash);
    let is_over = |(_, seen_at): &&([u8; 32], Millis)| now.since(*seen_at) >= TOKEN_LIFE_MS;
    Ok(SessionsWalked { ended: looked_at.iter().filter(is_over).map(|(hash, _)| *hash).collect(), next })
}

/// Who a token is, while its channel is open.
pub fn visitor(snapshot: &Snapshot<'_>, token_hash: &[u8; 32], now: Millis) -> Result<Actor> {
    let expired = || Error::new(ErrorKind::Unauthenticated, "session.expired", "Begin a new visitor session.");
    let session = live_session(snapshot, token_hash, now)?.ok_or_else(expired)?;
    let channel = channels::queries::find(snapshot, session.channel)?.filter(|channel| channel.active);
    channel.ok_or_else(expired)?;
    Ok(Actor::Visitor { customer: session.customer, channel: session.channel })
}

/// The people who speak in some messages, as the customer sees them; each is looked up once.
#[derive(Default)]
struct Faces(HashMap<UserId, Option<UserSummary>>);

impl Faces {
    fn find(&mut self, snapshot: &Snapshot<'_>, user: UserId) -> Result<Option<&UserSummary>> {
        let face = match self.0.entry(user) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(identity::find_user(snapshot, user)?),
        };
        Ok(face.as_ref())
    }

    fn message(&mut self, snapshot: &Snapshot<'_>, message: &Message) -> Result<Option<VisitorMessageDto>> {
        let agent = match message.author {
            Author::Agent(user) => self.find(snapshot, user)?,
            Author::Customer(_) | Author::System => None,
        };
        Ok(VisitorMessageDto::new(message, agent))
    }

    fn conversation(&mut self, snapshot: &Snapshot<'_>, c: &Conversation) -> Result<VisitorConversationDto> {
        let marks = conversations::queries::public_marks(snapshot, c)?;
        let assignee = match c.assignee {
            Some(user) => self.find(snapshot, user)?,
            None => None,
        };
        Ok(VisitorConversationDto::new(c, marks, assignee))
    }
}

pub struct VisitorHistory {
    pub messages: Vec<VisitorMessageDto>,
    pub more: bool,
    /// The state of the conversation that the next message belongs to.
    pub conversation: Option<VisitorConversationDto>,
}

/// A page of the visitor's history before `before`, ascending.
pub fn history(snapshot: &Snapshot<'_>, ctx: &Ctx, before: Option<i64>, limit: usize) -> Result<VisitorHistory> {
    let bounds = (0, before.unwrap_or(i64::MAX));
    let mut found = conversations::queries::visitor_messages(snapshot, ctx, bounds, limit + 1)?;
    let more = found.len() > limit;
    if more {
        found.remove(0);
    }
    let mut faces = Faces::default();
    let mut messages = Vec::with_capacity(found.len());
    for message in &found {
        messages.extend(faces.message(snapshot, message)?);
    }
    let current = conversations::queries::current_of_visitor(snapshot, ctx)?;
    let conversation = current.map(|c| faces.conversation(snapshot, &c)).transpose()?;
    Ok(VisitorHistory { messages, more, conversation })
}

/// What happened in the visitor's conversations after a position; `None` if that is too much.
pub fn missed(snapshot: &Snapshot<'_>, ctx: &Ctx, after: i64) -> Result<Option<Vec<Replayed>>> {
    let messages = conversations::queries::visitor_messages(snapshot, ctx, (after, i64::MAX), MISSED_MAX + 1)?;
    if messages.len() > MISSED_MAX {
        return Ok(None);
    }
    let changes = conversations::queries::visitor_changes(snapshot, ctx, after)?;
    let created = messages.iter().map(|message| (conversations::events::MESSAGE_CREATED, message.position, message));
    let changed = changes.iter().map(|(at, message)| (conversations::events::MESSAGE_UPDATED, *at, message));
    let mut faces = Faces::default();
    let mut missed = Vec::new();
    let mut bytes = 0;
    for (kind, position, message) in created.chain(changed) {
        if let Some(dto) = faces.message(snapshot, message)? {
            let body = serde_json::json!({ "message": dto }).to_string();
            bytes += body.len();
            if bytes > MISSED_BYTES_MAX {
                return Ok(None);
            }
            missed.push(Replayed { position, kind, body });
        }
    }
    for conversation in conversations::queries::of_visitor(snapshot, ctx)? {
        if conversation.position > after {
            let dto = faces.conversation(snapshot, &conversation)?;
            let body = serde_json::json!({ "conversation": dto }).to_string();
            let position = conversation.position;
            missed.push(Replayed { position, kind: conversations::events::UPDATED, body });
        }
    }
    Ok(Some(missed))
}
