//! Keeping quick replies: one's own everybody, the shared ones supervisors.

use super::events::{QuickReplyDeleted, QuickReplyUpdated};
use super::model::{COUNT_MAX, KEPT_MS};
use super::{Content, QuickReply, queries, store};
use crate::db::Tx;
use crate::kernel::{Ctx, Error, QuickReplyId, Result, Role, UserId};

pub struct Create {
    pub is_shared: bool,
    pub content: Content,
}

/// What is `None` stays.
#[derive(Default)]
pub struct Change {
    pub folder: Option<String>,
    pub title: Option<String>,
    pub shortcut: Option<String>,
    pub text: Option<String>,
}

pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, command: &Create) -> Result<QuickReply> {
    let owner = match command.is_shared {
        true => ctx.require(Role::Supervisor).map(|_| None)?,
        false => Some(ctx.require(Role::Agent)?),
    };
    let content = command.content.tidy()?;
    store::purge(tx, ctx.now.plus(-KEPT_MS))?;
    require_room(tx, owner)?;
    require_free_shortcut(tx, owner, &content.shortcut, None)?;
    let id = store::insert(tx, owner, &content, ctx.now)?;
    tell(tx, ctx, id)
}

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, id: QuickReplyId, change: &Change) -> Result<QuickReply> {
    let mut reply = own(tx, ctx, id)?;
    let take = |new: &Option<String>, old: String| new.clone().unwrap_or(old);
    let old = reply.content;
    reply.content = Content {
        folder: take(&change.folder, old.folder),
        title: take(&change.title, old.title),
        shortcut: take(&change.shortcut, old.shortcut),
        text: take(&change.text, old.text),
    }
    .tidy()?;
    require_free_shortcut(tx, reply.owner, &reply.content.shortcut, Some(id))?;
    store::update(tx, id, &reply.content, ctx.now)?;
    tell(tx, ctx, id)
}

pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<()> {
    let reply = own(tx, ctx, id)?;
    store::set_deleted(tx, id, Some(ctx.now))?;
    tx.emit(ctx.now, QuickReplyDeleted { id, owner: reply.owner })?;
    Ok(())
}

/// Brings back what was deleted.
pub fn restore(tx: &mut Tx<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<QuickReply> {
    let reply = store::find(tx, id)?.filter(|reply| reply.deleted_at.is_some()).ok_or_else(Error::not_found)?;
    require_keeper(ctx, &reply)?;
    require_room(tx, reply.owner)?;
    require_free_shortcut(tx, reply.owner, &reply.content.shortcut, Some(id))?;
    store::set_deleted(tx, id, None)?;
    tell(tx, ctx, id)
}

/// Counts one use. Nobody is told: the number is for whoever looks next.
pub fn count_use(tx: &mut Tx<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<()> {
    queries::get(tx, ctx, id)?;
    store::count_use(tx, id, ctx.now)
}

/// The reply, if it is there and the acting person keeps it.
fn own(tx: &Tx<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<QuickReply> {
    let reply = queries::get(tx, ctx, id)?;
    require_keeper(ctx, &reply)?;
    Ok(reply)
}

fn require_keeper(ctx: &Ctx, reply: &QuickReply) -> Result<()> {
    let user = ctx.require(Role::Agent)?;
    match reply.owner {
        Some(owner) if owner != user => Err(Error::not_found()),
        Some(_) => Ok(()),
        None => ctx.require(Role::Supervisor).map(drop),
    }
}

fn require_room(tx: &Tx<'_>, owner: Option<UserId>) -> Result<()> {
    if store::count(tx, owner)? >= COUNT_MAX {
        let detail = format!("There are {COUNT_MAX} already: delete some first.");
        return Err(Error::conflict("quick_reply.too_many", detail));
    }
    Ok(())
}

fn require_free_shortcut(tx: &Tx<'_>, owner: Option<UserId>, shortcut: &str, but: Option<QuickReplyId>) -> Result<()> {
    match store::find_by_shortcut(tx, owner, shortcut)? {
        Some(other) if !shortcut.is_empty() && Some(other) != but => Err(Error::invalid("shortcut", "taken")),
        _ => Ok(()),
    }
}

fn tell(tx: &mut Tx<'_>, ctx: &Ctx, id: QuickReplyId) -> Result<QuickReply> {
    store::place(tx, id, tx.next_position())?;
    let reply = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    tx.emit(ctx.now, QuickReplyUpdated { reply: reply.clone() })?;
    Ok(reply)
}
