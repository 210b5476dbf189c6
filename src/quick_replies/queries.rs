//! Reading quick replies: the shared ones and one's own.

use super::{QuickReply, store};
use crate::db::Snapshot;
use crate::kernel::{Ctx, Error, QuickReplyId, Result, Role};

/// All that the acting person may use, by folder and title.
pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<QuickReply>> {
    let user = ctx.require(Role::Agent)?;
    store::list(snapshot, user)
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<QuickReply> {
    let user = ctx.require(Role::Agent)?;
    let found = find(snapshot, id)?;
    found.filter(|reply| reply.owner.is_none_or(|owner| owner == user)).ok_or_else(Error::not_found)
}

/// Without asking who: for telling again what was told.
pub(super) fn find(snapshot: &Snapshot<'_>, id: QuickReplyId) -> Result<Option<QuickReply>> {
    Ok(store::find(snapshot, id)?.filter(|reply| reply.deleted_at.is_none()))
}
