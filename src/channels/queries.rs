//! Reading channels.

use super::{Channel, access, store};
use crate::db::Snapshot;
use crate::kernel::{ChannelId, Ctx, Error, Result};

pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Channel>> {
    let visibility = access::visibility(snapshot, ctx)?;
    Ok(store::list(snapshot)?.into_iter().filter(|channel| visibility.sees(channel.id)).collect())
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ChannelId) -> Result<Channel> {
    access::require(snapshot, ctx, id)?;
    find(snapshot, id)?.ok_or_else(Error::not_found)
}

/// Without asking who: for rooms that have asked already.
pub fn find(snapshot: &Snapshot<'_>, id: ChannelId) -> Result<Option<Channel>> {
    store::find(snapshot, id)
}

/// The channel behind a public key, if it is open to customers.
pub fn find_active_by_key(snapshot: &Snapshot<'_>, key: &str) -> Result<Option<Channel>> {
    Ok(store::find_by_key(snapshot, key)?.filter(|channel| channel.active))
}
