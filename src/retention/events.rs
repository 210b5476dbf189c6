//! What happens to the policy.

use crate::kernel::{Event, UserId};

/// For the log alone: who changed it when.
pub struct RetentionChanged {
    pub by: UserId,
}

impl Event for RetentionChanged {
    fn kind(&self) -> &'static str {
        "retention.changed"
    }
    fn subject(&self) -> (i64, i64) {
        (self.by.0, 0)
    }
}
