//! What happens to recordings: for the log, and for rooms to the right that show them.

use crate::kernel::{CallId, Event, RecordingId};

pub struct RecordingBegan {
    pub id: RecordingId,
    pub call: CallId,
}

impl Event for RecordingBegan {
    fn kind(&self) -> &'static str {
        "recording.began"
    }
    fn subject(&self) -> (i64, i64) {
        (self.id.0, self.call.0)
    }
}

/// For whatever reason; the row has it.
pub struct RecordingEnded {
    pub id: RecordingId,
    pub call: CallId,
}

impl Event for RecordingEnded {
    fn kind(&self) -> &'static str {
        "recording.ended"
    }
    fn subject(&self) -> (i64, i64) {
        (self.id.0, self.call.0)
    }
}

/// Its time was over.
pub struct RecordingDeleted {
    pub id: RecordingId,
    pub call: CallId,
}

impl Event for RecordingDeleted {
    fn kind(&self) -> &'static str {
        "recording.deleted"
    }
    fn subject(&self) -> (i64, i64) {
        (self.id.0, self.call.0)
    }
}
