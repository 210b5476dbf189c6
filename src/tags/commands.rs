//! Keeping the list of tags: everybody adds to it, supervisors keep it tidy.

use super::events::{TagDeleted, TagUpdated};
use super::model::{COUNT_MAX, folded, tidy};
use super::{Colour, Tag, queries, store};
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Result, Role, TagId};

pub struct Create {
    pub name: String,
    pub colour: Colour,
}

/// A word that is there already is that tag: two people who add it at once both have it.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, command: &Create) -> Result<Tag> {
    ctx.require(Role::Agent)?;
    let name = tidy(&command.name)?;
    if let Some(tag) = store::find_by_name(tx, &folded(&name))? {
        return Ok(tag);
    }
    require_room(tx)?;
    let id = store::insert(tx, &name, &folded(&name), command.colour, ctx.now)?;
    tell(tx, ctx, id)
}

/// What is `None` stays.
#[derive(Default)]
pub struct Change {
    pub name: Option<String>,
    pub colour: Option<Colour>,
}

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, id: TagId, change: &Change) -> Result<Tag> {
    let tag = queries::get(tx, ctx, id)?;
    ctx.require(Role::Supervisor)?;
    let name = change.name.as_deref().map_or(Ok(tag.name), tidy)?;
    require_free(tx, &name, id)?;
    store::update(tx, id, &name, &folded(&name), change.colour.unwrap_or(tag.colour))?;
    tell(tx, ctx, id)
}

/// Hides it everywhere at once, however many conversations have it.
pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: TagId) -> Result<()> {
    queries::get(tx, ctx, id)?;
    ctx.require(Role::Supervisor)?;
    store::set_deleted(tx, id, Some(ctx.now))?;
    store::place(tx, id, tx.next_position())?;
    tx.emit(ctx.now, TagDeleted { id }).map(drop)
}

/// Brings back a deleted one, on all that had it.
pub fn restore(tx: &mut Tx<'_>, ctx: &Ctx, id: TagId) -> Result<Tag> {
    ctx.require(Role::Agent)?;
    let tag = store::find(tx, id)?.filter(|tag| tag.deleted_at.is_some()).ok_or_else(Error::not_found)?;
    ctx.require(Role::Supervisor)?;
    require_free(tx, &tag.name, id)?;
    require_room(tx)?;
    store::set_deleted(tx, id, None)?;
    tell(tx, ctx, id)
}

fn require_room(tx: &Tx<'_>) -> Result<()> {
    if store::count(tx)? >= COUNT_MAX {
        return Err(Error::conflict("tag.too_many", format!("There are {COUNT_MAX} tags already: delete some first.")));
    }
    Ok(())
}

fn require_free(tx: &Tx<'_>, name: &str, but: TagId) -> Result<()> {
    match store::find_by_name(tx, &folded(name))? {
        Some(other) if other.id != but => Err(Error::invalid("name", "taken")),
        _ => Ok(()),
    }
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, id: TagId) -> Result<Tag> {
    store::place(tx, id, tx.next_position())?;
    let tag = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    tx.emit(ctx.now, TagUpdated { tag: tag.clone() })?;
    Ok(tag)
}
