//! What lasts too long: ringing, joining, silence. What is due is in the store; this only looks.

use super::stage::Stage;
use super::{lines, store};
use crate::db::Db;
use crate::hub::{Hub, Presence};
use crate::jobs::Timer;
use crate::kernel::{Ctx, ErrorKind, Millis, Result, UserId};

const EVERY_MS: i64 = Millis::seconds(1);
/// Legs in one turn.
const TURN_MAX: usize = 256;

/// How often the quality of calls under way is stored, in turns.
const QUALITY_TURNS: u64 = 10;

pub fn timer(db: &Db, hub: &Hub, stage: &Stage) -> Timer {
    let (db, hub, stage) = (db.clone(), hub.clone(), stage.clone());
    let mut turns = 0_u64;
    Timer::new("calls", EVERY_MS, move |now| {
        turns += 1;
        turn(&db, &hub, now)?;
        let ctx = Ctx::system(now);
        for id in stage.take_doubtful() {
            let looked = done(db.write_blocking(move |tx| lines::barred(tx, &ctx, id)));
            looked.inspect_err(|_| stage.doubt())?;
        }
        stage.store_quality(now, turns.is_multiple_of(QUALITY_TURNS))
    })
}

/// Agents at whom a call may ring: here, and not away.
pub fn online(hub: &Hub) -> Vec<UserId> {
    let present = hub.users_present().into_iter();
    let mut online: Vec<UserId> =
        present.filter(|(_, presence)| *presence == Presence::Online).map(|(user, _)| user).collect();
    online.sort_unstable();
    online
}

pub(super) fn turn(db: &Db, hub: &Hub, now: Millis) -> Result<()> {
    let (due, to_widen) = db.read_blocking(move |snapshot| {
        Ok((store::list_due(snapshot, now, TURN_MAX)?, store::list_to_widen(snapshot, now)?))
    })?;
    let ctx = Ctx::system(now);
    for id in to_widen {
        let online = online(hub);
        done(db.write_blocking(move |tx| lines::widen_now(tx, &ctx, id, &online)))?;
    }
    for (id, leg) in due {
        let online = online(hub);
        done(db.write_blocking(move |tx| lines::ran_out(tx, &ctx, id, leg, &online)))?;
    }
    Ok(())
}

/// One that fails must not keep the others; a store that is busy is asked again at the next turn.
fn done(outcome: Result<()>) -> Result<()> {
    match outcome {
        Err(error) if matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => Err(error),
        Err(error) => {
            tracing::warn!(%error, "a call's time could not be ended");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
