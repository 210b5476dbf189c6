//! The link, and what it is for.

use super::{queries, store};
use crate::channels::commands::CreateChannel;
use crate::channels::{self, Channel};
use crate::db::Tx;
use crate::identity::commands::{CreateOrganisation, CreateUser};
use crate::identity::sessions::StartSession;
use crate::identity::{self, User};
use crate::kernel::{Ctx, Result, Role};

/// Makes the link with this secret the only one.
pub fn renew_link(tx: &mut Tx<'_>, ctx: &Ctx, secret_hash: &[u8; 32]) -> Result<()> {
    store::replace(tx, secret_hash, ctx.now)
}

pub struct SetUp {
    pub organisation: CreateOrganisation,
    pub admin_name: String,
    pub admin_email: String,
    /// Checked and hashed outside.
    pub admin_password_hash: String,
    pub channel: CreateChannel,
}

pub struct Founded {
    pub owner: User,
    pub channel: Channel,
}

/// By the link: proves itself, and signs the owner in.
pub fn set_up_by_link(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    secret_hash: &[u8; 32],
    session: &[u8; 32],
    command: &SetUp,
) -> Result<Founded> {
    queries::check_link(tx, secret_hash)?;
    let founded = set_up(tx, ctx, command)?;
    let start = StartSession {
        user: founded.owner.id,
        token_hash: *session,
        checked_hash: command.admin_password_hash.clone(),
    };
    identity::sessions::start(tx, ctx, &start)?;
    Ok(founded)
}

/// Organisation, owner and first channel: all or nothing. Also what `parlor init` does.
pub fn set_up(tx: &mut Tx<'_>, ctx: &Ctx, command: &SetUp) -> Result<Founded> {
    let system = Ctx::system(ctx.now);
    identity::commands::create_organisation(tx, &system, &command.organisation)?;
    let owner = CreateUser {
        name: command.admin_name.clone(),
        email: command.admin_email.clone(),
        role: Role::Owner,
        password_hash: command.admin_password_hash.clone(),
    };
    let owner = identity::commands::create_user(tx, &system, &owner)?;
    let channel = channels::commands::create(tx, &system, &command.channel)?;
    store::delete(tx)?;
    Ok(Founded { owner, channel })
}
