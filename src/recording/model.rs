//! What a recording is.

use crate::kernel::{CallId, ChannelId, ConversationId, Error, LegId, Millis, RecordingId, Result, Role, UserId};

/// A recording as the store knows it. What is in it, its file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    pub id: RecordingId,
    pub call: CallId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    /// Its name in the folder, random.
    pub file: String,
    pub began_at: Millis,
    /// `None`: it goes on, or it broke off and was not closed yet.
    pub ended: Option<Ended>,
}

/// How it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    pub at: Millis,
    pub reason: EndReason,
    pub duration_ms: i64,
    /// Of the file.
    pub bytes: i64,
    /// Where in the file its index lies; `None` if nothing was recorded.
    pub index: Option<IndexPlace>,
}

impl Ended {
    /// Nothing was recorded.
    pub fn nothing(at: Millis, reason: EndReason) -> Ended {
        Ended { at, reason, duration_ms: 0, bytes: 0, index: None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexPlace {
    pub at: i64,
    pub number: i64,
    pub bytes: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// Somebody stopped it, or the call ended.
    Stopped,
    /// The server was told to stop.
    ServerStopped,
    /// The program or the machine ended in the middle; closed as far as it goes.
    BrokenOff,
    DiskFull,
    /// The disk did not take it, for another reason.
    DiskFailed,
    /// It was as long as a recording may be.
    TooLong,
}

impl EndReason {
    const ALL: [EndReason; 6] = [
        EndReason::Stopped,
        EndReason::ServerStopped,
        EndReason::BrokenOff,
        EndReason::DiskFull,
        EndReason::DiskFailed,
        EndReason::TooLong,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            EndReason::Stopped => "stopped",
            EndReason::ServerStopped => "server_stopped",
            EndReason::BrokenOff => "broken_off",
            EndReason::DiskFull => "disk_full",
            EndReason::DiskFailed => "disk_failed",
            EndReason::TooLong => "too_long",
        }
    }

    pub fn parse(text: &str) -> Option<EndReason> {
        EndReason::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// Whether nobody wanted it to end.
    pub fn is_failure(self) -> bool {
        matches!(self, EndReason::BrokenOff | EndReason::DiskFull | EndReason::DiskFailed | EndReason::TooLong)
    }
}

/// Somebody who is recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Party {
    pub leg: LegId,
    pub name: String,
    /// Of the organisation; `None`: the customer.
    pub user: Option<UserId>,
}

impl Party {
    pub fn side(&self) -> &'static str {
        if self.user.is_some() { "agent" } else { "customer" }
    }
}

/// What somebody did with a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    Played,
    Exported,
    Proof,
}

impl Deed {
    const ALL: [Deed; 3] = [Deed::Played, Deed::Exported, Deed::Proof];

    pub fn as_str(self) -> &'static str {
        match self {
            Deed::Played => "played",
            Deed::Exported => "exported",
            Deed::Proof => "proof",
        }
    }

    pub fn parse(text: &str) -> Option<Deed> {
        Deed::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

/// Who opened it when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    pub user: UserId,
    pub at: Millis,
    pub deed: Deed,
}

/// A player asks for a recording piece by piece: what one person does within this time is one deed.
pub const ONE_OPENING_MS: i64 = Millis::minutes(5);

/// Who may take a recording out of the house, and see who did.
pub const KEEPER: Role = Role::Supervisor;

const REASON_MAX: usize = 500;

/// Why somebody pauses, tidied.
pub fn tidy_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    match reason.chars().count() {
        0 => Err(Error::invalid("reason", "required")),
        1..=REASON_MAX => Ok(reason.to_owned()),
        _ => Err(Error::invalid("reason", "too_long")),
    }
}
