//! What travels (docs/protocol.md, "Calls").

use crate::calls::floor::Seat;
use crate::calls::model::{Call, Leg, LegState};
use crate::calls::quality::Quality;
use crate::calls::queries::CallView;
use crate::calls::strokes::Kept;
use crate::channels::CallSettings;
use crate::conversations::api::wire::known;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallDto {
    #[schema(example = "call_3")]
    pub id: String,
    pub conversation: String,
    /// `audio` or `video`
    pub media: &'static str,
    /// `ringing`, `connecting`, `active` or `ended`
    pub state: &'static str,
    /// Who asked: `agent` or `visitor`
    pub direction: &'static str,
    /// Why it ended: `hung_up`, `declined`, `missed`, `cancelled`, `busy`, `failed` or `lost`
    pub reason: Option<&'static str>,
    pub created_at: i64,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    /// Those it rings at, who are in it, and who were.
    pub participants: Vec<ParticipantDto>,
    pub recording: RecordingDto,
    pub policy: PolicyDto,
    pub position: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CallParticipant)]
pub struct ParticipantDto {
    #[schema(example = "leg_7")]
    pub leg: String,
    /// `agent` or `customer`
    pub kind: &'static str,
    /// For agents' eyes.
    pub user: Option<String>,
    pub name: Option<String>,
    pub avatar_url: Option<String>,
    /// `talks`, `listens` or `whispers`
    pub role: &'static str,
    /// `ringing`, `accepted`, `joined`, `interrupted` or `left`
    pub state: &'static str,
    pub muted: bool,
    pub camera: bool,
    pub screen: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = CallRecording)]
pub struct RecordingDto {
    /// `off`, `waiting_for_consent`, `on` or `paused`
    pub state: &'static str,
    /// `agreed` or `refused`; `null`: not asked, or not answered
    pub consent: Option<&'static str>,
    /// When that was said.
    pub at: Option<i64>,
    /// Why it was started, paused or stopped last; for agents' eyes.
    pub reason: Option<String>,
}

/// What the channel allows.
#[derive(Serialize, ToSchema)]
#[schema(as = CallPolicy)]
pub struct PolicyDto {
    pub video: bool,
    /// `off`, `on_request` or `always`
    pub recording: &'static str,
    /// `notice` or `ask`
    pub consent: &'static str,
    pub consent_text: String,
    pub announce_listeners: bool,
}

impl From<&CallSettings> for PolicyDto {
    fn from(settings: &CallSettings) -> Self {
        PolicyDto {
            video: settings.video,
            recording: settings.recording.as_str(),
            consent: settings.consent.as_str(),
            consent_text: settings.consent_text.clone(),
            announce_listeners: settings.announce_listeners,
        }
    }
}

/// Whose eyes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Eyes {
    Agent,
    Customer,
}

impl CallDto {
    pub fn new(view: &CallView, eyes: Eyes) -> Self {
        let known = match eyes {
            Eyes::Agent => view.call.clone(),
            Eyes::Customer => view.call.as_known_to_customer(view.policy.announce_listeners),
        };
        let took_part = |leg: &&Leg| leg.state != LegState::Left || leg.accepted_at.is_some();
        let participants =
            known.legs.iter().filter(took_part).map(|leg| ParticipantDto::new(view, leg, eyes)).collect();
        let Call { id, conversation, medium, state, direction, created_at, answered_at, ended_at, position, .. } =
            known;
        CallDto {
            id: id.to_string(),
            conversation: conversation.to_string(),
            media: medium.as_str(),
            state: state.as_str(),
            direction: direction.as_str(),
            reason: state.reason().map(|reason| reason.as_str()),
            created_at: created_at.0,
            answered_at: answered_at.map(|at| at.0),
            ended_at: ended_at.map(|at| at.0),
            participants,
            recording: RecordingDto {
                state: known.recording.state.as_str(),
                consent: known.recording.consent.map(|(answer, _)| answer.as_str()),
                at: known.recording.consent.map(|(_, at)| at.0),
                reason: Some(known.recording.note).filter(|note| eyes == Eyes::Agent && !note.is_empty()),
            },
            policy: PolicyDto::from(&view.policy),
            position,
        }
    }
}

impl ParticipantDto {
    fn new(view: &CallView, leg: &Leg, eyes: Eyes) -> Self {
        let person = leg.user.and_then(|user| view.person(user));
        let name = match leg.user {
            Some(_) => person.map(|person| person.name.clone()),
            None => known(&view.customer_name),
        };
        ParticipantDto {
            leg: leg.id.to_string(),
            kind: if leg.user.is_some() { "agent" } else { "customer" },
            user: leg.user.filter(|_| eyes == Eyes::Agent).map(|user| user.to_string()),
            name,
            avatar_url: person.and_then(|person| person.avatar_url.clone()),
            role: leg.role.as_str(),
            state: leg.state.as_str(),
            muted: leg.muted,
            camera: leg.camera,
            screen: leg.screen,
        }
    }
}

/// Who is in a place of your page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[schema(as = CallSlot)]
pub struct SlotDto {
    /// 0 to 3: people; 4: a screen
    pub slot: usize,
    pub leg: String,
    pub name: Option<String>,
    /// `talks` or `whispers`
    pub role: &'static str,
    pub camera: bool,
    pub screen: bool,
    pub audio: bool,
}

impl SlotDto {
    pub fn new(view: &CallView, seat: &Seat) -> Option<Self> {
        let leg = view.call.leg(seat.of)?;
        let name = match leg.user {
            Some(user) => view.person(user).map(|person| person.name.clone()),
            None => known(&view.customer_name),
        };
        Some(SlotDto {
            slot: seat.slot,
            leg: seat.of.to_string(),
            name,
            role: leg.role.as_str(),
            camera: seat.camera && leg.camera,
            screen: seat.screen,
            audio: seat.audio,
        })
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = IceServer)]
pub struct IceServerDto {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

/// How one line was.
#[derive(Serialize, ToSchema)]
#[schema(as = CallQuality)]
pub struct QualityDto {
    pub leg: String,
    /// Who measured: `server` or `client`
    pub source: &'static str,
    pub at: i64,
    /// Parts of the packets, 0 to 1; up is towards the server.
    pub loss_up: f64,
    pub loss_down: f64,
    pub jitter_ms: f64,
    pub rtt_ms: f64,
    pub kbit_up: i64,
    pub kbit_down: i64,
    pub freezes: i64,
    pub packets: i64,
}

impl From<&Quality> for QualityDto {
    fn from(quality: &Quality) -> Self {
        let m = &quality.measures;
        QualityDto {
            leg: quality.leg.to_string(),
            source: quality.source,
            at: quality.at.0,
            loss_up: m.loss_up as f64 / 1e6,
            loss_down: m.loss_down as f64 / 1e6,
            jitter_ms: m.jitter_us as f64 / 1e3,
            rtt_ms: m.rtt_us as f64 / 1e3,
            kbit_up: m.kbit_up,
            kbit_down: m.kbit_down,
            freezes: m.freezes,
            packets: m.packets,
        }
    }
}

/// What was drawn, kept with the call.
#[derive(Serialize, ToSchema)]
#[schema(as = CallStroke)]
pub struct KeptStrokeDto {
    pub leg: String,
    pub at: i64,
    #[schema(value_type = Object)]
    pub stroke: Box<RawValue>,
}

impl KeptStrokeDto {
    pub fn new(kept: Kept) -> Option<Self> {
        let stroke = RawValue::from_string(kept.stroke).ok()?;
        Some(KeptStrokeDto { leg: kept.leg.to_string(), at: kept.at.0, stroke })
    }
}
