//! Whether a call is recorded: the channel's policy, the customer's consent, the agent's hand. What records is `crate::recording`.

use super::lifecycle::{self, enter, not_allowed, over, own_leg, tell};
use super::model::{Answer, Call, Happening, RecordingState, State};
use super::queries::{self, CallView};
use crate::channels::{CallSettings, Consent, RecordingPolicy};
use crate::db::Tx;
use crate::kernel::{Actor, CallId, Ctx, Error, Result};

const REASON_CHARS_MAX: usize = 500;

/// Whether nothing may be said before the customer has agreed.
pub fn asks_first(settings: &CallSettings) -> bool {
    settings.recording == RecordingPolicy::Always && settings.consent == Consent::Ask
}

/// Both sides hear one another: what is always recorded begins.
pub fn begin(call: &mut Call, settings: &CallSettings) {
    if settings.recording == RecordingPolicy::Always && call.recording.state == RecordingState::Off {
        call.recording.state = RecordingState::On;
    }
}

pub fn end(call: &mut Call) {
    call.recording.state = RecordingState::Off;
}

/// The customer's word. Without it, where it is asked first, the call is over.
pub fn consent(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, agreed: bool) -> Result<()> {
    let mut call = queries::visible(tx, ctx, id)?;
    if !matches!(ctx.actor, Actor::Visitor { .. }) {
        return Err(Error::not_found());
    }
    if call.recording.state != RecordingState::WaitingForConsent {
        return Err(over());
    }
    let settings = lifecycle::settings(tx, &call)?;
    call.recording.consent = Some((if agreed { Answer::Agreed } else { Answer::Refused }, ctx.now));
    call.recording.state = if agreed && call.state == State::Active { RecordingState::On } else { RecordingState::Off };
    if !agreed && asks_first(&settings) {
        let state = call.state.after(Happening::Declined).ok_or_else(over)?;
        enter(tx, ctx, &mut call, state)?;
    }
    tell(tx, ctx, call).map(drop)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Start,
    Pause,
    Resume,
    Stop,
}

impl Action {
    pub fn parse(text: &str) -> Option<Action> {
        match text {
            "start" => Some(Action::Start),
            "pause" => Some(Action::Pause),
            "resume" => Some(Action::Resume),
            "stop" => Some(Action::Stop),
            _ => None,
        }
    }
}

/// By an agent who talks in the call, within the policy.
pub fn control(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, action: Action, reason: &str) -> Result<CallView> {
    let mut call = queries::visible(tx, ctx, id)?;
    if !own_leg(&call, ctx)?.is_talking_agent() {
        return Err(not_allowed("Only agents who talk in the call may do that."));
    }
    let settings = lifecycle::settings(tx, &call)?;
    let by_policy = match settings.recording {
        RecordingPolicy::Off => false,
        RecordingPolicy::OnRequest => true,
        RecordingPolicy::Always => action != Action::Stop,
    };
    if !by_policy {
        return Err(not_allowed("The channel's policy says otherwise."));
    }
    let reason = reason.trim();
    match reason.chars().count() {
        0 if action == Action::Pause => return Err(Error::invalid("reason", "required")),
        n if n > REASON_CHARS_MAX => return Err(Error::invalid("reason", "too_long")),
        _ => {}
    }
    call.recording.state = after(&call, &settings, action).ok_or_else(over)?;
    (call.recording.note, call.recording.by) = (reason.to_owned(), lifecycle::acting(ctx)?);
    tell(tx, ctx, call)
}

/// The program's own: it could not be recorded, or not any further. Everybody learns that it is not.
pub(super) fn failed(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, why: &str) -> Result<()> {
    let Some(mut call) = lifecycle::for_system(tx, ctx, id)? else { return Ok(()) };
    if matches!(call.recording.state, RecordingState::On | RecordingState::Paused) {
        call.recording.state = RecordingState::Off;
        (call.recording.note, call.recording.by) = (why.to_owned(), None);
        tell(tx, ctx, call)?;
    }
    Ok(())
}

fn after(call: &Call, settings: &CallSettings, action: Action) -> Option<RecordingState> {
    use RecordingState::*;
    let agreed = matches!(call.recording.consent, Some((Answer::Agreed, _)));
    match (call.recording.state, action) {
        _ if call.state != State::Active => None,
        (Off, Action::Start) if settings.consent == Consent::Ask && !agreed => Some(WaitingForConsent),
        (Off, Action::Start) => Some(On),
        (On, Action::Pause) => Some(Paused),
        (Paused, Action::Resume) => Some(On),
        (On | Paused | WaitingForConsent, Action::Stop) => Some(Off),
        _ => None,
    }
}
