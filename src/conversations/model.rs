//! Conversations and messages as rules see them.

use crate::attachments::Attachment;
use crate::kernel::{CallId, ChannelId, ConversationId, CustomerId, Error, Millis, Result, TagId, UserId};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Open,
    Resolved,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Resolved => "resolved",
        }
    }
}

/// How urgent; least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Priority {
    None,
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Priority; 5] = [Priority::None, Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];

    pub fn as_str(self) -> &'static str {
        match self {
            Priority::None => "none",
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Urgent => "urgent",
        }
    }

    pub fn parse(text: &str) -> Option<Priority> {
        Priority::ALL.into_iter().find(|priority| priority.as_str() == text)
    }

    /// Its place in [`ALL`](Priority::ALL), as it is stored.
    pub fn rank(self) -> i64 {
        self as i64
    }

    pub fn of_rank(rank: i64) -> Option<Priority> {
        Priority::ALL.get(usize::try_from(rank).ok()?).copied()
    }
}

/// Put aside, though open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snooze {
    pub by: UserId,
    /// `None`: until the customer writes, which ends every snooze.
    pub until: Option<Millis>,
}

#[derive(Clone, Debug)]
pub struct Conversation {
    pub id: ConversationId,
    pub channel: ChannelId,
    pub customer: CustomerId,
    pub status: Status,
    /// Changed by [`give_to`](Conversation::give_to) alone.
    pub assignee: Option<UserId>,
    /// One owner for each number.
    pub owner_epoch: i64,
    /// Given to somebody who was gone, by somebody who could see that: it waits for them, until the customer writes again
    /// or they have seen it.
    pub entrusted: bool,
    /// Nothing of it may be deleted.
    pub held: bool,
    pub priority: Priority,
    /// Only open ones are.
    pub snooze: Option<Snooze>,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub resolved_at: Option<Millis>,
    /// The customer's oldest unanswered message.
    pub waiting_since_at: Option<Millis>,
    pub last_seq: i64,
    pub last_public_seq: i64,
    /// The newest text or note; 0 = none yet.
    pub last_words_seq: i64,
    pub marks: Marks,
    pub position: i64,
}

/// Why a conversation may not be deleted, and who says so.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    pub user: UserId,
    pub note: String,
    pub at: Millis,
}

impl Conversation {
    /// Whoever decides by the owner they saw names the epoch, and is refused if it is over.
    pub fn give_to(&mut self, assignee: Option<UserId>) {
        if assignee != self.assignee {
            self.assignee = assignee;
            self.owner_epoch += 1;
            self.entrusted = false;
        }
    }
}

/// How far each side received and saw the conversation, in seqs. They only grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Marks {
    pub customer_delivered: i64,
    pub customer_read: i64,
    pub agent_delivered: i64,
    pub agent_read: i64,
}

/// Where a message lies: `conversation * 2^24 + seq`. The table is ordered by it, so a page of history is one range.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageKey(pub i64);

impl MessageKey {
    const SEQ_BITS: u32 = 24;
    /// A conversation that reaches this has gone wrong somewhere else.
    pub const SEQ_MAX: i64 = (1 << Self::SEQ_BITS) - 1;

    pub fn new(conversation: ConversationId, seq: i64) -> Self {
        debug_assert!((0..=Self::SEQ_MAX).contains(&seq));
        MessageKey((conversation.0 << Self::SEQ_BITS) | seq)
    }

    pub fn conversation(self) -> ConversationId {
        ConversationId(self.0 >> Self::SEQ_BITS)
    }

    pub fn seq(self) -> i64 {
        self.0 & Self::SEQ_MAX
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Text,
    /// For colleagues only.
    Note,
    /// Something happened; `Message::activity` says what.
    Activity,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Note => "note",
            Kind::Activity => "activity",
        }
    }

    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::Text, Kind::Note, Kind::Activity].into_iter().find(|kind| kind.as_str() == text)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Author {
    Customer(CustomerId),
    Agent(UserId),
    System,
}

impl Author {
    pub fn kind(self) -> &'static str {
        match self {
            Author::Customer(_) => "customer",
            Author::Agent(_) => "agent",
            Author::System => "system",
        }
    }

    pub fn raw_id(self) -> i64 {
        match self {
            Author::Customer(id) => id.0,
            Author::Agent(id) => id.0,
            Author::System => 0,
        }
    }

    pub fn from_parts(kind: &str, id: i64) -> Option<Author> {
        match kind {
            "customer" => Some(Author::Customer(CustomerId(id))),
            "agent" => Some(Author::Agent(UserId(id))),
            "system" => Some(Author::System),
            _ => None,
        }
    }
}

