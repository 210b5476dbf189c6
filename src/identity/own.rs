//! What people change about themselves.

use super::commands::end_sessions;
use super::events::UserUpdated;
use super::model::{Checks, check_locale, check_name};
use super::{User, store};
use crate::db::Tx;
use crate::kernel::{Ctx, Error, ErrorKind, Result, Role};

/// What is `None` stays.
#[derive(Clone, Default)]
pub struct UpdateMe {
    pub name: Option<String>,
    pub locale: Option<String>,
    pub away: Option<bool>,
}

pub fn update_me(tx: &mut Tx<'_>, ctx: &Ctx, command: &UpdateMe) -> Result<User> {
    let before = myself(tx, ctx)?;
    let mut me = before.clone();
    let mut checks = Checks::default();
    if let Some(name) = &command.name {
        me.name = checks.take("name", check_name(name));
    }
    if let Some(locale) = &command.locale {
        me.locale = checks.take("locale", check_locale(locale));
    }
    checks.done()?;
    if let Some(away) = command.away {
        me.away = away;
        store::update_availability(tx, me.id, away)?;
    }
    if (&me.name, &me.locale) != (&before.name, &before.locale) {
        store::update_user(tx, &me)?;
        tx.emit(ctx.now, UserUpdated { user: me.clone() })?;
    }
    Ok(me)
}

/// The person's own choice, kept for their next visit. Whoever calls this tells the hub.
pub fn set_availability(tx: &mut Tx<'_>, ctx: &Ctx, away: bool) -> Result<()> {
    let me = ctx.require(Role::Agent)?;
    store::update_availability(tx, me, away)
}

pub struct ChangePassword {
    /// What the current password was checked against.
    pub checked_hash: String,
    pub new_hash: String,
    /// The session of this request stays.
    pub session: [u8; 32],
}

pub fn change_password(tx: &mut Tx<'_>, ctx: &Ctx, command: &ChangePassword) -> Result<()> {
    let me = myself(tx, ctx)?;
    if store::get_password_hash(tx, me.id)? != command.checked_hash {
        return Err(wrong_credentials());
    }
    store::update_password_hash(tx, me.id, &command.new_hash)?;
    end_sessions(tx, ctx, me.id, Some(command.session))
}

pub struct SetAvatar {
    /// Unguessable: it is all that protects a picture that visitors see too.
    pub key: String,
    pub media_type: &'static str,
    pub image: Vec<u8>,
}

/// `None` takes it away.
pub fn set_avatar(tx: &mut Tx<'_>, ctx: &Ctx, command: Option<&SetAvatar>) -> Result<User> {
    let mut me = myself(tx, ctx)?;
    store::delete_avatars_of(tx, me.id)?;
    if let Some(avatar) = command {
        store::insert_avatar(tx, &avatar.key, me.id, avatar.media_type, &avatar.image)?;
    }
    me.avatar_key = command.map(|avatar| avatar.key.clone()).unwrap_or_default();
    store::update_user(tx, &me)?;
    tx.emit(ctx.now, UserUpdated { user: me.clone() })?;
    Ok(me)
}

fn myself(tx: &Tx<'_>, ctx: &Ctx) -> Result<User> {
    let me = ctx.require(Role::Agent)?;
    store::find_user(tx, me)?.filter(|me| me.active).ok_or_else(Error::not_found)
}

pub(super) fn wrong_credentials() -> Error {
    let detail = "The e-mail address or the password is wrong.";
    Error::new(ErrorKind::Unauthenticated, "session.wrong_credentials", detail)
}
