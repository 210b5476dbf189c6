//! Managing the organisation and its people: administrators, and the operator at the command line.

use super::events::{OrganisationUpdated, SessionsEnded, UserAccessChanged, UserUpdated};
use super::model::{Checks, check_email, check_locale, check_name, check_time_zone, may_manage};
use super::{Organisation, User, store};
use crate::db::Tx;
use crate::kernel::{Actor, Ctx, Error, ErrorKind, Result, Role, UserId};

/// Who acts, as the store knows them at this moment.
enum Acting {
    /// At the command line or by the set-up link.
    Operator,
    Person(User),
}

impl Acting {
    fn may_manage(&self, target: Role) -> bool {
        match self {
            Acting::Operator => true,
            Acting::Person(me) => may_manage(me.role, target),
        }
    }

    fn is(&self, user: UserId) -> bool {
        matches!(self, Acting::Person(me) if me.id == user)
    }
}

fn acting(tx: &Tx<'_>, ctx: &Ctx, least: Role) -> Result<Acting> {
    if ctx.actor == Actor::System {
        return Ok(Acting::Operator);
    }
    let me = ctx.require(least)?;
    match store::find_user(tx, me)? {
        Some(me) if me.active && me.role >= least => Ok(Acting::Person(me)),
        _ => Err(Error::role_insufficient(least)),
    }
}

pub struct CreateOrganisation {
    pub name: String,
    pub locale: String,
    pub time_zone: String,
}

/// What is `None` stays; likewise below.
#[derive(Clone, Default)]
pub struct UpdateOrganisation {
    pub name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
}

pub fn create_organisation(tx: &mut Tx<'_>, ctx: &Ctx, command: &CreateOrganisation) -> Result<()> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    let mut checks = Checks::default();
    let organisation = Organisation {
        name: checks.take("organisation", check_name(&command.name)),
        locale: checks.take("locale", check_locale(&command.locale)),
        time_zone: checks.take("time_zone", check_time_zone(&command.time_zone)),
    };
    checks.done()?;
    if !store::insert_organisation(tx, &organisation, ctx.now)? {
        return Err(Error::conflict("setup.done", "The organisation exists already."));
    }
    tx.emit(ctx.now, OrganisationUpdated { organisation }).map(drop)
}

pub fn update_organisation(tx: &mut Tx<'_>, ctx: &Ctx, command: &UpdateOrganisation) -> Result<Organisation> {
    acting(tx, ctx, Role::Administrator)?;
    let mut organisation = store::find_organisation(tx)?.ok_or_else(Error::not_found)?;
    let mut checks = Checks::default();
    if let Some(name) = &command.name {
        organisation.name = checks.take("name", check_name(name));
    }
    if let Some(locale) = &command.locale {
        organisation.locale = checks.take("locale", check_locale(locale));
    }
    if let Some(zone) = &command.time_zone {
        organisation.time_zone = checks.take("time_zone", check_time_zone(zone));
    }
    checks.done()?;
    store::update_organisation(tx, &organisation)?;
    tx.emit(ctx.now, OrganisationUpdated { organisation: organisation.clone() })?;
    Ok(organisation)
}

/// The password was checked and hashed outside: that takes too long for the writer.
#[derive(Clone)]
pub struct CreateUser {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub password_hash: String,
}

#[derive(Clone, Default)]
pub struct UpdateUser {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
}

pub fn create_user(tx: &mut Tx<'_>, ctx: &Ctx, command: &CreateUser) -> Result<User> {
    if !acting(tx, ctx, Role::Administrator)?.may_manage(command.role) {
        return Err(Error::role_insufficient(Role::Owner));
    }
    let mut checks = Checks::default();
    let name = checks.take("name", check_name(&command.name));
    let email = checks.take("email", check_email(&command.email));
    checks.done()?;
    require_email_free(tx, &email, None)?;
    let locale = store::find_organisation(tx)?.ok_or_else(Error::not_found)?.locale;
    let new = store::NewUser {
        email: &email,
        name: &name,
        role: command.role,
        locale: &locale,
        password_hash: &command.password_hash,
    };
    let id = store::insert_user(tx, &new, ctx.now)?;
    let user = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
    tx.emit(ctx.now, UserUpdated { user: user.clone() })?;
    Ok(user)
}

