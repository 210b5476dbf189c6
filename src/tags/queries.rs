//! Reading tags. They are the whole organisation's: everybody who works here may know them.

use super::{Tag, store};
use crate::db::Snapshot;
use crate::kernel::{Ctx, Error, Result, Role, TagId};

/// By name.
pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Tag>> {
    ctx.require(Role::Agent)?;
    store::list(snapshot)
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: TagId) -> Result<Tag> {
    ctx.require(Role::Agent)?;
    find(snapshot, id)?.ok_or_else(Error::not_found)
}

/// Without asking who: one that is not deleted.
pub fn find(snapshot: &Snapshot<'_>, id: TagId) -> Result<Option<Tag>> {
    Ok(store::find(snapshot, id)?.filter(|tag| tag.deleted_at.is_none()))
}
