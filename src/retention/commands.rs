//! Changing the policy: administrators.

use super::events::RetentionChanged;
use super::{Policy, store};
use crate::channels;
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Result, Role};

pub fn update(tx: &mut Tx<'_>, ctx: &Ctx, policy: &Policy) -> Result<Policy> {
    let by = ctx.require(Role::Administrator)?;
    policy.validate()?;
    let mut policy = policy.clone();
    policy.channels.sort_unstable();
    policy.channels.dedup_by_key(|(channel, _)| *channel);
    for (channel, _) in &policy.channels {
        channels::queries::find(tx, *channel)?.ok_or_else(|| Error::invalid("channels", "unknown"))?;
    }
    store::update(tx, &policy)?;
    tx.emit(ctx.now, RetentionChanged { by })?;
    Ok(policy)
}
