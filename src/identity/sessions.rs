//! Sessions and API tokens: beginning, noting, ending.

use super::events::SessionsEnded;
use super::model::{Checks, SESSION_MS, Token, check_name};
use super::own::wrong_credentials;
use super::store;
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Result, Role, TokenId, UserId};

/// Tokens of one person: more are a mistake in a program.
const TOKENS_MAX: i64 = 100;

pub struct StartSession {
    pub user: UserId,
    pub token_hash: [u8; 32],
    /// What the password was checked against, a moment ago and outside of this transaction.
    pub checked_hash: String,
}

pub fn start(tx: &mut Tx<'_>, ctx: &Ctx, command: &StartSession) -> Result<()> {
    let user = store::find_user(tx, command.user)?.filter(|user| user.active).ok_or_else(wrong_credentials)?;
    if store::get_password_hash(tx, user.id)? != command.checked_hash {
        return Err(wrong_credentials());
    }
    store::delete_sessions_before(tx, ctx.now.plus(-SESSION_MS))?;
    store::insert_session(tx, &command.token_hash, user.id, ctx.now)
}

/// Signs out.
pub fn end(tx: &mut Tx<'_>, ctx: &Ctx, session: [u8; 32]) -> Result<()> {
    let user = ctx.require(Role::Agent)?;
    store::delete_session(tx, &session)?;
    tx.emit(ctx.now, SessionsEnded { user, keep: None, only: Some(session) }).map(drop)
}

pub fn note_session(tx: &mut Tx<'_>, ctx: &Ctx, session: &[u8; 32]) -> Result<()> {
    store::update_session_seen(tx, session, ctx.now)
}

pub fn note_token(tx: &mut Tx<'_>, ctx: &Ctx, token: &[u8; 32]) -> Result<()> {
    store::update_token_used(tx, token, ctx.now)
}

pub fn create_token(tx: &mut Tx<'_>, ctx: &Ctx, name: &str, hash: &[u8; 32]) -> Result<Token> {
    let me = ctx.require(Role::Agent)?;
    let mut checks = Checks::default();
    let name = checks.take("name", check_name(name));
    checks.done()?;
    if store::count_tokens(tx, me)? >= TOKENS_MAX {
        return Err(Error::conflict("token.too_many", "Revoke a token before making another one."));
    }
    let id = store::insert_token(tx, me, &name, hash, ctx.now)?;
    Ok(Token { id, name, created_at: ctx.now, last_used_at: None })
}

/// Whoever uses the token is cut off at once, sockets too.
pub fn delete_token(tx: &mut Tx<'_>, ctx: &Ctx, id: TokenId) -> Result<()> {
    let user = ctx.require(Role::Agent)?;
    let hash = store::delete_token(tx, id, user)?.ok_or_else(Error::not_found)?;
    tx.emit(ctx.now, SessionsEnded { user, keep: None, only: Some(hash) }).map(drop)
}

/// Forgets the sessions whose time is over.
pub fn forget_ended(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<()> {
    store::delete_sessions_before(tx, ctx.now.plus(-SESSION_MS))
}
