//! What travels, for agents and for visitors (docs/protocol.md, "Objects").

use crate::attachments::api::AttachmentDto;
use crate::conversations::{
    Author, Conversation, ConversationView, Kind, Marks, Message, MessageLimits, Quote, Receipt, Revised, Snooze,
};
use crate::http::Limits;
use crate::identity::UserSummary;
use crate::kernel::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageDto {
    #[schema(example = "cnv_42")]
    pub conversation: String,
    pub seq: i64,
    /// Sorts a customer's messages across their conversations.
    pub order: i64,
    /// `text`, `note` or `activity`
    pub kind: &'static str,
    pub author: AuthorDto,
    pub client_id: Option<Uuid>,
    pub text: String,
    pub attachments: Vec<AttachmentDto>,
    pub activity: Option<ActivityDto>,
    /// What it answers.
    pub quote: Option<QuoteDto>,
    /// Whom a note calls.
    pub mentions: Vec<String>,
    /// How often it was changed: of two states the higher one counts.
    pub revision: i64,
    pub edited_at: Option<i64>,
    /// Taken back: text and attachments are empty.
    pub recalled_at: Option<i64>,
    pub at: i64,
}

/// A message as another one shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteDto {
    pub seq: i64,
    /// `text` or `note`
    pub kind: &'static str,
    pub author: AuthorDto,
    /// How it begins, up to 240 characters.
    pub text: String,
    /// Of one without words: the name of its first file.
    pub file: Option<String>,
    pub recalled: bool,
}

