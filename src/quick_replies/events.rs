//! What happens to quick replies. Uses are counted and not told.

use super::QuickReply;
use crate::kernel::{Event, QuickReplyId, UserId};

pub const UPDATED: &str = "quick_reply.updated";
pub const DELETED: &str = "quick_reply.deleted";

/// Made, changed or brought back.
pub struct QuickReplyUpdated {
    pub reply: QuickReply,
}

impl Event for QuickReplyUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.reply.id.0, 0)
    }
}

pub struct QuickReplyDeleted {
    pub id: QuickReplyId,
    pub owner: Option<UserId>,
}

impl Event for QuickReplyDeleted {
    fn kind(&self) -> &'static str {
        DELETED
    }
    /// With its owner, 0 for nobody: the row may be gone when this is told again.
    fn subject(&self) -> (i64, i64) {
        (self.id.0, self.owner.map_or(0, |owner| owner.0))
    }
}
