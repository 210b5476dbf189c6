//! What happens to offers.

use super::TransferView;
use crate::kernel::{ChannelId, Event};

pub const UPDATED: &str = "transfer.updated";

/// Offered, answered, taken back, over.
pub struct TransferUpdated {
    pub view: TransferView,
    pub channel: ChannelId,
}

impl Event for TransferUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.view.transfer.id.0, 0)
    }
}
