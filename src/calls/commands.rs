//! What the two sides of a call can do: ask, answer, end, say what they show.

use super::lifecycle::{
    self, Caps, JOIN_MS, RING_MS, WIDEN_MS, acting, add_leg, agent_busy, allowed, enter, not_allowed, not_in_it, over,
    own_leg, settle, tell, widen,
};
use super::model::{Call, Cause, Direction, Happening, Leg, LegState, Medium, Recording, RecordingState, Role, State};
use super::queries::{self, CallView};
use super::{recording, store};
use crate::channels::CallSettings;
use crate::conversations::commands::Assign;
use crate::conversations::{self, Conversation};
use crate::db::Tx;
use crate::kernel::{Actor, CallId, ConversationId, Ctx, Error, ErrorKind, LegId, Result, UserId};
use crate::prechat;

/// An agent calls the customer.
pub struct Start {
    pub conversation: ConversationId,
    pub medium: Medium,
    pub customer_is_online: bool,
    pub caps: Caps,
}

pub fn start(tx: &mut Tx<'_>, ctx: &Ctx, command: &Start) -> Result<CallView> {
    let mut conversation = conversations::queries::visible(tx, ctx, command.conversation)?;
    let Actor::User { id: user, .. } = ctx.actor else { return Err(Error::not_found()) };
    let settings = allowed(tx, conversation.channel)?;
    require_free(tx, &conversation, command.medium, &settings, &command.caps)?;
    if store::is_engaged(tx, user, None)? {
        return Err(agent_busy());
    }
    if !command.customer_is_online {
        return Err(Error::conflict("call.customer_offline", "The customer is not here."));
    }
    conversations::commands::take_on(tx, ctx, &mut conversation)?;
    let mut call = begin(tx, ctx, &conversation, (Direction::Agent, command.medium), &settings)?;
    let agent = Leg::new(Some(user), LegState::Accepted, command.medium);
    add_leg(tx, &mut call, Leg { accepted_at: Some(ctx.now), ..agent })?;
    let customer = Leg::new(None, LegState::Ringing, command.medium);
    add_leg(tx, &mut call, Leg { due_at: Some(ctx.now.plus(RING_MS)), ..customer })?;
    tell(tx, ctx, call)
}

/// A visitor asks for a call.
pub struct Ask {
    pub medium: Medium,
    /// Agents who are here and take conversations.
    pub online: Vec<UserId>,
    pub caps: Caps,
}

pub fn ask(tx: &mut Tx<'_>, ctx: &Ctx, command: &Ask) -> Result<CallView> {
    let Actor::Visitor { channel, .. } = ctx.actor else { return Err(Error::not_found()) };
    let settings = allowed(tx, channel)?;
    if !settings.visitors_may_ask {
        return Err(not_allowed("In this channel the organisation calls."));
    }
    let conversation = prechat::commands::enter(tx, ctx)?;
    require_free(tx, &conversation, command.medium, &settings, &command.caps)?;
    let mut call = begin(tx, ctx, &conversation, (Direction::Visitor, command.medium), &settings)?;
    let customer = Leg::new(None, LegState::Accepted, command.medium);
    add_leg(tx, &mut call, Leg { accepted_at: Some(ctx.now), ..customer })?;
    let assignee: Vec<UserId> =
        conversation.assignee.into_iter().filter(|user| command.online.contains(user)).collect();
    if lifecycle::ring(tx, ctx, &mut call, &assignee)? {
        call.widen_at = Some(ctx.now.plus(WIDEN_MS));
    } else if !lifecycle::ring(tx, ctx, &mut call, &command.online)? {
        return Err(nobody(tx, &call, &command.online)?);
    }
    tell(tx, ctx, call)
}

/// Nobody is here, or whoever is talks to somebody else.
fn nobody(tx: &Tx<'_>, call: &Call, online: &[UserId]) -> Result<Error> {
    for user in online {
        if conversations::may_serve(tx, call.channel, *user)? {
            return Ok(Error::conflict("call.everyone_busy", "Everybody is in another call. Try again soon."));
        }
    }
    Ok(Error::conflict("call.nobody_here", "Nobody who could take the call is here now."))
}

