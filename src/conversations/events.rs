//! What happens in conversations.

use super::drafts::Draft;
use super::{ConversationView, Marks, Message};
use crate::identity::UserSummary;
use crate::kernel::{ChannelId, ConversationId, CustomerId, Event, UserId};

pub const MESSAGE_CREATED: &str = "message.created";
pub const MESSAGE_UPDATED: &str = "message.updated";
pub const DRAFT_UPDATED: &str = "draft.updated";
pub const MENTIONS_SEEN: &str = "mentions.seen";
pub const UPDATED: &str = "conversation.updated";
pub const READ: &str = "conversation.read";
pub const DELETED: &str = "conversation.deleted";
pub const PURGED: &str = "conversations.purged";

pub struct MessageCreated {
    pub message: Message,
    pub channel: ChannelId,
    pub customer: CustomerId,
    /// The author as the customer sees them, if it is one of us.
    pub agent: Option<UserSummary>,
}

impl Event for MessageCreated {
    fn kind(&self) -> &'static str {
        MESSAGE_CREATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.message.key.conversation().0, self.message.key.seq())
    }
}

/// Its author mended it or took it back.
pub struct MessageUpdated {
    pub message: Message,
    pub channel: ChannelId,
    pub customer: CustomerId,
    /// The author as the customer sees them.
    pub agent: Option<UserSummary>,
}

impl Event for MessageUpdated {
    fn kind(&self) -> &'static str {
        MESSAGE_UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.message.key.conversation().0, self.message.key.seq())
    }
}

/// One person knows where they are called: in one conversation, or everywhere.
pub struct MentionsSeen {
    pub user: UserId,
    pub conversation: Option<ConversationId>,
}

impl Event for MentionsSeen {
    fn kind(&self) -> &'static str {
        MENTIONS_SEEN
    }
    /// 0: everywhere.
    fn subject(&self) -> (i64, i64) {
        (self.user.0, self.conversation.map_or(0, |id| id.0))
    }
}

/// What somebody has begun to write; for them alone.
pub struct DraftUpdated {
    pub draft: Draft,
}

impl Event for DraftUpdated {
    fn kind(&self) -> &'static str {
        DRAFT_UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.draft.user.0, self.draft.conversation.0)
    }
}

/// Anything but its messages: opened, assigned, resolved, reopened, marks.
pub struct ConversationUpdated {
    pub view: ConversationView,
    /// The marks in the customer's numbering.
    pub public_marks: Marks,
    pub assignee: Option<UserSummary>,
}

impl Event for ConversationUpdated {
    fn kind(&self) -> &'static str {
        UPDATED
    }
    fn subject(&self) -> (i64, i64) {
        (self.view.conversation.id.0, 0)
    }
}

/// One person has read up to here.
pub struct ConversationRead {
    pub conversation: ConversationId,
    pub user: UserId,
    pub seq: i64,
}

impl Event for ConversationRead {
    fn kind(&self) -> &'static str {
        READ
    }
    fn subject(&self) -> (i64, i64) {
        (self.conversation.0, self.user.0)
    }
}

/// It was resolved long enough ago. Its messages go after it.
pub struct ConversationDeleted {
    pub conversation: ConversationId,
    pub channel: ChannelId,
}

impl Event for ConversationDeleted {
    fn kind(&self) -> &'static str {
        DELETED
    }
    fn subject(&self) -> (i64, i64) {
        (self.conversation.0, self.channel.0)
    }
}

/// The messages of that many deleted conversations are gone too.
pub struct ConversationsPurged {
    pub conversations: i64,
}

impl Event for ConversationsPurged {
    fn kind(&self) -> &'static str {
        PURGED
    }
    fn subject(&self) -> (i64, i64) {
        (self.conversations, 0)
    }
}
