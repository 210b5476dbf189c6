//! Frames from clients: which there are, and what a handler has at hand.

use crate::db::Db;
use crate::http::{Limiter, Limits, figures};
use crate::hub::Hub;
use crate::kernel::{Actor, Clock, Ctx, CustomerId, Error, ErrorKind, Result, UserId};
use actix_web::web;
use bytestring::ByteString;
use futures_util::future::{LocalBoxFuture, ready};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What to say back, when it is known.
pub type Answer = LocalBoxFuture<'static, Option<ByteString>>;

/// Handles one frame. A command must be queued before this returns, so that frames keep their order.
type Handler = Box<dyn Fn(&Caller, &str) -> Answer + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    Agent,
    Visitor,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Agent => "agent",
            Side::Visitor => "visitor",
        }
    }
}

pub struct FrameKind {
    side: Side,
    kind: &'static str,
    handle: Handler,
}

impl FrameKind {
    pub fn new(
        side: Side,
        kind: &'static str,
        handle: impl Fn(&Caller, &str) -> Answer + Send + Sync + 'static,
    ) -> FrameKind {
        FrameKind { side, kind, handle: Box::new(handle) }
    }
}

/// Every frame of the program.
pub struct Frames(Vec<FrameKind>);

impl Frames {
    pub fn new(all: impl IntoIterator<Item = FrameKind>) -> Self {
        Frames(all.into_iter().collect())
    }

    pub fn find(&self, side: Side, kind: &str) -> Option<&Handler> {
        self.0.iter().find(|frame| frame.side == side && frame.kind == kind).map(|frame| &frame.handle)
    }
}

/// How often principals may do things, shared by sockets and REST.
pub struct Rates {
    visitor_messages: Limiter<CustomerId>,
    visitor_requests: Limiter<CustomerId>,
    visitor_changes: Limiter<CustomerId>,
    agent_messages: Limiter<UserId>,
    draws: Limiter<Actor>,
}

impl Rates {
    pub fn new(limits: &Limits) -> Self {
        Rates {
            visitor_messages: Limiter::new(limits.visitor_messages),
            visitor_requests: Limiter::new(limits.visitor_requests),
            visitor_changes: Limiter::new(limits.visitor_changes),
            agent_messages: Limiter::new(limits.agent_messages),
            draws: Limiter::new(limits.call_draws),
        }
    }

    pub fn check_message(&self, actor: Actor) -> Result<()> {
        match actor {
            Actor::Visitor { customer, .. } => self.visitor_messages.check(&customer),
            Actor::User { id, .. } => self.agent_messages.check(&id),
            Actor::System => Ok(()),
        }
    }

    /// What a visitor changes and every agent of the channel is told of.
    pub fn check_change(&self, actor: Actor) -> Result<()> {
        match actor {
            Actor::Visitor { customer, .. } => self.visitor_changes.check(&customer),
            Actor::User { .. } | Actor::System => Ok(()),
        }
    }

    /// What passes through to others without being kept.
    pub fn check_draw(&self, actor: Actor) -> Result<()> {
        self.draws.check(&actor)
    }

    /// Anything else a visitor asks for.
    pub fn check_request(&self, actor: Actor) -> Result<()> {
        match actor {
            Actor::Visitor { customer, .. } => self.visitor_requests.check(&customer),
            Actor::User { .. } | Actor::System => Ok(()),
        }
    }
}

/// Who sent the frame, and what handlers work with.
pub struct Caller {
    pub actor: Actor,
    /// The number of their place in the hub.
    pub place: u64,
    pub db: Db,
    pub hub: Hub,
    pub clock: Clock,
    pub limits: web::Data<Limits>,
    pub rates: web::Data<Rates>,
}

impl Caller {
    pub fn ctx(&self) -> Ctx {
        Ctx::new(self.actor, self.clock.now())
    }
}

pub fn parse<T: DeserializeOwned>(frame: &str) -> Result<T> {
    serde_json::from_str(frame).map_err(|e| Error::malformed(format!("The frame cannot be used: {e}")))
}

/// Nothing to say.
pub fn silent() -> Answer {
    Box::pin(ready(None))
}

#[derive(Serialize)]
struct ErrorFrame<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

fn error_frame(kind: &'static str, id: Option<Uuid>, error: &Error) -> ByteString {
    figures::FIGURES.problems.of(error.code).one();
    if error.kind == ErrorKind::Internal {
        tracing::error!(code = error.code, internal = error.internal.as_deref(), "a frame failed");
    }
    let frame = ErrorFrame { kind, id, code: error.code, detail: &error.detail, retry_after: error.retry_after_s };
    serde_json::to_string(&frame).unwrap_or_default().into()
}

/// The answer to a frame that could not be used.
pub fn refuse(error: &Error) -> Answer {
    Box::pin(ready(Some(error_frame("error", None, error))))
}

/// The answer to a message that was not stored.
pub fn reject(id: Uuid, error: &Error) -> ByteString {
    error_frame("reject", Some(id), error)
}
