//! Who sends this request: a browser by its cookie, a program by its token.

use super::cookie;
use crate::db::Db;
use crate::http::{Problem, bearer, require_own_origin, require_own_page};
use crate::identity::{Unstored, User, queries, sessions};
use crate::kernel::{Actor, Clock, Ctx, Error, ErrorKind, Millis, Result};
use crate::vault::token_hash;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

/// A person, known by a session or an API token.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn {
    pub ctx: Ctx,
    /// Hash of the session or token.
    pub session: [u8; 32],
    /// The person's own choice.
    pub away: bool,
}

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(authenticate(&request).await?) })
    }
}

async fn authenticate(request: &HttpRequest) -> Result<SignedIn> {
    if let Some(token) = bearer(request.headers()) {
        return Proof::by_token(request, token)?.check().await;
    }
    let secret = cookie::find(request).ok_or_else(session_required)?;
    if !request.method().is_safe() {
        require_own_page(request)?;
    }
    Proof::new(request, Secret::Session, &secret)?.check().await
}

/// What somebody at a socket is known by, as often as it is asked.
#[derive(Clone)]
pub struct Proof {
    kind: Secret,
    hash: [u8; 32],
    db: Db,
    clock: Clock,
    unstored: Option<web::Data<Unstored>>,
}

impl Proof {
    /// Of a page of our own, signed in.
    pub fn by_cookie(request: &HttpRequest) -> Result<Proof> {
        let secret = cookie::find(request).ok_or_else(session_required)?;
        require_own_origin(request)?;
        Proof::new(request, Secret::Session, &secret)
    }

    /// Of a program.
    pub fn by_token(request: &HttpRequest, token: &str) -> Result<Proof> {
        if !token.starts_with("plt_") {
            return Err(session_required());
        }
        Proof::new(request, Secret::Token, token)
    }

    fn new(request: &HttpRequest, kind: Secret, secret: &str) -> Result<Proof> {
        let (db, clock) = store_of(request)?;
        Ok(Proof { kind, hash: token_hash(secret), db, clock, unstored: request.app_data().cloned() })
    }

    pub async fn check(&self) -> Result<SignedIn> {
        let (hash, now) = (self.hash, self.clock.now());
        let unstored = self.unstored.as_ref().filter(|_| matches!(self.kind, Secret::Session));
        match unstored.and_then(|sessions| sessions.use_one(&hash, now)) {
            Some((user, checked_hash)) => {
                let found = self.db.read(move |s| queries::by_unstored_session(s, user, &checked_hash)).await?;
                Ok(signed_in(&found.user, hash, now))
            }
            None => find(&self.db, &self.clock, self.kind, hash).await,
        }
    }
}

#[derive(Clone, Copy)]
enum Secret {
    Session,
    Token,
}

async fn find(db: &Db, clock: &Clock, kind: Secret, hash: [u8; 32]) -> Result<SignedIn> {
    let now = clock.now();
    let known = db
        .read(move |snapshot| match kind {
            Secret::Session => queries::by_session(snapshot, &hash, now),
            Secret::Token => queries::by_token(snapshot, &hash, now),
        })
        .await?;
    let signed_in = signed_in(&known.user, hash, now);
    let ctx = signed_in.ctx;
    if known.note_use {
        // Nobody waits for this note; if it fails, the next request tries again.
        drop(db.write(move |tx| match kind {
            Secret::Session => sessions::note_session(tx, &ctx, &hash),
            Secret::Token => sessions::note_token(tx, &ctx, &hash),
        }));
    }
    Ok(signed_in)
}

fn signed_in(user: &User, session: [u8; 32], now: Millis) -> SignedIn {
    SignedIn { ctx: Ctx::new(Actor::User { id: user.id, role: user.role }, now), session, away: user.away }
}

fn store_of(request: &HttpRequest) -> Result<(Db, Clock)> {
    let db = request.app_data::<web::Data<Db>>();
    let clock = request.app_data::<web::Data<Clock>>();
    match (db, clock) {
        (Some(db), Some(clock)) => Ok((db.get_ref().clone(), clock.get_ref().clone())),
        _ => Err(Error::internal("no store in the application's data")),
    }
}

fn session_required() -> Error {
    Error::new(ErrorKind::Unauthenticated, "session.required", "Sign in, or send a token.")
}
