//! What happens to tags.

use super::Tag;
use crate::kernel::{Event, TagId};

pub const UPDATED: &str = "tag.updated";
pub const DELETED: &str = "tag.deleted";

/// Made, changed or brought back.
pub struct TagUpdated {
    pub tag: Tag,
}

impl Event for TagUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.tag.id.0, 0)
    }
}

/// It is on nothing any more, as far as anybody sees.
pub struct TagDeleted {
    pub id: TagId,
}

impl Event for TagDeleted {
    fn kind(&self) -> &'static str {
        DELETED
    }
    fn subject(&self) -> (i64, i64) {
        (self.id.0, 0)
    }
}
