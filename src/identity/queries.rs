//! Reading the organisation and its people.

use super::model::{SEEN_MS, Token, session_is_alive};
use super::{Organisation, User, UserSummary, store};
use crate::db::Snapshot;
use crate::kernel::{Actor, Ctx, Error, ErrorKind, Millis, Result, Role, UserId};

pub fn find_organisation(snapshot: &Snapshot<'_>) -> Result<Option<Organisation>> {
    store::find_organisation(snapshot)
}

pub fn get_organisation(snapshot: &Snapshot<'_>) -> Result<Organisation> {
    store::find_organisation(snapshot)?.ok_or_else(Error::not_found)
}

pub fn find_user(snapshot: &Snapshot<'_>, user: UserId) -> Result<Option<UserSummary>> {
    Ok(store::find_user(snapshot, user)?.map(User::summary))
}

/// All there is to say about people, for those who may know: agents, and the operator.
pub fn list_people(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<User>> {
    if ctx.actor != Actor::System {
        ctx.require(Role::Agent)?;
    }
    store::list_users(snapshot)
}

pub fn get_person(snapshot: &Snapshot<'_>, user: UserId) -> Result<User> {
    store::find_user(snapshot, user)?.ok_or_else(Error::not_found)
}

/// The acting person and where they work.
pub fn me(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<(User, Organisation)> {
    let me = ctx.require(Role::Agent)?;
    Ok((get_person(snapshot, me)?, get_organisation(snapshot)?))
}

pub fn list_tokens(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Token>> {
    store::list_tokens(snapshot, ctx.require(Role::Agent)?)
}

/// Media type and bytes. Public: the key is unguessable.
pub fn get_avatar(snapshot: &Snapshot<'_>, key: &str) -> Result<(String, Vec<u8>)> {
    store::find_avatar(snapshot, key)?.ok_or_else(Error::not_found)
}

/// Somebody who may sign in, and what their password is checked against.
pub fn find_credentials(snapshot: &Snapshot<'_>, email: &str) -> Result<Option<(User, String)>> {
    let Some(user) = store::find_user_by_email(snapshot, email)?.filter(|user| user.active) else { return Ok(None) };
    let hash = store::get_password_hash(snapshot, user.id)?;
    Ok(Some((user, hash)))
}

pub fn get_password_hash(snapshot: &Snapshot<'_>, user: UserId) -> Result<String> {
    store::get_password_hash(snapshot, user)
}

/// Whose secret this is, and whether it is time to note that it was used.
pub struct Known {
    pub user: User,
    pub note_use: bool,
}

/// The person behind a session.
pub fn by_session(snapshot: &Snapshot<'_>, hash: &[u8; 32], now: Millis) -> Result<Known> {
    let session = store::find_session(snapshot, hash)?.ok_or_else(session_expired)?;
    if !session_is_alive(session.created_at, session.seen_at, now) {
        return Err(session_expired());
    }
    known(snapshot, session.user, Some(session.seen_at), now)
}

/// The person behind a session that only the memory knows; `checked_hash` is what began it.
pub fn by_unstored_session(snapshot: &Snapshot<'_>, user: UserId, checked_hash: &str) -> Result<Known> {
    let known = known(snapshot, user, None, Millis::default())?;
    let unchanged = store::get_password_hash(snapshot, user)? == checked_hash;
    if unchanged { Ok(known) } else { Err(session_expired()) }
}

/// The person behind an API token.
pub fn by_token(snapshot: &Snapshot<'_>, hash: &[u8; 32], now: Millis) -> Result<Known> {
    let (user, used_at) = store::find_token(snapshot, hash)?.ok_or_else(session_expired)?;
    known(snapshot, user, used_at, now)
}

fn known(snapshot: &Snapshot<'_>, user: UserId, used_at: Option<Millis>, now: Millis) -> Result<Known> {
    let user = store::find_user(snapshot, user)?.filter(|user| user.active).ok_or_else(session_expired)?;
    Ok(Known { user, note_use: used_at.is_none_or(|at| now.since(at) >= SEEN_MS) })
}

fn session_expired() -> Error {
    Error::new(ErrorKind::Unauthenticated, "session.expired", "The session or token has ended. Sign in again.")
}
