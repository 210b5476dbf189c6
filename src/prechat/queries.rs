//! What is asked, and what was answered.

use super::{Filled, Form, model, store};
use crate::channels::{self, PrechatSettings};
use crate::conversations;
use crate::customers;
use crate::db::Snapshot;
use crate::kernel::{Actor, ChannelId, ConversationId, Ctx, CustomerId, Error, Result};

/// What the acting visitor is asked.
pub fn form(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Form> {
    let Actor::Visitor { customer, channel } = ctx.actor else { return Err(Error::not_found()) };
    let PrechatSettings { lead, mut fields, consent, .. } = settings(snapshot, channel)?.public();
    let needed = is_needed(snapshot, ctx, customer, channel)?;
    let known = customers::find(snapshot, customer)?.ok_or_else(Error::not_found)?;
    fields.retain(|field| !model::is_known(field, &known));
    Ok(Form { needed, lead, fields, consent })
}

/// For an agent who may see the conversation; `None`: nothing was asked.
pub fn of_conversation(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<Option<Filled>> {
    conversations::queries::visible(snapshot, ctx, id)?;
    store::find(snapshot, id)
}

pub(super) fn settings(snapshot: &Snapshot<'_>, channel: ChannelId) -> Result<PrechatSettings> {
    Ok(channels::queries::find(snapshot, channel)?.ok_or_else(Error::not_found)?.settings.prechat)
}

/// Whether the next message begins a conversation that nothing was answered for.
pub(super) fn is_needed(snapshot: &Snapshot<'_>, ctx: &Ctx, customer: CustomerId, channel: ChannelId) -> Result<bool> {
    Ok(settings(snapshot, channel)?.enabled
        && !conversations::queries::goes_on(snapshot, ctx)?
        && store::find_waiting(snapshot, customer)?.is_none())
}
