//! More than two: a colleague is invited or takes over, a supervisor listens, whispers, joins in.

use super::commands::give_conversation_to;
use super::lifecycle::{
    self, Caps, JOIN_MS, RING_MS, add_leg, agent_busy, not_allowed, over, own_leg, require_place, tell,
};
use super::model::{Call, Cause, Leg, LegState, Replaces, Role, State};
use super::queries::{self, CallView};
use super::store;
use crate::conversations;
use crate::db::Tx;
use crate::kernel::{self, CallId, Ctx, Error, Result, UserId};

/// A colleague is asked to come.
pub struct Invite {
    pub user: UserId,
    pub is_online: bool,
    /// The one who invites leaves when they are there.
    pub is_transfer: bool,
    pub caps: Caps,
}

pub fn invite(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, command: &Invite) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    let own = own_leg(&call, ctx)?;
    if !own.is_talking_agent() {
        return Err(not_allowed("Only agents who talk in the call may do that."));
    }
    let own = own.id;
    require_talk(&call)?;
    if !conversations::may_serve(tx, call.channel, command.user)? {
        return Err(Error::invalid("user", "unknown"));
    }
    if call.own_leg(Some(command.user)).is_some() || store::is_engaged(tx, command.user, Some(id))? {
        return Err(agent_busy());
    }
    if !command.is_online {
        return Err(Error::conflict("call.agent_offline", "This colleague is not here."));
    }
    require_place(&call, Role::Talks, &command.caps)?;
    let colleague = Leg {
        due_at: Some(ctx.now.plus(RING_MS)),
        replaces: command.is_transfer.then_some(Replaces::One(own)),
        ..Leg::new(Some(command.user), LegState::Ringing, call.medium)
    };
    add_leg(tx, &mut call, colleague)?;
    tell(tx, ctx, call)
}

/// How a supervisor takes part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Listen,
    Whisper,
    Barge,
    TakeOver,
}

impl Mode {
    pub fn parse(text: &str) -> Option<Mode> {
        match text {
            "listen" => Some(Mode::Listen),
            "whisper" => Some(Mode::Whisper),
            "barge" => Some(Mode::Barge),
            "take_over" => Some(Mode::TakeOver),
            _ => None,
        }
    }

    fn role(self) -> Role {
        match self {
            Mode::Listen => Role::Listens,
            Mode::Whisper => Role::Whispers,
            Mode::Barge | Mode::TakeOver => Role::Talks,
        }
    }
}

/// Supervisors. From one mode to another as they like, but the customer is left with an agent who talks.
pub fn supervise(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, mode: Mode, caps: &Caps) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    let user = ctx.require(kernel::Role::Supervisor)?;
    require_talk(&call)?;
    if store::is_engaged(tx, user, Some(id))? {
        return Err(agent_busy());
    }
    let replaces = (mode == Mode::TakeOver).then_some(Replaces::All);
    let leg = match call.own_leg(Some(user)).map(|leg| leg.id) {
        Some(leg) => leg,
        None => {
            require_place(&call, mode.role(), caps)?;
            let new = Leg::new(Some(user), LegState::Accepted, call.medium);
            let new = Leg { role: mode.role(), camera: false, due_at: Some(ctx.now.plus(JOIN_MS)), ..new };
            add_leg(tx, &mut call, new)?
        }
    };
    if let Some(own) = call.leg_mut(leg) {
        (own.role, own.replaces) = (mode.role(), replaces);
        own.accepted_at.get_or_insert(ctx.now);
        if own.state == LegState::Ringing {
            (own.state, own.due_at) = (LegState::Accepted, Some(ctx.now.plus(JOIN_MS)));
        }
        if own.role != Role::Talks {
            (own.camera, own.screen) = (false, false);
        }
        if own.is_joined() {
            lifecycle::replace(&mut call, leg);
        }
    }
    if !call.legs.iter().any(Leg::is_talking_agent) {
        return Err(not_allowed("Somebody has to talk to the customer: transfer the call first."));
    }
    if mode == Mode::TakeOver {
        give_conversation_to(tx, ctx, &call, Some(user))?;
    }
    lifecycle::settle(tx, ctx, &mut call, Cause::Joined)?;
    tell(tx, ctx, call)
}

fn require_talk(call: &Call) -> Result<()> {
    if matches!(call.state, State::Connecting | State::Active) { Ok(()) } else { Err(over()) }
}