fn require_free(
    tx: &Tx<'_>,
    conversation: &Conversation,
    medium: Medium,
    settings: &CallSettings,
    caps: &Caps,
) -> Result<()> {
    if medium == Medium::Video && !settings.video {
        return Err(not_allowed("This channel has voice calls alone."));
    }
    let is_busy =
        store::has_live(tx, conversation.id)? || store::find_live_of_customer(tx, conversation.customer)?.is_some();
    if is_busy {
        return Err(Error::conflict("call.busy", "There is a call with this customer already."));
    }
    if store::count_live(tx)? >= caps.calls_max as i64 {
        let full =
            Error::new(ErrorKind::Unavailable, "call.full", "As many calls as this server carries are under way.");
        return Err(full.retry_after(30));
    }
    Ok(())
}

fn begin(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    conversation: &Conversation,
    (direction, medium): (Direction, Medium),
    settings: &CallSettings,
) -> Result<Call> {
    let state = if recording::asks_first(settings) { RecordingState::WaitingForConsent } else { RecordingState::Off };
    let mut call = Call {
        id: CallId(0),
        conversation: conversation.id,
        channel: conversation.channel,
        customer: conversation.customer,
        medium,
        direction,
        state: State::Ringing,
        created_at: ctx.now,
        answered_at: None,
        ended_at: None,
        widen_at: None,
        recording: Recording { state, note: String::new(), by: None, consent: None },
        // Nobody has heard of it yet.
        position: 0,
        legs: Vec::new(),
    };
    call.id = store::insert(tx, &call)?;
    Ok(call)
}

/// Takes the call. The first of several agents has it; a second try of the same one changes nothing.
pub fn accept(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, online: &[UserId]) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    let user = acting(ctx)?;
    let rings_at_all = call.state == State::Ringing && call.direction == Direction::Visitor;
    let leg = match call.own_leg(user) {
        Some(leg) if leg.state == LegState::Ringing => leg.id,
        Some(_) => return queries::view(tx, call),
        None if call.state.is_over() => return Err(over()),
        None if user.is_some() && rings_at_all => {
            let new = Leg::new(user, LegState::Ringing, call.medium);
            add_leg(tx, &mut call, new)?
        }
        None => return Err(Error::conflict("call.taken", "Somebody else has taken it.")),
    };
    if let Some(user) = user
        && store::is_engaged(tx, user, Some(id))?
    {
        return Err(agent_busy());
    }
    let is_transfer = call.leg(leg).is_some_and(|leg| leg.replaces.is_some());
    if let Some(leg) = call.leg_mut(leg) {
        (leg.state, leg.accepted_at, leg.due_at) = (LegState::Accepted, Some(ctx.now), Some(ctx.now.plus(JOIN_MS)));
    }
    if call.state == State::Ringing {
        answered(tx, ctx, &mut call, leg)?;
    } else if is_transfer {
        give_conversation_to(tx, ctx, &call, user)?;
    }
    if let Some(user) = user {
        leave_other_rings(tx, ctx, user, id, online)?;
    }
    settle(tx, ctx, &mut call, Cause::Joined)?;
    tell(tx, ctx, call)
}

fn answered(tx: &mut Tx<'_>, ctx: &Ctx, call: &mut Call, by: LegId) -> Result<()> {
    for leg in &mut call.legs {
        match leg.state {
            LegState::Ringing => leg.leave(),
            // Now whoever asked has to come too.
            LegState::Accepted if leg.id != by => leg.due_at = Some(ctx.now.plus(JOIN_MS)),
            _ => {}
        }
    }
    if matches!(ctx.actor, Actor::User { .. }) {
        let mut conversation = conversations::queries::visible(tx, ctx, call.conversation)?;
        conversations::commands::take_on(tx, ctx, &mut conversation)?;
    }
    let state = call.state.after(Happening::Answered).ok_or_else(over)?;
    enter(tx, ctx, call, state)
}