impl From<&Quote> for QuoteDto {
    fn from(quote: &Quote) -> Self {
        QuoteDto {
            seq: quote.seq,
            kind: quote.kind.as_str(),
            author: quote.author.into(),
            text: quote.text.clone(),
            file: quote.file.clone(),
            recalled: quote.recalled,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Author)]
pub struct AuthorDto {
    /// `customer`, `agent` or `system`
    pub kind: &'static str,
    pub id: Option<String>,
}

impl From<Author> for AuthorDto {
    fn from(author: Author) -> Self {
        let id = match author {
            Author::Customer(id) => Some(id.to_string()),
            Author::Agent(id) => Some(id.to_string()),
            Author::System => None,
        };
        AuthorDto { kind: author.kind(), id }
    }
}

/// What was taken back shows none.
fn shown_files(message: &Message) -> Vec<AttachmentDto> {
    let recalled = message.revised.recalled_at.is_some();
    message.attachments.iter().filter(|_| !recalled).map(AttachmentDto::from).collect()
}

#[derive(Serialize, ToSchema)]
#[schema(as = Activity)]
pub struct ActivityDto {
    /// `opened`, `assigned`, `unassigned`, `handed_back`, `resolved`, `reopened`, `held`, `released`, `rating_asked`, `rated`,
    /// `snoozed`, `woken`, `call_started`, `call_missed`, `call_declined` or `call_ended`
    pub verb: &'static str,
    /// The person it is about.
    pub subject: Option<String>,
    /// The call it is about.
    #[schema(example = "call_3")]
    pub call: Option<String>,
}

impl MessageDto {
    pub fn new(message: &Message) -> Self {
        let recalled = message.revised.recalled_at.is_some();
        MessageDto {
            conversation: message.key.conversation().to_string(),
            seq: message.key.seq(),
            order: message.position,
            kind: message.kind.as_str(),
            author: message.author.into(),
            client_id: message.client_id.map(Uuid::from_bytes),
            text: if recalled { String::new() } else { message.text.clone() },
            attachments: shown_files(message),
            activity: message.activity.map(|activity| ActivityDto {
                verb: activity.verb.as_str(),
                subject: activity.subject.map(|user| user.to_string()),
                call: activity.call.map(|call| call.to_string()),
            }),
            quote: message.quote.as_ref().map(QuoteDto::from),
            mentions: message.mentions.iter().map(|user| user.to_string()).collect(),
            revision: message.revised.times,
            edited_at: message.revised.edited_at.map(|at| at.0),
            recalled_at: message.revised.recalled_at.map(|at| at.0),
            at: message.at.0,
        }
    }
}

/// A message as its customer sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitorMessage)]
pub struct VisitorMessageDto {
    pub conversation: String,
    pub seq: i64,
    pub order: i64,
    /// `text` or `activity`
    pub kind: &'static str,
    pub author: VisitorAuthorDto,
    /// Of the visitor's own messages.
    pub client_id: Option<Uuid>,
    pub text: String,
    pub attachments: Vec<AttachmentDto>,
    pub activity: Option<VisitorActivityDto>,
    /// What it answers.
    pub quote: Option<VisitorQuoteDto>,
    /// How often it was changed: of two states the higher one counts.
    pub revision: i64,
    pub edited_at: Option<i64>,
    /// Taken back: text and attachments are empty.
    pub recalled_at: Option<i64>,
    pub at: i64,
}

/// A message as another one shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitorQuote)]
pub struct VisitorQuoteDto {
    pub seq: i64,
    /// Whose: `customer` or `agent`
    pub author: &'static str,
    /// How it begins, up to 240 characters.
    pub text: String,
    /// Of one without words: the name of its first file.
    pub file: Option<String>,
    pub recalled: bool,
}

impl VisitorQuoteDto {
    /// `None` for what the customer may not see.
    fn new(quote: &Quote) -> Option<Self> {
        (quote.public_seq > 0).then(|| VisitorQuoteDto {
            seq: quote.public_seq,
            author: quote.author.kind(),
            text: quote.text.clone(),
            file: quote.file.clone(),
            recalled: quote.recalled,
        })
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorAuthor)]
pub struct VisitorAuthorDto {
    /// `customer`, `agent` or `system`
    pub kind: &'static str,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorActivity)]
pub struct VisitorActivityDto {
    /// `resolved`, `reopened`, `rating_asked`, `call_started`, `call_missed`, `call_declined` or `call_ended`
    pub verb: &'static str,
    pub call: Option<String>,
}

impl VisitorMessageDto {
    /// `None` for what the customer may not see.
    pub fn new(message: &Message, agent: Option<&UserSummary>) -> Option<Self> {
        if message.public_seq == 0 {
            return None;
        }
        let own = matches!(message.author, Author::Customer(_));
        let Revised { times, edited_at, recalled_at } = message.revised;
        let recalled = recalled_at.is_some();
        Some(VisitorMessageDto {
            conversation: message.key.conversation().to_string(),
            seq: message.public_seq,
            order: message.position,
            kind: message.kind.as_str(),
            author: VisitorAuthorDto {
                kind: message.author.kind(),
                name: agent.map(|person| person.name.clone()),
                avatar_url: agent.and_then(|person| person.avatar_url.clone()),
            },
            client_id: message.client_id.filter(|_| own).map(Uuid::from_bytes),
            text: if recalled { String::new() } else { message.text.clone() },
            attachments: shown_files(message),
            activity: message.activity.map(|activity| VisitorActivityDto {
                verb: activity.verb.as_str(),
                call: activity.call.map(|call| call.to_string()),
            }),
            quote: message.quote.as_ref().and_then(VisitorQuoteDto::new),
            revision: times,
            edited_at: edited_at.map(|at| at.0),
            recalled_at: recalled_at.map(|at| at.0),
            at: message.at.0,
        })
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Marks)]
pub struct MarksDto {
    pub customer_delivered: i64,
    pub customer_read: i64,
    pub agent_delivered: i64,
    pub agent_read: i64,
}

impl From<Marks> for MarksDto {
    fn from(marks: Marks) -> Self {
        MarksDto {
            customer_delivered: marks.customer_delivered,
            customer_read: marks.customer_read,
            agent_delivered: marks.agent_delivered,
            agent_read: marks.agent_read,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = CustomerSummary)]
pub struct CustomerSummaryDto {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// Absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
}

/// Put aside, though open.
#[derive(Serialize, ToSchema)]
#[schema(as = Snooze)]
pub struct SnoozeDto {
    pub by: String,
    /// `null`: until the customer writes, which ends every snooze.
    pub until: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationDto {
    pub id: String,
    pub channel: String,
    pub customer: CustomerSummaryDto,
    /// `open` or `resolved`
    pub status: &'static str,
    pub assignee: Option<String>,
    /// Grows with every change of assignee.
    pub owner_epoch: i64,
    /// Nothing of it may be deleted.
    pub held: bool,
    /// `none`, `low`, `normal`, `high` or `urgent`
    pub priority: &'static str,
    pub snooze: Option<SnoozeDto>,
    /// One that is not in `GET /tags` was deleted.
    pub tags: Vec<String>,
    pub created_at: i64,
    pub updated_at: i64,
    /// When the customer's oldest unanswered message came.
    pub waiting_since_at: Option<i64>,
    pub last_seq: i64,
    /// The newest text or note.
    pub last_message: Option<MessageDto>,
    pub marks: MarksDto,
    /// The customer's messages you have not read, up to 100. Absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<i64>,
    pub position: i64,
}

impl ConversationDto {
    pub fn new(view: &ConversationView, online: Option<bool>) -> Self {
        let Conversation {
            id,
            channel,
            status,
            assignee,
            owner_epoch,
            held,
            priority,
            snooze,
            created_at,
            updated_at,
            waiting_since_at,
            ..
        } = view.conversation;
        ConversationDto {
            id: id.to_string(),
            channel: channel.to_string(),
            customer: CustomerSummaryDto {
                id: view.customer.id.to_string(),
                name: known(&view.customer.name),
                email: known(&view.customer.email),
                online,
            },
            status: status.as_str(),
            assignee: assignee.map(|user| user.to_string()),
            owner_epoch,
            held,
            priority: priority.as_str(),
            snooze: snooze.map(|Snooze { by, until }| SnoozeDto { by: by.to_string(), until: until.map(|at| at.0) }),
            tags: view.tags.iter().map(|tag| tag.to_string()).collect(),
            created_at: created_at.0,
            updated_at: updated_at.0,
            waiting_since_at: waiting_since_at.map(|at| at.0),
            last_seq: view.conversation.last_seq,
            last_message: view.last_message.as_ref().map(MessageDto::new),
            marks: view.conversation.marks.into(),
            unread: view.unread,
            position: view.conversation.position,
        }
    }
}

/// A conversation's state as its customer sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitorConversation)]
pub struct VisitorConversationDto {
    pub id: String,
    pub status: &'static str,
    pub assignee: Option<VisitorAssigneeDto>,
    pub marks: MarksDto,
    pub last_seq: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorAssignee)]
pub struct VisitorAssigneeDto {
    pub name: String,
    pub avatar_url: Option<String>,
}

impl VisitorConversationDto {
    pub fn new(conversation: &Conversation, public_marks: Marks, assignee: Option<&UserSummary>) -> Self {
        VisitorConversationDto {
            id: conversation.id.to_string(),
            status: conversation.status.as_str(),
            assignee: assignee
                .map(|person| VisitorAssigneeDto { name: person.name.clone(), avatar_url: person.avatar_url.clone() }),
            marks: public_marks.into(),
            last_seq: conversation.last_public_seq,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub struct ReceiptDto {
    pub client_id: Uuid,
    pub conversation: String,
    pub seq: i64,
    pub order: i64,
    pub at: i64,
    pub position: i64,
}

impl ReceiptDto {
    /// In the seqs of whoever sent it.
    pub fn new(receipt: &Receipt, for_visitor: bool) -> Self {
        ReceiptDto {
            client_id: Uuid::from_bytes(receipt.client_id),
            conversation: receipt.key.conversation().to_string(),
            seq: if for_visitor { receipt.public_seq } else { receipt.key.seq() },
            order: receipt.position,
            at: receipt.at.0,
            position: receipt.position,
        }
    }
}

pub fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// `text` or `note`.
pub fn words_kind(text: &str) -> Result<Kind> {
    Kind::parse(text).filter(|kind| *kind != Kind::Activity).ok_or_else(|| Error::invalid("kind", "invalid"))
}

pub fn message_limits(limits: &Limits) -> MessageLimits {
    MessageLimits { text_bytes_max: limits.text_bytes, attachments_max: limits.message_attachments }
}

/// The socket's receipt.
#[derive(Serialize)]
pub struct AckFrame {
    #[serde(rename = "type")]
    kind: &'static str,
    id: Uuid,
    conversation: String,
    seq: i64,
    order: i64,
    at: i64,
    position: i64,
}

impl From<ReceiptDto> for AckFrame {
    fn from(receipt: ReceiptDto) -> Self {
        let ReceiptDto { client_id: id, conversation, seq, order, at, position } = receipt;
        AckFrame { kind: "ack", id, conversation, seq, order, at, position }
    }
}
