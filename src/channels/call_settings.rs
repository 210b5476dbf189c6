//! What a channel allows of calls.

use crate::kernel::FieldError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of the settings' document.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CallSettings {
    pub enabled: bool,
    /// Whether visitors may ask for a call, or only be asked.
    pub visitors_may_ask: bool,
    /// Otherwise voice alone.
    pub video: bool,
    pub recording: RecordingPolicy,
    pub consent: Consent,
    /// What a visitor is told about the recording; empty: the client's own words.
    pub consent_text: String,
    /// Whether visitors see a supervisor who only listens.
    pub announce_listeners: bool,
    /// Whether the agent of a call may play its recording; supervisors may.
    pub agents_may_replay: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordingPolicy {
    Off,
    OnRequest,
    Always,
}

impl RecordingPolicy {
    pub fn as_str(self) -> &'static str {
        match self {
            RecordingPolicy::Off => "off",
            RecordingPolicy::OnRequest => "on_request",
            RecordingPolicy::Always => "always",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// The visitor is told.
    Notice,
    /// The visitor says yes first.
    Ask,
}

impl Consent {
    pub fn as_str(self) -> &'static str {
        match self {
            Consent::Notice => "notice",
            Consent::Ask => "ask",
        }
    }
}

impl Default for CallSettings {
    fn default() -> Self {
        CallSettings {
            enabled: false,
            visitors_may_ask: false,
            video: true,
            recording: RecordingPolicy::Off,
            consent: Consent::Notice,
            consent_text: String::new(),
            announce_listeners: false,
            agents_may_replay: false,
        }
    }
}

const CONSENT_TEXT_CHARS_MAX: usize = 2_000;

impl CallSettings {
    pub(super) fn wrong(&self) -> Option<FieldError> {
        let too_long = self.consent_text.chars().count() > CONSENT_TEXT_CHARS_MAX;
        too_long.then(|| FieldError { field: "settings.calls.consent_text".into(), code: "too_long" })
    }
}
