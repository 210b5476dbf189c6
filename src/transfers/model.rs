//! What an offer is.

use crate::conversations::{Conversation, Status};
use crate::kernel::{ConversationId, Millis, TransferId, UserId};
use serde::de::Error;
use serde::{Deserialize, Deserializer};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Pending,
    Accepted,
    Declined,
    /// By who offered it, or a supervisor.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
    /// The colleague left, or may not see the conversation any more.
    Gone,
    /// Assigned, handed back or resolved meanwhile.
    Overtaken,
}

impl State {
    const ALL: [State; 7] = [
        State::Pending,
        State::Accepted,
        State::Declined,
        State::Withdrawn,
        State::Expired,
        State::Gone,
        State::Overtaken,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Accepted => "accepted",
            State::Declined => "declined",
            State::Withdrawn => "withdrawn",
            State::Expired => "expired",
            State::Gone => "gone",
            State::Overtaken => "overtaken",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer {
    pub id: TransferId,
    pub conversation: ConversationId,
    /// Of the conversation, when it was offered.
    pub owner_epoch: i64,
    pub from: UserId,
    pub to: UserId,
    /// Asked for again under this it is the same offer.
    pub client_id: [u8; 16],
    /// The note it came with; 0 = none.
    pub note_seq: i64,
    /// What it was declined with; 0 = nothing.
    pub word_seq: i64,
    pub state: State,
    pub offered_at: Millis,
    pub expires_at: Millis,
    pub ended_at: Option<Millis>,
    pub position: i64,
}

impl Transfer {
    /// Whether it is still the colleague's to answer, whatever nobody has written down yet.
    pub fn is_live(&self, conversation: &Conversation, now: Millis) -> bool {
        self.state == State::Pending && !self.is_overtaken(conversation) && now < self.expires_at
    }

    pub fn is_overtaken(&self, conversation: &Conversation) -> bool {
        conversation.owner_epoch != self.owner_epoch || conversation.status != Status::Open
    }
}

/// With the words that came with it, as they are now.
#[derive(Clone, Debug)]
pub struct TransferView {
    pub transfer: Transfer,
    pub note: String,
    pub word: String,
}

/// `[transfers]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Within this somebody answers, or the offer is over.
    #[serde(deserialize_with = "patience")]
    pub answer_seconds: u32,
}

fn patience<'de, D: Deserializer<'de>>(value: D) -> Result<u32, D::Error> {
    match u32::deserialize(value)? {
        seconds @ 5..=86_400 => Ok(seconds),
        _ => Err(D::Error::custom("[transfers] answer_seconds is 5 to 86400")),
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings { answer_seconds: 120 }
    }
}
