//! What happens to channels.

use super::Channel;
use crate::kernel::Event;

pub const UPDATED: &str = "channel.updated";
pub const ACCESS_CHANGED: &str = "channel.access_changed";

/// Made or changed.
pub struct ChannelUpdated {
    pub channel: Channel,
}

impl Event for ChannelUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.channel.id.0, 0)
    }
}

/// Its members changed: what people may see is different now.
pub struct ChannelAccessChanged {
    pub channel: crate::kernel::ChannelId,
}

impl Event for ChannelAccessChanged {
    fn kind(&self) -> &'static str {
        ACCESS_CHANGED
    }
    fn subject(&self) -> (i64, i64) {
        (self.channel.0, 0)
    }
}
