//! Who is at the line.

use super::Side;
use crate::db::{Db, Snapshot};
use crate::hub::{Hub, Listener};
use crate::kernel::{Actor, Clock, Ctx, Result};
use actix_web::HttpRequest;
use futures_util::future::{BoxFuture, LocalBoxFuture};

/// What a newcomer shows: the upgrade request with its cookies, and the token of their hello.
#[derive(Clone)]
pub struct Greeting {
    pub request: HttpRequest,
    pub token: Option<String>,
    pub db: Db,
    pub hub: Hub,
    pub clock: Clock,
}

/// Lets one kind of principal in. `Ok(None)`: not mine, ask the next door.
pub type Door = fn(Greeting) -> LocalBoxFuture<'static, Result<Option<Admission>>>;

/// Somebody let in.
pub struct Admission {
    pub side: Side,
    pub actor: Actor,
    pub listener: Listener,
    pub principal_id: String,
    pub replay: Replay,
    /// Further fields of the welcome frame, a JSON object.
    pub welcome: serde_json::Map<String, serde_json::Value>,
    pub still_valid: StillValid,
}

/// Asked about every minute: is the sign-in still good? It counts as activity.
pub type StillValid = Box<dyn Fn() -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// How the events somebody missed are found.
#[derive(Clone, Copy)]
pub enum Replay {
    /// In the log of all events, by the feeds, within their rights.
    Log,
    /// In their own rows: a visitor must not cost a walk through everybody's log. What other domains have of them is added.
    Own(FindMissed),
}

/// What happened to the acting person after a position. `None`: too much to tell one by one.
pub type FindMissed = fn(&Snapshot<'_>, &Ctx, after: i64) -> Result<Option<Vec<Replayed>>>;

pub struct Replayed {
    pub position: i64,
    pub kind: &'static str,
    pub body: String,
}
