//! Who a visitor is: their token, at REST and at the socket.

use crate::customers;
use crate::db::Db;
use crate::http::{AddressGroup, Limiter, Problem, bearer};
use crate::hub::Listener;
use crate::kernel::{Actor, Clock, Ctx, CustomerId, Error, ErrorKind, Result};
use crate::socket::{Admission, Greeting, Rates, Replay, Side};
use crate::vault;
use crate::visitors::queries;
use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;

/// How often one address may bring new visitors.
pub struct NewVisitors(pub Limiter<AddressGroup>);

/// How often a visitor may send a file.
pub struct VisitorUploads(pub Limiter<CustomerId>);

/// Starts every visitor's token.
const TOKEN_START: &str = "plv_";

/// The acting visitor, from their token.
pub struct Visiting(pub Ctx);

impl FromRequest for Visiting {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = shown_token(request.headers());
        let state = request
            .app_data::<Data<Db>>()
            .cloned()
            .zip(request.app_data::<Data<Clock>>().cloned())
            .zip(request.app_data::<Data<Rates>>().cloned());
        Box::pin(async move {
            let ((db, clock), rates) = state.ok_or_else(|| Error::internal("the visitors' door is not wired"))?;
            let required = || Error::new(ErrorKind::Unauthenticated, "session.required", "Begin a visitor session.");
            let actor = authenticate(&db, &clock, &token.ok_or_else(required)?).await?;
            rates.check_request(actor)?;
            Ok(Visiting(Ctx::new(actor, clock.now())))
        })
    }
}

/// A visitor's token, not a program's.
pub(super) fn shown_token(headers: &HeaderMap) -> Option<String> {
    bearer(headers).filter(|token| token.starts_with(TOKEN_START)).map(str::to_owned)
}

async fn authenticate(db: &Db, clock: &Clock, token: &str) -> Result<Actor> {
    let (hash, now) = (vault::token_hash(token), clock.now());
    db.read(move |snapshot| queries::visitor(snapshot, &hash, now)).await
}

/// Lets visitors in.
pub fn door(greeting: Greeting) -> LocalBoxFuture<'static, Result<Option<Admission>>> {
    Box::pin(async move {
        let Some(token) = greeting.token.filter(|token| token.starts_with(TOKEN_START)) else { return Ok(None) };
        let actor = authenticate(&greeting.db, &greeting.clock, &token).await?;
        let Actor::Visitor { customer, channel } = actor else { return Ok(None) };
        let now = greeting.clock.now();
        greeting.db.write(move |tx| customers::touch(tx, customer, now)).await?;
        let (db, clock, hash) = (greeting.db, greeting.clock, vault::token_hash(&token));
        Ok(Some(Admission {
            side: Side::Visitor,
            actor,
            listener: Listener::Customer { customer, channel },
            principal_id: customer.to_string(),
            replay: Replay::Own(queries::missed),
            welcome: serde_json::Map::new(),
            still_valid: Box::new(move || {
                let (db, now) = (db.clone(), clock.now());
                Box::pin(async move { db.read(move |s| queries::visitor(s, &hash, now)).await.map(drop) })
            }),
        }))
    })
}
