//! What happens to saved views.

use super::SavedView;
use crate::kernel::{Event, SavedViewId, UserId};

pub const UPDATED: &str = "saved_view.updated";
pub const DELETED: &str = "saved_view.deleted";

/// Made, changed or moved.
pub struct SavedViewUpdated {
    pub view: SavedView,
}

impl Event for SavedViewUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.view.id.0, 0)
    }
}

pub struct SavedViewDeleted {
    pub id: SavedViewId,
    pub owner: Option<UserId>,
}

impl Event for SavedViewDeleted {
    fn kind(&self) -> &'static str {
        DELETED
    }
    /// With its owner, 0 for nobody: the row is gone when this is told again.
    fn subject(&self) -> (i64, i64) {
        (self.id.0, self.owner.map_or(0, |owner| owner.0))
    }
}