pub fn update_user(tx: &mut Tx<'_>, ctx: &Ctx, id: UserId, command: &UpdateUser) -> Result<User> {
    let acting = acting(tx, ctx, Role::Administrator)?;
    let before = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
    let user = changed(&before, command)?;
    authorise_change(tx, &acting, &before, &user)?;
    if user.email != before.email {
        require_email_free(tx, &user.email, Some(id))?;
    }
    store::update_user(tx, &user)?;
    tx.emit(ctx.now, UserUpdated { user: user.clone() })?;
    if user.role != before.role {
        tx.emit(ctx.now, UserAccessChanged { user: id })?;
    }
    if before.active && !user.active {
        shut_out(tx, ctx, id)?;
    }
    Ok(user)
}

fn changed(before: &User, command: &UpdateUser) -> Result<User> {
    let mut user = before.clone();
    let mut checks = Checks::default();
    if let Some(name) = &command.name {
        user.name = checks.take("name", check_name(name));
    }
    if let Some(email) = &command.email {
        user.email = checks.take("email", check_email(email));
    }
    checks.done()?;
    user.role = command.role.unwrap_or(user.role);
    user.active = command.active.unwrap_or(user.active);
    Ok(user)
}

fn authorise_change(tx: &Tx<'_>, acting: &Acting, before: &User, after: &User) -> Result<()> {
    if !acting.may_manage(before.role) || !acting.may_manage(after.role) {
        return Err(Error::role_insufficient(Role::Owner));
    }
    if before.is_active_owner() && !after.is_active_owner() && store::count_active_owners(tx)? == 1 {
        return Err(Error::conflict(
            "user.last_owner",
            "Somebody must own the organisation: make another owner first.",
        ));
    }
    let own = acting.is(before.id) && (before.role, before.active) != (after.role, after.active);
    if own {
        let detail = "Nobody may change their own role or deactivate themselves; somebody else must do it.";
        return Err(Error::new(ErrorKind::Forbidden, "role.insufficient", detail));
    }
    Ok(())
}

/// Gives somebody else a new password. To choose one's own, the current one is asked for.
pub fn reset_password(tx: &mut Tx<'_>, ctx: &Ctx, id: UserId, password_hash: &str) -> Result<()> {
    let acting = acting(tx, ctx, Role::Administrator)?;
    let user = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
    if !acting.may_manage(user.role) {
        return Err(Error::role_insufficient(Role::Owner));
    }
    if acting.is(id) {
        let detail = "Change your own at POST /me/password.";
        return Err(Error::new(ErrorKind::Forbidden, "role.insufficient", detail));
    }
    store::update_password_hash(tx, id, password_hash)?;
    shut_out(tx, ctx, id)
}

/// Ends all their sessions and their programs' tokens: whoever has one of these, has it no longer.
fn shut_out(tx: &mut Tx<'_>, ctx: &Ctx, user: UserId) -> Result<()> {
    store::delete_tokens_of(tx, user)?;
    end_sessions(tx, ctx, user, None)
}

/// All of a person's, but for `keep`.
pub(super) fn end_sessions(tx: &mut Tx<'_>, ctx: &Ctx, user: UserId, keep: Option<[u8; 32]>) -> Result<()> {
    store::delete_sessions_of(tx, user, keep.as_ref())?;
    tx.emit(ctx.now, SessionsEnded { user, keep, only: None }).map(drop)
}

fn require_email_free(tx: &Tx<'_>, email: &str, except: Option<UserId>) -> Result<()> {
    match store::find_user_by_email(tx, email)? {
        Some(other) if Some(other.id) != except => {
            Err(Error::conflict("user.email_taken", "Somebody else has this e-mail address."))
        }
        _ => Ok(()),
    }
}
