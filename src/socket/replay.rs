//! What somebody missed, from the store.

use super::{FindMissed, Replay, Replayed};
use crate::db::Snapshot;
use crate::hub::{Announcement, Feeds, Listener};
use crate::kernel::{Actor, Ctx, Result};
use std::collections::HashMap;

/// Further behind than this a fresh snapshot is cheaper for everybody.
const EVENTS_MAX: usize = 5_000;
/// They wait in memory while they are written.
const BYTES_MAX: usize = 4 << 20;

pub enum Missed {
    /// The cursor is of no use, or too much happened: load everything anew.
    Reset,
    Events(Vec<Replayed>),
}

/// The events after `after` that `listener` may hear. The snapshot's position is where live events take over.
pub fn missed(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    feeds: &Feeds,
    listener: &Listener,
    (replay, own): (&Replay, &[FindMissed]),
    after: Option<i64>,
) -> Result<Missed> {
    let known = snapshot.swept_position()?..=snapshot.position()?;
    let Some(after) = after.filter(|after| known.contains(after)) else { return Ok(Missed::Reset) };
    match replay {
        Replay::Own(find) => from_own(snapshot, ctx, after, [find].into_iter().chain(own)),
        Replay::Log => from_log(snapshot, ctx, feeds, listener, after),
    }
}

fn from_own<'a>(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    after: i64,
    finds: impl Iterator<Item = &'a FindMissed>,
) -> Result<Missed> {
    let mut found = Vec::new();
    for find in finds {
        let Some(events) = find(snapshot, ctx, after)? else { return Ok(Missed::Reset) };
        found.extend(events);
    }
    found.sort_by_key(|event| event.position);
    Ok(Missed::Events(found))
}

fn from_log(snapshot: &Snapshot<'_>, ctx: &Ctx, feeds: &Feeds, listener: &Listener, after: i64) -> Result<Missed> {
    let events = snapshot.events_after(after, EVENTS_MAX + 1)?;
    if events.len() > EVENTS_MAX {
        return Ok(Missed::Reset);
    }
    // An event tells a whole state: of several about one thing the last is enough.
    let last: HashMap<(&str, (i64, i64)), i64> =
        events.iter().map(|event| ((event.kind.as_str(), event.subject), event.position)).collect();
    let mut found = Vec::new();
    let mut bytes = 0;
    for event in &events {
        let Some(feed) = feeds.find(&event.kind) else { continue };
        if last[&(event.kind.as_str(), event.subject)] != event.position {
            continue;
        }
        match (feed.replay)(snapshot, event)? {
            Announcement::Tell { audience, agents, customer } => {
                if let Some(body) = listener.hears(audience, agents.as_deref(), customer.as_ref()) {
                    found.push(Replayed { position: event.position, kind: feed.kind, body: body.to_owned() });
                    bytes += body.len();
                    if bytes > BYTES_MAX {
                        return Ok(Missed::Reset);
                    }
                }
            }
            // Their rights changed while they were away: what they hold may be too much or too little.
            Announcement::AccessChanged { user } if concerns(ctx.actor, user) => return Ok(Missed::Reset),
            _ => {}
        }
    }
    Ok(Missed::Events(found))
}

fn concerns(actor: Actor, user: Option<crate::kernel::UserId>) -> bool {
    matches!(actor, Actor::User { id, .. } if user.is_none_or(|user| user == id))
}
