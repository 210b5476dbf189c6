//! Reading the policy, and what it would delete.

use super::{Policy, store};
use crate::channels;
use crate::conversations::expiry;
use crate::db::Snapshot;
use crate::kernel::{ChannelId, Ctx, Millis, Result, Role};

/// A count above this is only "more than".
pub const COUNT_MAX: i64 = 100_000;

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Policy> {
    ctx.require(Role::Administrator)?;
    store::get(snapshot)
}

/// Without asking who: for the nightly work.
pub fn policy(snapshot: &Snapshot<'_>) -> Result<Policy> {
    store::get(snapshot)
}

/// What goes of one channel.
pub struct Due {
    pub channel: ChannelId,
    pub before: Millis,
    /// Up to [`COUNT_MAX`].
    pub conversations: i64,
}

/// What `policy` would delete now. Customers are not counted: who goes depends on what went before.
pub fn preview(snapshot: &Snapshot<'_>, ctx: &Ctx, policy: &Policy) -> Result<Vec<Due>> {
    ctx.require(Role::Administrator)?;
    policy.validate()?;
    let mut due = Vec::new();
    for channel in channels::queries::list(snapshot, ctx)? {
        let Some(before) = policy.conversations_before(channel.id, ctx.now) else { continue };
        let conversations = expiry::count_aged(snapshot, channel.id, before, COUNT_MAX)?;
        due.push(Due { channel: channel.id, before, conversations });
    }
    Ok(due)
}
