//! Calls of conversations that are gone go after them.

use super::{quality_store, store, stroke_store};
use crate::conversations;
use crate::db::{Snapshot, Tx};
use crate::kernel::{Actor, CallId, Ctx, Error, Result};

/// The next calls whose conversation is gone, and where to go on; `None`: that was all.
pub fn orphans(snapshot: &Snapshot<'_>, after: CallId, limit: usize) -> Result<(Vec<CallId>, Option<CallId>)> {
    let seen = store::list_ended_after(snapshot, after, limit)?;
    let next = seen.last().filter(|_| seen.len() == limit).map(|(call, _)| *call);
    let mut orphans = Vec::new();
    for (call, conversation) in seen {
        if conversations::queries::find(snapshot, conversation)?.is_none() {
            orphans.push(call);
        }
    }
    Ok((orphans, next))
}

/// Everything of these calls.
pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, calls: &[CallId]) -> Result<()> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    for call in calls {
        stroke_store::delete_of_call(tx, *call)?;
        quality_store::delete_of_call(tx, *call)?;
        store::delete(tx, *call)?;
    }
    Ok(())
}
