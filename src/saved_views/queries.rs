//! Reading saved views: the shared ones, then one's own.

use super::{SavedView, store};
use crate::conversations;
use crate::db::Snapshot;
use crate::kernel::{Ctx, Error, Result, Role, SavedViewId};

pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<SavedView>> {
    let user = ctx.require(Role::Agent)?;
    let mut views = store::list(snapshot, None)?;
    views.extend(store::list(snapshot, Some(user))?);
    Ok(views)
}

/// How many conversations each of them shows the acting person.
pub fn counts(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<(SavedViewId, i64)>> {
    let count = |view: SavedView| Ok((view.id, conversations::queries::count(snapshot, ctx, &view.filter)?));
    list(snapshot, ctx)?.into_iter().map(count).collect()
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: SavedViewId) -> Result<SavedView> {
    let user = ctx.require(Role::Agent)?;
    let found = store::find(snapshot, id)?;
    found.filter(|view| view.owner.is_none_or(|owner| owner == user)).ok_or_else(Error::not_found)
}

/// Without asking who: for telling again what was told.
pub(super) fn find(snapshot: &Snapshot<'_>, id: SavedViewId) -> Result<Option<SavedView>> {
    store::find(snapshot, id)
}
