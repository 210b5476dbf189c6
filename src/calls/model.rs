//! What a call is, and which turns it can take.

use crate::kernel::{CallId, ChannelId, ConversationId, CustomerId, LegId, Millis, UserId};

/// Gives an enum its one spelling, in the store and on the wire.
macro_rules! words {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)+ _ => None }
            }
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Medium {
    Audio,
    Video,
}
words!(Medium { Audio = "audio", Video = "video" });

/// Who asked for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    Agent,
    Visitor,
}
words!(Direction { Agent = "agent", Visitor = "visitor" });

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Ringing,
    /// Answered; the lines are being opened.
    Connecting,
    /// Both sides hear one another.
    Active,
    Ended(Reason),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reason {
    HungUp,
    Declined,
    Missed,
    Cancelled,
    /// Whoever it rang at is in another call.
    Busy,
    /// Answered, but the lines did not open.
    Failed,
    Lost,
}
words!(Reason {
    HungUp = "hung_up",
    Declined = "declined",
    Missed = "missed",
    Cancelled = "cancelled",
    Busy = "busy",
    Failed = "failed",
    Lost = "lost",
});

/// What can happen to a call as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Happening {
    Answered,
    /// A line of both sides is open.
    Met,
    Declined,
    RangOut,
    Cancelled,
    Busy,
    HungUp,
    NotJoined,
    Lost,
    Restarted,
}

impl State {
    /// The whole state machine: `None` where that cannot happen any more, or not yet.
    pub fn after(self, happening: Happening) -> Option<State> {
        use Happening::*;
        use State::*;
        match (self, happening) {
            (Ringing, Answered) => Some(Connecting),
            (Ringing, Declined) => Some(Ended(Reason::Declined)),
            (Ringing, RangOut) => Some(Ended(Reason::Missed)),
            // Who asked went away while it rang.
            (Ringing, Cancelled | HungUp | NotJoined | Lost) => Some(Ended(Reason::Cancelled)),
            (Ringing, Busy) => Some(Ended(Reason::Busy)),
            (Connecting, Met) => Some(Active),
            // The recording was refused.
            (Connecting | Active, Declined) => Some(Ended(Reason::Declined)),
            (Connecting | Active, HungUp | Cancelled) => Some(Ended(Reason::HungUp)),
            (Connecting | Active, NotJoined) => Some(Ended(Reason::Failed)),
            (Connecting | Active, Lost) => Some(Ended(Reason::Lost)),
            (Ringing | Connecting | Active, Restarted) => Some(Ended(Reason::Lost)),
            _ => None,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            State::Ringing => "ringing",
            State::Connecting => "connecting",
            State::Active => "active",
            State::Ended(_) => "ended",
        }
    }

    pub fn reason(self) -> Option<Reason> {
        match self {
            State::Ended(reason) => Some(reason),
            _ => None,
        }
    }

    pub fn from_parts(state: &str, reason: Option<Reason>) -> Option<State> {
        match (state, reason) {
            ("ringing", None) => Some(State::Ringing),
            ("connecting", None) => Some(State::Connecting),
            ("active", None) => Some(State::Active),
            ("ended", Some(reason)) => Some(State::Ended(reason)),
            _ => None,
        }
    }

    pub fn is_over(self) -> bool {
        matches!(self, State::Ended(_))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    Talks,
    /// Hears all, is seen and heard by nobody.
    Listens,
    /// Is heard by agents only.
    Whispers,
}
words!(Role { Talks = "talks", Listens = "listens", Whispers = "whispers" });

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegState {
    Ringing,
    Accepted,
    /// The media plane says that their line is open.
    Joined,
    /// … and that nothing comes over it for a moment.
    Interrupted,
    Left,
}
words!(LegState {
    Ringing = "ringing",
    Accepted = "accepted",
    Joined = "joined",
    Interrupted = "interrupted",
    Left = "left",
});

/// One who takes part, or is asked to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leg {
    pub id: LegId,
    /// `None`: the customer.
    pub user: Option<UserId>,
    pub role: Role,
    pub state: LegState,
    pub accepted_at: Option<Millis>,
    /// When this state has lasted too long.
    pub due_at: Option<Millis>,
    pub replaces: Option<Replaces>,
    pub muted: bool,
    pub camera: bool,
    pub screen: bool,
}

/// Who leaves when somebody is joined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Replaces {
    One(LegId),
    /// Every other agent who talks.
    All,
}

impl Leg {
    /// One who talks; numbered by the store.
    pub fn new(user: Option<UserId>, state: LegState, medium: Medium) -> Leg {
        let camera = medium == Medium::Video;
        let (due_at, accepted_at, replaces) = (None, None, None);
        let (muted, screen) = (false, false);
        Leg { id: LegId(0), user, role: Role::Talks, state, accepted_at, due_at, replaces, muted, camera, screen }
    }

    /// Takes part: has accepted and not left.
    pub fn is_in(&self) -> bool {
        matches!(self.state, LegState::Accepted | LegState::Joined | LegState::Interrupted)
    }

    /// Has a line.
    pub fn is_joined(&self) -> bool {
        matches!(self.state, LegState::Joined | LegState::Interrupted)
    }

    pub fn is_talking_agent(&self) -> bool {
        self.user.is_some() && self.role == Role::Talks && self.is_in()
    }

