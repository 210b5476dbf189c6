//! Signing in and out.

use super::wire::Me;
use super::{SignedIn, cookie, session_cookie};
use crate::db::Db;
use crate::http::{AddressGroup, Body, Client, Limiter, Limits, Problem, require_own_page};
use crate::identity::figures::FIGURES;
use crate::identity::own::wrong_credentials;
use crate::identity::sessions::StartSession;
use crate::identity::{Passwords, Unstored, model, queries, sessions};
use crate::kernel::{Actor, Clock, Ctx, ErrorKind, Result};
use crate::vault;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// Tries at passwords, counted before any is hashed.
pub struct SignInLimits {
    account: Limiter<(String, AddressGroup)>,
    address: Limiter<AddressGroup>,
}

impl SignInLimits {
    pub fn new(limits: &Limits) -> Self {
        SignInLimits { account: Limiter::new(limits.sign_in), address: Limiter::new(limits.sign_in_address) }
    }

    pub fn check(&self, account: &str, client: &Client) -> Result<()> {
        let address = client.group();
        self.address.check(&address)?;
        // An address of an account is no longer than this; nobody may fill the memory with others.
        let account = account.chars().take(254).collect();
        self.account.check(&(account, address))
    }
}

#[derive(Deserialize, ToSchema)]
struct SignIn {
    email: String,
    password: String,
}

/// Signs in and sets the session's cookie.
#[utoipa::path(tag = "session", security(()), request_body = SignIn, responses((status = 200, body = Me)))]
#[post("/session")]
pub async fn sign_in(
    request: HttpRequest,
    body: Body<SignIn>,
    db: web::Data<Db>,
    clock: web::Data<Clock>,
    passwords: web::Data<Passwords>,
    limits: web::Data<SignInLimits>,
    unstored: web::Data<Unstored>,
) -> Result<HttpResponse, Problem> {
    require_own_page(&request)?;
    let SignIn { email, password } = body.into_inner();
    let email = email.trim().to_lowercase();
    limits.check(&email, &Client::of(&request))?;
    let found = db.read(move |snapshot| queries::find_credentials(snapshot, &email)).await?;
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let right = passwords.verify(password, hash).await?;
    let (user, checked_hash) = found.filter(|_| right).ok_or_else(|| {
        FIGURES.sign_ins_failed.one();
        wrong_credentials()
    })?;
    let secret = vault::token("pls");
    let role = user.role;
    let (user, token_hash) = (user.id, vault::token_hash(&secret));
    let ctx = Ctx::new(Actor::User { id: user, role }, clock.now());
    let start = StartSession { user, token_hash, checked_hash: checked_hash.clone() };
    match db.write(move |tx| sessions::start(tx, &ctx, &start)).await {
        Err(error) if error.kind == ErrorKind::Unavailable => {
            tracing::warn!(internal = error.internal, "the store cannot write: this session is kept in memory");
            if !unstored.begin(token_hash, user, checked_hash, ctx.now) {
                return Err(error.into());
            }
        }
        started => started?,
    }
    FIGURES.sign_ins.one();
    let (user, organisation) = db.read(move |snapshot| queries::me(snapshot, &ctx)).await?;
    Ok(HttpResponse::Ok().cookie(session_cookie(&request, secret)).json(Me::new(user, organisation)))
}

/// Who is signed in.
#[utoipa::path(tag = "session", responses((status = 200, body = Me)))]
#[get("/session")]
pub async fn get_session(signed_in: SignedIn, db: web::Data<Db>) -> Result<web::Json<Me>, Problem> {
    let (user, organisation) = db.read(move |snapshot| queries::me(snapshot, &signed_in.ctx)).await?;
    Ok(web::Json(Me::new(user, organisation)))
}

/// Signs out; the session's sockets close.
#[utoipa::path(tag = "session", responses((status = 204)))]
#[delete("/session")]
pub async fn sign_out(
    request: HttpRequest,
    signed_in: SignedIn,
    db: web::Data<Db>,
    unstored: web::Data<Unstored>,
) -> Result<HttpResponse, Problem> {
    let was_unstored = unstored.end(&signed_in.session);
    let ended = db.write(move |tx| sessions::end(tx, &signed_in.ctx, signed_in.session)).await;
    if !was_unstored {
        ended?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie::removal(&request)).finish())
}

/// A password that somebody chose, checked against the rule and hashed.
pub async fn choose_password(
    passwords: &Passwords,
    field: &'static str,
    password: String,
    known: &[&str],
) -> Result<String> {
    let mut checks = model::Checks::default();
    checks.take(field, model::check_password(&password, known));
    checks.done()?;
    passwords.hash(password).await
}
