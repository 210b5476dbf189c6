//! The turns a call takes, and what each leaves behind: its moment, an activity in the conversation, one event.

use super::events::CallUpdated;
use super::model::{Call, Cause, Direction, Leg, LegState, Reason, Replaces, Role, State};
use super::queries::{self, CallView};
use super::{recording, store};
use crate::channels::{self, CallSettings};
use crate::conversations::{self, Activity, Author, Verb};
use crate::db::{Snapshot, Tx};
use crate::kernel::{Actor, CallId, ChannelId, Ctx, Error, ErrorKind, LegId, Millis, Result, UserId};

pub const RING_MS: i64 = Millis::seconds(45);
/// From accepting to a line that is open.
pub const JOIN_MS: i64 = Millis::seconds(30);
/// Without a word from a line that was open.
pub const INTERRUPTED_MS: i64 = Millis::seconds(15);
/// So long it rings at the assignee alone.
pub const WIDEN_MS: i64 = Millis::seconds(15);
/// At so many it rings at once.
const RINGS_MAX: usize = 32;
/// A page has places for four others.
const VOICES_MAX: usize = 5;

/// What the operator allows.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    pub calls_max: usize,
    pub participants_max: usize,
}

pub fn over() -> Error {
    Error::conflict("call.over", "The call is over, or not in a state for that.")
}

pub fn not_allowed(detail: &'static str) -> Error {
    Error::new(ErrorKind::Forbidden, "call.not_allowed", detail)
}

pub fn not_in_it() -> Error {
    not_allowed("You do not take part in this call.")
}

pub fn agent_busy() -> Error {
    Error::conflict("call.agent_busy", "This person is in another call.")
}

/// Whose leg the acting one's is: a person's, or (`None`) the customer's.
pub fn acting(ctx: &Ctx) -> Result<Option<UserId>> {
    match ctx.actor {
        Actor::User { id, .. } => Ok(Some(id)),
        Actor::Visitor { .. } => Ok(None),
        Actor::System => Err(Error::not_found()),
    }
}

pub fn own_leg<'a>(call: &'a Call, ctx: &Ctx) -> Result<&'a Leg> {
    let user = acting(ctx)?;
    match call.own_leg(user) {
        Some(leg) => Ok(leg),
        None if call.state.is_over() => Err(over()),
        None => Err(not_in_it()),
    }
}

pub fn author(call: &Call, ctx: &Ctx) -> Author {
    match ctx.actor {
        Actor::User { id, .. } => Author::Agent(id),
        Actor::Visitor { .. } => Author::Customer(call.customer),
        Actor::System => Author::System,
    }
}

/// What the channel allows, if it has calls at all.
pub fn allowed(snapshot: &Snapshot<'_>, channel: ChannelId) -> Result<CallSettings> {
    let found = channels::queries::find(snapshot, channel)?.filter(|channel| channel.settings.calls.enabled);
    found.map(|channel| channel.settings.calls).ok_or_else(|| not_allowed("This channel has no calls."))
}

pub fn settings(snapshot: &Snapshot<'_>, call: &Call) -> Result<CallSettings> {
    Ok(channels::queries::find(snapshot, call.channel)?.map(|channel| channel.settings.calls).unwrap_or_default())
}

/// Another one in the call.
pub fn add_leg(tx: &mut Tx<'_>, call: &mut Call, mut new: Leg) -> Result<LegId> {
    new.id = store::insert_leg(tx, call.id, &new)?;
    let id = new.id;
    call.legs.push(new);
    Ok(id)
}

/// Refuses one more who is in it, or who is seen and heard.
pub fn require_place(call: &Call, role: Role, caps: &Caps) -> Result<()> {
    let there = call.legs.iter().filter(|leg| leg.state != LegState::Left).count();
    if there >= caps.participants_max || role != Role::Listens && call.voices() >= VOICES_MAX {
        return Err(Error::conflict("call.too_many", "As many take part in this call as it has places for."));
    }
    Ok(())
}