/// What an activity says happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Opened,
    Assigned,
    Unassigned,
    /// Unassigned, because the assignee could not be reached.
    HandedBack,
    Resolved,
    Reopened,
    /// May not be deleted from here on …
    Held,
    /// … and may again.
    Released,
    /// The customer is asked what they think …
    RatingAsked,
    /// … and has said it.
    Rated,
    /// To a colleague, who may take it …
    TransferOffered,
    /// … and has it now …
    TransferAccepted,
    /// … or does not want it …
    TransferDeclined,
    /// … or was not asked for it any more …
    TransferWithdrawn,
    /// … or did not answer: it is with whom it was.
    TransferExpired,
    /// Put aside …
    Snoozed,
    /// … and back in the inbox.
    Woken,
    /// Answered …
    CallStarted,
    /// … or not, by nobody …
    CallMissed,
    /// … or somebody did not want to …
    CallDeclined,
    /// … and over, after it was answered.
    CallEnded,
}

impl Verb {
    const ALL: [Verb; 21] = [
        Verb::Opened,
        Verb::Assigned,
        Verb::Unassigned,
        Verb::HandedBack,
        Verb::Resolved,
        Verb::Reopened,
        Verb::Held,
        Verb::Released,
        Verb::RatingAsked,
        Verb::Rated,
        Verb::TransferOffered,
        Verb::TransferAccepted,
        Verb::TransferDeclined,
        Verb::TransferWithdrawn,
        Verb::TransferExpired,
        Verb::Snoozed,
        Verb::Woken,
        Verb::CallStarted,
        Verb::CallMissed,
        Verb::CallDeclined,
        Verb::CallEnded,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Verb::Opened => "opened",
            Verb::Assigned => "assigned",
            Verb::Unassigned => "unassigned",
            Verb::HandedBack => "handed_back",
            Verb::Resolved => "resolved",
            Verb::Reopened => "reopened",
            Verb::Held => "held",
            Verb::Released => "released",
            Verb::RatingAsked => "rating_asked",
            Verb::Rated => "rated",
            Verb::TransferOffered => "transfer_offered",
            Verb::TransferAccepted => "transfer_accepted",
            Verb::TransferDeclined => "transfer_declined",
            Verb::TransferWithdrawn => "transfer_withdrawn",
            Verb::TransferExpired => "transfer_expired",
            Verb::Snoozed => "snoozed",
            Verb::Woken => "woken",
            Verb::CallStarted => "call_started",
            Verb::CallMissed => "call_missed",
            Verb::CallDeclined => "call_declined",
            Verb::CallEnded => "call_ended",
        }
    }

    pub fn parse(text: &str) -> Option<Verb> {
        Verb::ALL.into_iter().find(|verb| verb.as_str() == text)
    }

    /// Who serves them is not the customer's business; whether their matter is closed, and what they are asked, is. A call was
    /// theirs too.
    pub fn is_public(self) -> bool {
        use Verb::*;
        matches!(self, Resolved | Reopened | RatingAsked | CallStarted | CallMissed | CallDeclined | CallEnded)
    }
}

/// Something that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Activity {
    pub verb: Verb,
    /// The person it is about.
    pub subject: Option<UserId>,
    pub call: Option<CallId>,
}

impl Activity {
    pub fn new(verb: Verb, subject: Option<UserId>) -> Self {
        Activity { verb, subject, call: None }
    }
}

#[derive(Clone, Debug)]
pub struct Message {
    pub key: MessageKey,
    /// 0 = not for the customer.
    pub public_seq: i64,
    pub kind: Kind,
    pub author: Author,
    pub client_id: Option<[u8; 16]>,
    /// The words as they were sent; empty for an activity.
    pub text: String,
    pub activity: Option<Activity>,
    pub attachments: Vec<Attachment>,
    /// What it answers.
    pub quote: Option<Quote>,
    /// Whom a note calls.
    pub mentions: Vec<UserId>,
    pub revised: Revised,
    pub position: i64,
    pub at: Millis,
}

