//! Answering, and beginning a conversation with the answers.

use super::model::{self, Own};
use super::{Given, queries, store};
use crate::conversations::commands::PostMessage;
use crate::conversations::{self, Conversation, Receipt};
use crate::customers;
use crate::customers::commands::Introduce;
use crate::db::Tx;
use crate::kernel::{Actor, ConversationId, Ctx, Error, Result};
use crate::tags;

/// The acting visitor's answers, in the place of earlier ones that no conversation has taken.
pub fn answer(tx: &mut Tx<'_>, ctx: &Ctx, given: &Given) -> Result<()> {
    let Actor::Visitor { customer, channel } = ctx.actor else { return Err(Error::not_found()) };
    let settings = queries::settings(tx, channel)?;
    if !settings.enabled {
        return Err(Error::conflict("prechat.off", "This channel asks nothing."));
    }
    let known = customers::find(tx, customer)?.ok_or_else(Error::not_found)?;
    let (filled, Own { name, email, phone }) = model::fill(&settings, &known, given, ctx.now)?;
    customers::commands::introduce(tx, ctx, &Introduce { name, email, phone })?;
    store::replace_waiting(tx, customer, &filled)
}

/// A visitor's message. One that begins a conversation takes the answers along; without them it is refused.
pub fn post(tx: &mut Tx<'_>, ctx: &Ctx, command: &PostMessage) -> Result<Receipt> {
    let asks = begins(tx, ctx)? && !conversations::queries::was_sent(tx, ctx, &command.client_id)?;
    if asks {
        require(tx, ctx)?;
    }
    let receipt = conversations::commands::post(tx, ctx, command)?;
    if asks {
        take_along(tx, ctx, receipt.key.conversation())?;
    }
    Ok(receipt)
}

/// The conversation that the acting visitor is in, or begins by other means than words.
pub fn enter(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<Conversation> {
    if !begins(tx, ctx)? {
        return conversations::commands::of_acting_visitor(tx, ctx);
    }
    require(tx, ctx)?;
    let id = conversations::commands::of_acting_visitor(tx, ctx)?.id;
    take_along(tx, ctx, id)?;
    conversations::queries::visible(tx, ctx, id)
}

fn begins(tx: &Tx<'_>, ctx: &Ctx) -> Result<bool> {
    Ok(!conversations::queries::goes_on(tx, ctx)?)
}

fn require(tx: &Tx<'_>, ctx: &Ctx) -> Result<()> {
    let Actor::Visitor { customer, channel } = ctx.actor else { return Err(Error::not_found()) };
    if queries::is_needed(tx, ctx, customer, channel)? {
        let detail = "This channel asks some questions first: GET and POST /visitor/prechat.";
        return Err(Error::conflict("prechat.required", detail));
    }
    Ok(())
}

fn take_along(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId) -> Result<()> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    let Some(filled) = store::find_waiting(tx, customer)? else { return Ok(()) };
    store::attach(tx, customer, id)?;
    let mut there = Vec::new();
    for tag in filled.tags {
        // One may have been deleted since.
        there.extend(tags::queries::find(tx, tag)?.map(|tag| tag.id));
    }
    conversations::work::tag_begun(tx, ctx, id, &there)
}
