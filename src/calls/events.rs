//! What happens to calls.

use super::queries::CallView;
use crate::kernel::Event;

pub const UPDATED: &str = "call.updated";

/// Anything: it rings, somebody accepted, joined, left, shows their screen, the recording went on, it is over.
pub struct CallUpdated {
    pub view: CallView,
    /// About somebody of whom the customer does not know.
    pub is_hidden: bool,
}

impl Event for CallUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.view.call.id.0, 0)
    }
}
