//! Which channels somebody may see, and with them which conversations.

use super::store;
use crate::db::Snapshot;
use crate::hub::Visibility;
use crate::kernel::{Actor, ChannelId, Ctx, Error, Result, Role, UserId};

pub fn visibility(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Visibility> {
    match ctx.actor {
        Actor::System => Ok(Visibility::Everything),
        Actor::User { role, .. } if role >= Role::Supervisor => Ok(Visibility::Everything),
        Actor::User { id, .. } => {
            Ok(Visibility::Channels(store::list_ids_of_member(snapshot, id)?.into_iter().collect()))
        }
        Actor::Visitor { .. } => Ok(Visibility::Channels(Default::default())),
    }
}

/// NotFound unless the acting person may see this channel.
pub fn require(snapshot: &Snapshot<'_>, ctx: &Ctx, channel: ChannelId) -> Result<UserId> {
    let Actor::User { id, role } = ctx.actor else { return Err(Error::not_found()) };
    if may_serve(snapshot, channel, id, role)? { Ok(id) } else { Err(Error::not_found()) }
}

/// Whether this person may see, and so be given, the conversations of this channel.
pub fn may_serve(snapshot: &Snapshot<'_>, channel: ChannelId, user: UserId, role: Role) -> Result<bool> {
    Ok(role >= Role::Supervisor || store::is_member(snapshot, channel, user)?)
}