    pub fn leave(&mut self) {
        (self.state, self.due_at, self.replaces) = (LegState::Left, None, None);
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordingState {
    Off,
    WaitingForConsent,
    On,
    Paused,
}
words!(RecordingState { Off = "off", WaitingForConsent = "waiting_for_consent", On = "on", Paused = "paused" });

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Agreed,
    Refused,
}
words!(Answer { Agreed = "agreed", Refused = "refused" });

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recording {
    pub state: RecordingState,
    /// Why it was started, paused or stopped last.
    pub note: String,
    /// By whom; `None`: by the policy, or the customer's consent.
    pub by: Option<UserId>,
    pub consent: Option<(Answer, Millis)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    pub id: CallId,
    pub conversation: ConversationId,
    pub channel: ChannelId,
    pub customer: CustomerId,
    pub medium: Medium,
    pub direction: Direction,
    pub state: State,
    pub created_at: Millis,
    pub answered_at: Option<Millis>,
    pub ended_at: Option<Millis>,
    /// When it rings at others than the assignee too.
    pub widen_at: Option<Millis>,
    pub recording: Recording,
    pub position: i64,
    pub legs: Vec<Leg>,
}

/// Why somebody's part in a call changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    Joined,
    Declined,
    RangOut,
    Busy,
    HungUp,
    NotJoined,
    Lost,
}

impl Call {
    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    pub fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The part of this person, or of the customer, that is not over.
    pub fn own_leg(&self, user: Option<UserId>) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.user == user && leg.state != LegState::Left)
    }

    /// The agent the call is about: who asked, or who answered.
    pub fn agent(&self) -> Option<UserId> {
        let mut answered = self.legs.iter().filter(|leg| leg.accepted_at.is_some() && leg.role == Role::Talks);
        answered.find_map(|leg| leg.user)
    }

    /// Those who are seen or heard by anybody, and so need a slot.
    pub fn voices(&self) -> usize {
        self.legs.iter().filter(|leg| leg.state != LegState::Left && leg.role != Role::Listens).count()
    }

    /// What it means for the call that somebody's part changed.
    pub fn consequence(&self, cause: Cause) -> Option<Happening> {
        let rings = self.legs.iter().any(|leg| leg.state == LegState::Ringing);
        let customer = self.legs.iter().find(|leg| leg.user.is_none() && leg.is_in());
        let agent = self.legs.iter().any(Leg::is_talking_agent);
        let asked = if self.direction == Direction::Agent { agent } else { customer.is_some() };
        match self.state {
            State::Ringing if !asked => Some(Happening::Cancelled),
            State::Ringing if !rings => Some(match cause {
                Cause::Declined => Happening::Declined,
                Cause::Busy => Happening::Busy,
                _ => Happening::RangOut,
            }),
            State::Connecting | State::Active if customer.is_none() || !agent => Some(match cause {
                Cause::NotJoined => Happening::NotJoined,
                Cause::Lost => Happening::Lost,
                _ => Happening::HungUp,
            }),
            State::Connecting if self.has_met() => Some(Happening::Met),
            _ => None,
        }
    }

    /// What the customer knows of it: nobody who only rings, listens or whispers, unless listeners are announced.
    pub fn as_known_to_customer(&self, announce_listeners: bool) -> Call {
        let mut known = self.clone();
        known.legs.retain(|leg| match leg.role {
            _ if leg.user.is_none() => true,
            _ if leg.accepted_at.is_none() => false,
            Role::Talks => true,
            Role::Listens => announce_listeners,
            Role::Whispers => false,
        });
        known
    }

    /// Whether it looks the same to whoever knows all that is in it.
    pub fn is_same(&self, other: &Call) -> bool {
        let shown = |call: &Call| {
            let mut shown = call.clone();
            (shown.position, shown.widen_at) = (0, None);
            shown.recording.note.clear();
            for leg in &mut shown.legs {
                (leg.due_at, leg.replaces) = (None, None);
            }
            shown
        };
        shown(self) == shown(other)
    }

    fn has_met(&self) -> bool {
        let mut joined = self.legs.iter().filter(|leg| leg.is_joined() && leg.role == Role::Talks);
        joined.clone().any(|leg| leg.user.is_none()) && joined.any(|leg| leg.user.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAPPENINGS: [Happening; 10] = [
        Happening::Answered,
        Happening::Met,
        Happening::Declined,
        Happening::RangOut,
        Happening::Cancelled,
        Happening::Busy,
        Happening::HungUp,
        Happening::NotJoined,
        Happening::Lost,
        Happening::Restarted,
    ];

    #[test]
    fn every_state_answers_every_happening_as_the_table_says() {
        let ended = |reason| State::Ended(reason);
        #[rustfmt::skip]
        let table = [
            // answered, met, declined, rang out, cancelled, busy, hung up, not joined, lost, restarted
            (State::Ringing, ["connecting", "-", "declined", "missed", "cancelled", "busy", "cancelled", "cancelled", "cancelled", "lost"]),
            (State::Connecting, ["-", "active", "declined", "-", "hung_up", "-", "hung_up", "failed", "lost", "lost"]),
            (State::Active, ["-", "-", "declined", "-", "hung_up", "-", "hung_up", "failed", "lost", "lost"]),
            (ended(Reason::HungUp), ["-"; 10]),
            (ended(Reason::Missed), ["-"; 10]),
        ];
        for (state, expected) in table {
            for (happening, expected) in HAPPENINGS.into_iter().zip(expected) {
                let after = state.after(happening);
                let word = after.map_or("-", |s| s.reason().map_or(s.as_str(), Reason::as_str));
                assert_eq!(word, expected, "{state:?} after {happening:?}");
            }
        }
    }

    #[test]
    fn a_state_is_read_as_it_was_written() {
        for state in [State::Ringing, State::Connecting, State::Active, State::Ended(Reason::Busy)] {
            assert_eq!(State::from_parts(state.as_str(), state.reason()), Some(state));
        }
        assert_eq!(State::from_parts("ended", None), None);
        assert_eq!(State::from_parts("active", Some(Reason::Lost)), None);
    }
}
