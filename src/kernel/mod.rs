//! What every room speaks: ids, time, who acts, errors, pages. No I/O, and nothing of ours imported.

mod actor;
mod clock;
mod ctx;
mod error;
mod event;
pub mod figures;
mod ids;
mod page;
mod pulse;

pub use actor::{Actor, Role};
pub use clock::{Clock, Millis, Steady, Stopwatch};
pub use ctx::Ctx;
pub use error::{Error, ErrorKind, FieldError, Result};
pub use event::{Event, Published};
pub use ids::{
    AttachmentId, CallId, ChannelId, ConversationId, CustomerId, LegId, QuickReplyId, RatingId, RecordingId,
    SavedViewId, TagId, TokenId, TransferId, UserId, WebhookId,
};
pub use page::Page;
pub use pulse::{Pulse, Watched};