/// What its author made of a message since it was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Revised {
    /// How often.
    pub times: i64,
    pub edited_at: Option<Millis>,
    /// Taken back: what it said is for the record alone.
    pub recalled_at: Option<Millis>,
}

/// A message as another one shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    pub seq: i64,
    /// 0 = not for the customer.
    pub public_seq: i64,
    pub kind: Kind,
    pub author: Author,
    /// How it begins; empty if it was recalled.
    pub text: String,
    /// The name of its first file, when there are no words.
    pub file: Option<String>,
    pub recalled: bool,
}

impl Quote {
    const CHARS_MAX: usize = 240;

    pub fn of(message: &Message) -> Self {
        let recalled = message.revised.recalled_at.is_some();
        let (text, files) = if recalled { ("", &[][..]) } else { (message.text.as_str(), &message.attachments[..]) };
        Quote {
            seq: message.key.seq(),
            public_seq: message.public_seq,
            kind: message.kind,
            author: message.author,
            text: text.chars().take(Self::CHARS_MAX).collect(),
            file: files.first().filter(|_| text.trim().is_empty()).map(|file| file.name.clone()),
            recalled,
        }
    }
}

/// What a message points at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct References {
    /// The seq of the message it answers.
    pub quote: Option<i64>,
    /// Whom a note calls.
    pub mentions: Vec<UserId>,
}

/// What a sender is told: where their message is.
#[derive(Clone, Copy, Debug)]
pub struct Receipt {
    pub client_id: [u8; 16],
    pub key: MessageKey,
    pub public_seq: i64,
    pub position: i64,
    pub at: Millis,
}

#[derive(Clone, Debug)]
pub struct CustomerSummary {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
}

/// A conversation as lists show it.
#[derive(Clone, Debug)]
pub struct ConversationView {
    pub conversation: Conversation,
    pub customer: CustomerSummary,
    pub last_message: Option<Message>,
    /// What was put on it; the deleted ones among them show nowhere.
    pub tags: Vec<TagId>,
    /// The customer's messages that the asking person has not read, counted up to [`UNREAD_MAX`]; `None` where nobody in
    /// particular asked.
    pub unread: Option<i64>,
}

pub const UNREAD_MAX: i64 = 100;

/// How much fits into one message.
#[derive(Clone, Copy, Debug)]
pub struct MessageLimits {
    pub text_bytes_max: usize,
    pub attachments_max: usize,
}

impl Default for MessageLimits {
    fn default() -> Self {
        MessageLimits { text_bytes_max: 16_384, attachments_max: 10 }
    }
}

impl MessageLimits {
    /// Text is kept byte for byte: the only questions are whether there is any and whether it fits.
    pub fn check(&self, text: &str, attachments: usize) -> Result<()> {
        if text.len() > self.text_bytes_max {
            return Err(Error::invalid("text", "too_long"));
        }
        if attachments > self.attachments_max {
            return Err(Error::invalid("attachments", "too_long"));
        }
        if text.chars().all(char::is_whitespace) && attachments == 0 {
            return Err(Error::invalid("text", "required"));
        }
        // SQLite's own text functions and C programs downstream end a string here.
        if text.contains('\0') {
            return Err(Error::invalid("text", "invalid"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_conversation_then_seq_and_come_apart_again() {
        let key = MessageKey::new(ConversationId(42), 7);
        assert_eq!((key.conversation(), key.seq()), (ConversationId(42), 7));
        assert!(MessageKey::new(ConversationId(42), MessageKey::SEQ_MAX) < MessageKey::new(ConversationId(43), 0));
        assert!(MessageKey::new(ConversationId(1 << 38), MessageKey::SEQ_MAX).0 > 0);
    }

    #[test]
    fn a_message_needs_words_or_a_file_and_must_fit() {
        let limits = MessageLimits::default();
        assert!(limits.check("hello", 0).is_ok());
        assert!(limits.check("", 1).is_ok());
        assert_eq!(limits.check(" \n", 0).unwrap_err().fields[0].code, "required");
        assert!(limits.check(&"x".repeat(16_384), 0).is_ok());
        assert_eq!(limits.check(&"x".repeat(16_385), 0).unwrap_err().fields[0].code, "too_long");
        assert_eq!(limits.check("x", 11).unwrap_err().fields[0].field, "attachments");
        assert_eq!(limits.check("a\0b", 0).unwrap_err().fields[0].code, "invalid");
    }
}