/// Rings at whoever is here, is free and was not asked yet; whether there was anybody.
pub fn ring(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, online: &[UserId]) -> Result<bool> {
    let due_at = Some(ctx.now.plus(RING_MS));
    let mut rung = 0;
    for user in online {
        let asked = call.legs.iter().any(|leg| leg.user == Some(*user));
        if rung < RINGS_MAX && !asked && queries::can_take(tx, call, *user)? {
            let leg = Leg { due_at, ..Leg::new(Some(*user), LegState::Ringing, call.medium) };
            add_leg(tx, call, leg)?;
            rung += 1;
        }
    }
    Ok(rung > 0)
}

/// A visitor's call that the assignee does not take rings at the others.
pub fn widen(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, online: &[UserId]) -> Result<()> {
    if call.state == State::Ringing && call.direction == Direction::Visitor {
        call.widen_at = None;
        ring(tx, ctx, call, online)?;
    }
    Ok(())
}

/// Somebody's part changed: whatever follows for the call happens.
pub fn settle(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, cause: Cause) -> Result<()> {
    match call.consequence(cause).and_then(|happening| call.state.after(happening)) {
        Some(state) => enter(tx, ctx, call, state),
        None => Ok(()),
    }
}

pub fn enter(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, state: State) -> Result<()> {
    call.state = state;
    match state {
        State::Ringing => {}
        State::Connecting => {
            (call.answered_at, call.widen_at) = (Some(ctx.now), None);
            let asked_by = asked_by(call);
            note(tx, ctx, call, asked_by, Verb::CallStarted)?;
        }
        State::Active => {
            let settings = settings(tx, call)?;
            recording::begin(call, &settings);
        }
        State::Ended(reason) => end(tx, ctx, call, reason)?,
    }
    Ok(())
}

fn end(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, reason: Reason) -> Result<()> {
    call.legs.iter_mut().filter(|leg| leg.state != LegState::Left).for_each(Leg::leave);
    (call.ended_at, call.widen_at) = (Some(ctx.now), None);
    recording::end(call);
    let (author, verb) = match (call.answered_at, reason) {
        (Some(_), _) => (author(call, ctx), Verb::CallEnded),
        (None, Reason::Declined) => (author(call, ctx), Verb::CallDeclined),
        (None, _) => (asked_by(call), Verb::CallMissed),
    };
    note(tx, ctx, call, author, verb)
}

fn asked_by(call: &Call) -> Author {
    match (call.direction, call.legs.first().and_then(|leg| leg.user)) {
        (Direction::Agent, Some(user)) => Author::Agent(user),
        _ => Author::Customer(call.customer),
    }
}

fn note(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, author: Author, verb: Verb) -> Result<()> {
    let Some(mut conversation) = conversations::queries::find(tx, call.conversation)? else { return Ok(()) };
    let activity = Activity { verb, subject: call.agent(), call: Some(call.id) };
    conversations::commands::note(tx, ctx, &mut conversation, author, activity).map(drop)
}

/// Whoever gives way to one who is joined leaves.
pub fn replace(call: &mut Call, joined: LegId) {
    let Some(replaces) = call.leg_mut(joined).and_then(|leg| leg.replaces.take()) else { return };
    for leg in call.legs.iter_mut().filter(|leg| leg.id != joined && leg.is_talking_agent()) {
        if replaces == Replaces::All || replaces == Replaces::One(leg.id) {
            leg.leave();
        }
    }
}

/// Saves the call under a new position and tells its whole state. The customer is told if it is another one to them.
pub fn tell(tx: &mut Tx<'_>, ctx: &Ctx, mut call: Call) -> Result<CallView> {
    let announce = settings(tx, &call)?.announce_listeners;
    let known = |call: &Call| call.as_known_to_customer(announce);
    let before = store::find(tx, call.id)?;
    let is_hidden = before.is_some_and(|before| before.position > 0 && known(&before).is_same(&known(&call)));
    call.position = tx.next_position();
    store::update(tx, &call)?;
    let view = queries::view(tx, call)?;
    tx.emit(ctx.now, CallUpdated { view: view.clone(), is_hidden })?;
    Ok(view)
}

/// The call, for a command of the program's own.
pub fn for_system(snapshot: &Snapshot<'_>, ctx: &Ctx, id: CallId) -> Result<Option<Call>> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    Ok(store::find(snapshot, id)?.filter(|call| !call.state.is_over()))
}
