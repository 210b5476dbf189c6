//! Who is received how.

use super::Reception;
use crate::channels::{self, Channel};
use crate::conversations;
use crate::db::Snapshot;
use crate::kernel::{ChannelId, Ctx, Millis, Result, UserId};

/// `present`: who is there and not away.
pub fn reception(snapshot: &Snapshot<'_>, channel: &Channel, present: &[UserId], now: Millis) -> Result<Reception> {
    Ok(Reception::new(channel, is_served(snapshot, channel, present)?, now))
}

fn is_served(snapshot: &Snapshot<'_>, channel: &Channel, present: &[UserId]) -> Result<bool> {
    if !channel.settings.reception.presence {
        return Ok(true);
    }
    for user in present {
        if conversations::may_serve(snapshot, channel.id, *user)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Of the channels that say it to their visitors.
pub(super) fn told(snapshot: &Snapshot<'_>, present: &[UserId], now: Millis) -> Result<Vec<(ChannelId, Reception)>> {
    let channels = channels::queries::list(snapshot, &Ctx::system(now))?;
    let said = channels.iter().filter(|channel| channel.active && channel.settings.tells_reception());
    said.map(|channel| Ok((channel.id, reception(snapshot, channel, present, now)?))).collect()
}
