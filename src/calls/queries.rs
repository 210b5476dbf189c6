//! Reading calls. Everything here answers only what the acting person may see.

use super::model::{Call, LegState};
use super::quality::{self, Quality};
use super::store;
use crate::channels::{self, CallSettings, access};
use crate::conversations;
use crate::customers;
use crate::db::Snapshot;
use crate::identity::{self, UserSummary};
use crate::kernel::{Actor, CallId, ConversationId, Ctx, CustomerId, Error, Result, UserId};

/// How many of a conversation's calls are shown.
const SHOWN_MAX: usize = 100;
/// Of a visitor's changed calls so many are told one by one.
const MISSED_MAX: usize = 50;

/// A call with all that is needed to tell of it.
#[derive(Clone, Debug)]
pub struct CallView {
    pub call: Call,
    pub people: Vec<UserSummary>,
    pub customer_name: String,
    pub policy: CallSettings,
}

impl CallView {
    pub fn person(&self, user: UserId) -> Option<&UserSummary> {
        self.people.iter().find(|person| person.id == user)
    }
}

pub(super) fn view(snapshot: &Snapshot<'_>, call: Call) -> Result<CallView> {
    let mut people = Vec::new();
    // Who only rang and did not take it is not shown.
    let shown = call.legs.iter().filter(|leg| leg.accepted_at.is_some() || leg.state != LegState::Left);
    for user in shown.filter_map(|leg| leg.user) {
        people.extend(identity::find_user(snapshot, user)?);
    }
    let customer = customers::find(snapshot, call.customer)?;
    let channel = channels::queries::find(snapshot, call.channel)?;
    Ok(CallView {
        people,
        customer_name: customer.map(|customer| customer.name).unwrap_or_default(),
        policy: channel.map(|channel| channel.settings.calls).unwrap_or_default(),
        call,
    })
}

/// The call, if the acting person may see it; NotFound otherwise.
pub fn visible(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CallId) -> Result<Call> {
    let call = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    match ctx.actor {
        Actor::Visitor { customer, .. } if customer == call.customer => Ok(call),
        Actor::User { .. } => access::require(snapshot, ctx, call.channel).map(|_| call),
        _ => Err(Error::not_found()),
    }
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CallId) -> Result<CallView> {
    let call = visible(snapshot, ctx, id)?;
    view(snapshot, call)
}

/// Without asking who: for telling again what an event told.
pub(super) fn recorded(snapshot: &Snapshot<'_>, id: CallId) -> Result<Option<CallView>> {
    store::find(snapshot, id)?.map(|call| view(snapshot, call)).transpose()
}

/// What the acting person takes part in, or else what rings at them.
pub fn current(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Option<CallView>> {
    let found = match ctx.actor {
        Actor::Visitor { customer, .. } => store::find_live_of_customer(snapshot, customer)?,
        Actor::User { id, .. } => match store::list_live_of_user(snapshot, id)?.first() {
            Some(call) => Some(visible(snapshot, ctx, *call)?),
            None => None,
        },
        Actor::System => None,
    };
    found.map(|call| view(snapshot, call)).transpose()
}

/// A conversation's calls, newest first, with how their lines were.
pub fn of_conversation(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    id: ConversationId,
) -> Result<Vec<(CallView, Vec<Quality>)>> {
    ctx_is_agent(ctx)?;
    conversations::queries::visible(snapshot, ctx, id)?;
    let calls = store::list_of_conversation(snapshot, id, SHOWN_MAX)?;
    let with_quality = |call: Call| {
        let quality = quality::of_call(snapshot, call.id)?;
        Ok((view(snapshot, call)?, quality))
    };
    calls.into_iter().map(with_quality).collect()
}

fn ctx_is_agent(ctx: &Ctx) -> Result<()> {
    if matches!(ctx.actor, Actor::User { .. }) { Ok(()) } else { Err(Error::not_found()) }
}

/// A customer's calls that changed after a position, oldest change first; `None` if those are too many.
pub fn changed_of_customer(snapshot: &Snapshot<'_>, customer: CustomerId, after: i64) -> Result<Option<Vec<CallView>>> {
    let mut calls = store::list_changed(snapshot, customer, after, MISSED_MAX + 1)?;
    if calls.len() > MISSED_MAX {
        return Ok(None);
    }
    calls.reverse();
    calls.into_iter().map(|call| view(snapshot, call)).collect::<Result<Vec<_>>>().map(Some)
}

/// Whether this person may be asked to take part: one of us, with the channel, and in no other call.
pub(super) fn can_take(snapshot: &Snapshot<'_>, call: &Call, user: UserId) -> Result<bool> {
    Ok(conversations::may_serve(snapshot, call.channel, user)? && !store::is_engaged(snapshot, user, Some(call.id))?)
}
