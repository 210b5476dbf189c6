//! Keeping views: one's own everybody, the shared ones supervisors.

use super::events::{SavedViewDeleted, SavedViewUpdated};
use super::model::{COUNT_MAX, tidy};
use super::{SavedView, queries, store};
use crate::conversations::filter::Filter;
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Result, Role, SavedViewId, UserId};

pub struct Create {
    pub is_shared: bool,
    pub name: String,
    pub filter: Filter,
}

/// At the end of its list.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, command: &Create) -> Result<SavedView> {
    let owner = match command.is_shared {
        true => ctx.require(Role::Supervisor).map(|_| None)?,
        false => Some(ctx.require(Role::Agent)?),
    };
    let others = store::list(tx, owner)?;
    if others.len() as i64 >= COUNT_MAX {
        return Err(Error::conflict(
            "saved_view.too_many",
            format!("There are {COUNT_MAX} already: delete one first."),
        ));
    }
    let place = others.last().map_or(1, |last| last.place + 1);
    let (name, filter) = (tidy(&command.name)?, command.filter.clone());
    let id = SavedViewId(0);
    let mut view = SavedView { id, owner, name, filter, place, updated_at: ctx.now, position: tx.next_position() };
    view.id = store::insert(tx, &view)?;
    tx.emit(ctx.now, SavedViewUpdated { view: view.clone() })?;
    Ok(view)
}

/// What is `None` stays.
#[derive(Default)]
pub struct Change {
    pub name: Option<String>,
    pub filter: Option<Filter>,
    /// 1: the first among those of its owner.
    pub place: Option<i64>,
}

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, id: SavedViewId, change: &Change) -> Result<SavedView> {
    let mut view = kept_by(tx, ctx, id)?;
    view.name = change.name.as_deref().map_or(Ok(view.name), tidy)?;
    view.filter = change.filter.clone().unwrap_or(view.filter);
    if let Some(place) = change.place {
        view.place = move_to(tx, ctx, view.owner, id, place)?;
    }
    save(tx, ctx, view)
}

pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: SavedViewId) -> Result<()> {
    let view = kept_by(tx, ctx, id)?;
    store::delete(tx, id)?;
    tx.emit(ctx.now, SavedViewDeleted { id, owner: view.owner }).map(drop)
}

/// Puts it among the others, who are numbered anew; says where it is.
fn move_to(tx: &mut Tx<'_>, ctx: &Ctx, owner: Option<UserId>, id: SavedViewId, place: i64) -> Result<i64> {
    let mut others = store::list(tx, owner)?;
    others.retain(|other| other.id != id);
    let at = (place - 1).clamp(0, others.len() as i64);
    for (n, other) in others.into_iter().enumerate() {
        let n = n as i64;
        let number = if n < at { n + 1 } else { n + 2 };
        if other.place != number {
            save(tx, ctx, SavedView { place: number, ..other })?;
        }
    }
    Ok(at + 1)
}

fn save(tx: &mut Tx<'_>, ctx: &Ctx, mut view: SavedView) -> Result<SavedView> {
    view.updated_at = ctx.now;
    view.position = tx.next_position();
    store::update(tx, &view)?;
    tx.emit(ctx.now, SavedViewUpdated { view: view.clone() })?;
    Ok(view)
}

fn kept_by(tx: &Tx<'_>, ctx: &Ctx, id: SavedViewId) -> Result<SavedView> {
    let view = queries::get(tx, ctx, id)?;
    if view.owner.is_none() {
        ctx.require(Role::Supervisor)?;
    }
    Ok(view)
}
