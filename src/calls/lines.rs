//! What becomes of a call by its lines: the media plane's word, and the end of a server's life. The program's own commands.

use super::lifecycle::{INTERRUPTED_MS, enter, for_system, replace, settle, tell, widen};
use super::model::{Cause, Happening, Leg, LegState, Role};
use super::store;
use crate::conversations;
use crate::db::Tx;
use crate::identity;
use crate::kernel::{self, CallId, Ctx, LegId, Result, UserId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    Open,
    /// Silent for a moment, or closed from the other side: a page that is loaded anew closes its line too.
    Broken,
}

/// A line was opened, or nothing comes over it any more.
pub fn changed(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, leg: LegId, line: Line) -> Result<()> {
    let Some(mut call) = for_system(tx, ctx, id)? else { return Ok(()) };
    let Some(own) = call.leg_mut(leg).filter(|leg| leg.is_in()) else { return Ok(()) };
    match (own.state, line) {
        (LegState::Accepted | LegState::Interrupted, Line::Open) => {
            (own.state, own.due_at) = (LegState::Joined, None);
            replace(&mut call, leg);
        }
        (LegState::Joined, Line::Broken) => {
            (own.state, own.due_at) = (LegState::Interrupted, Some(ctx.now.plus(INTERRUPTED_MS)));
        }
        _ => return Ok(()),
    }
    settle(tx, ctx, &mut call, Cause::Joined)?;
    tell(tx, ctx, call).map(drop)
}

/// A leg's state may have lasted too long: looked at again here, where it counts.
pub fn ran_out(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, leg: LegId, online: &[UserId]) -> Result<()> {
    let Some(mut call) = for_system(tx, ctx, id)? else { return Ok(()) };
    let Some(own) = call.leg_mut(leg).filter(|leg| leg.due_at.is_some_and(|due| due <= ctx.now)) else { return Ok(()) };
    let cause = match own.state {
        LegState::Ringing => Cause::RangOut,
        LegState::Accepted => Cause::NotJoined,
        LegState::Joined | LegState::Interrupted | LegState::Left => Cause::Lost,
    };
    own.leave();
    if !call.legs.iter().any(|leg| leg.state == LegState::Ringing) && call.widen_at.is_some() {
        widen(tx, ctx, &mut call, online)?;
    }
    settle(tx, ctx, &mut call, cause)?;
    tell(tx, ctx, call).map(drop)
}

/// Whoever lost the channel, or what they took part by, is in its call no longer.
pub fn barred(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId) -> Result<()> {
    let Some(mut call) = for_system(tx, ctx, id)? else { return Ok(()) };
    let channel = call.channel;
    let mut is_changed = false;
    for leg in call.legs.iter_mut().filter(|leg| leg.state != LegState::Left) {
        let Some(user) = leg.user else { continue };
        let supervises = || {
            let person = identity::find_user(tx, user)?;
            Ok(person.is_some_and(|person| person.role >= kernel::Role::Supervisor))
        };
        let stays = conversations::may_serve(tx, channel, user)? && (leg.role == Role::Talks || supervises()?);
        if !stays {
            leg.leave();
            is_changed = true;
        }
    }
    if !is_changed {
        return Ok(());
    }
    settle(tx, ctx, &mut call, Cause::HungUp)?;
    tell(tx, ctx, call).map(drop)
}

/// The assignee had their time.
pub fn widen_now(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, online: &[UserId]) -> Result<()> {
    let Some(mut call) = for_system(tx, ctx, id)? else { return Ok(()) };
    if call.widen_at.is_none_or(|at| at > ctx.now) {
        return Ok(());
    }
    widen(tx, ctx, &mut call, online)?;
    tell(tx, ctx, call).map(drop)
}

/// A server that starts finds calls whose lines are gone.
pub fn restarted(tx: &mut Tx<'_>, ctx: &Ctx) -> Result<usize> {
    let live = store::list_live(tx)?;
    for id in &live {
        let Some(mut call) = for_system(tx, ctx, *id)? else { continue };
        if let Some(state) = call.state.after(Happening::Restarted) {
            enter(tx, ctx, &mut call, state)?;
            tell(tx, ctx, call)?;
        }
    }
    Ok(live.len())
}

/// The leg, if it may have a line now.
pub fn may_join(leg: &Leg) -> bool {
    leg.is_in()
}