pub(super) fn give_conversation_to(tx: &mut Tx<'_>, ctx: &Ctx, call: &Call, assignee: Option<UserId>) -> Result<()> {
    let (conversation, expected, expected_epoch, entrusted) = (call.conversation, None, None, false);
    let assign = Assign { conversation, assignee, expected, expected_epoch, entrusted };
    conversations::commands::assign(tx, ctx, &assign).map(drop)
}

/// Whoever takes one call does not take the others that ring at them.
fn leave_other_rings(tx: &mut Tx<'_>, ctx: &Ctx, user: UserId, but: CallId, online: &[UserId]) -> Result<()> {
    for id in store::list_live_of_user(tx, user)? {
        let Some(mut call) = store::find(tx, id)?.filter(|call| call.id != but) else { continue };
        let own = call.own_leg(Some(user)).filter(|leg| leg.state == LegState::Ringing).map(|leg| leg.id);
        let Some(own) = own.and_then(|own| call.leg_mut(own)) else { continue };
        own.leave();
        widen(tx, ctx, &mut call, online)?;
        settle(tx, ctx, &mut call, Cause::Busy)?;
        tell(tx, ctx, call)?;
    }
    Ok(())
}

/// Does not take it. A visitor's call then rings at whoever was not asked yet.
pub fn decline(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, online: &[UserId]) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    let leg = own_leg(&call, ctx)?;
    if leg.state != LegState::Ringing {
        return Err(over());
    }
    let leg = leg.id;
    call.leg_mut(leg).into_iter().for_each(Leg::leave);
    if !call.legs.iter().any(|leg| leg.state == LegState::Ringing) {
        widen(tx, ctx, &mut call, online)?;
    }
    settle(tx, ctx, &mut call, Cause::Declined)?;
    tell(tx, ctx, call)
}

/// Whoever asked gives up while it rings.
pub fn cancel(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    if !own_leg(&call, ctx)?.is_in() {
        return Err(not_allowed("It rings at you: decline it."));
    }
    if call.state != State::Ringing {
        return Err(over());
    }
    let state = call.state.after(Happening::Cancelled).ok_or_else(over)?;
    enter(tx, ctx, &mut call, state)?;
    tell(tx, ctx, call)
}

/// Leaves. The call is over when nobody of one side is left. Twice is once.
pub fn hang_up(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    let user = acting(ctx)?;
    let Some(leg) = call.own_leg(user).map(|leg| leg.id) else {
        let was_in = call.legs.iter().any(|leg| leg.user == user && leg.accepted_at.is_some());
        return if was_in { queries::view(tx, call) } else { Err(not_in_it()) };
    };
    call.leg_mut(leg).into_iter().for_each(Leg::leave);
    settle(tx, ctx, &mut call, Cause::HungUp)?;
    tell(tx, ctx, call)
}

/// What somebody sends; what is `None` stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    pub muted: Option<bool>,
    pub camera: Option<bool>,
    pub screen: Option<bool>,
}

pub fn show(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, new: Show) -> Result<()> {
    let mut call = queries::visible(tx, ctx, id)?;
    let own = own_leg(&call, ctx)?.clone();
    if !own.is_in() {
        return Err(over());
    }
    let shows = new.camera == Some(true) || new.screen == Some(true);
    if shows && (own.role != Role::Talks || !lifecycle::settings(tx, &call)?.video) {
        return Err(not_allowed("No picture may be shown here."));
    }
    let starts_screen = new.screen == Some(true) && !own.screen;
    for leg in &mut call.legs {
        if leg.id == own.id {
            leg.muted = new.muted.unwrap_or(leg.muted);
            leg.camera = new.camera.unwrap_or(leg.camera);
            leg.screen = new.screen.unwrap_or(leg.screen);
        } else if starts_screen {
            // There is room for one screen: the newest.
            leg.screen = false;
        }
    }
    if call.leg(own.id) == Some(&own) { Ok(()) } else { tell(tx, ctx, call).map(drop) }
}
