//! What a channel is, and which settings are possible.

use super::{CallSettings, PrechatSettings};
use crate::hours::Hours;
use crate::kernel::{ChannelId, Error, FieldError, Millis, Result, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug)]
pub struct Channel {
    pub id: ChannelId,
    pub key: String,
    pub name: String,
    pub active: bool,
    /// Every person is a member; `members` is kept for when this is switched off.
    pub everyone: bool,
    pub members: Vec<UserId>,
    pub settings: ChannelSettings,
    pub created_at: Millis,
    pub position: i64,
}

/// How the chat looks and behaves. A document: stored, sent and read in this one shape (docs/protocol.md).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelSettings {
    /// `#rrggbb`
    pub colour: String,
    pub position: Side,
    pub theme: Theme,
    pub launcher_label: String,
    pub greeting: String,
    pub title: String,
    pub sound: bool,
    /// Exact origins whose pages may show the chat in a frame; empty = any.
    pub origins: Vec<String>,
    /// Within this time a customer's message reopens their resolved conversation, later it begins a new one.
    pub reopen_hours: u32,
    /// Which open conversations of an assignee who cannot be reached go back to the queue.
    pub handback: Handback,
    /// How long they must be gone for that, in seconds.
    pub handback_after_s: u32,
    /// How long agents may mend or take back what they wrote; 0 = not at all.
    pub revise_minutes: u32,
    pub rating: RatingSettings,
    pub hours: Hours,
    pub reception: ReceptionSettings,
    pub prechat: PrechatSettings,
    pub calls: CallSettings,
}

impl ChannelSettings {
    /// Whether visitors are told if they are received.
    pub fn tells_reception(&self) -> bool {
        self.hours.enabled || self.reception.presence
    }
}

/// How visitors are received when they come at another time, or nobody is there.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReceptionSettings {
    /// Whether it matters who is there; otherwise the hours alone decide.
    pub presence: bool,
    /// Instead of `greeting` while it is closed; empty: the same.
    pub closed_greeting: String,
    /// Ask those without one for a name and an e-mail address while nobody is there.
    pub ask_contact: bool,
    /// Tell those who wait how many are before them.
    pub queue: bool,
}

/// How customers are asked what they think of how they were served.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RatingSettings {
    pub ask: AskForRating,
    /// Empty: the chat has one of its own.
    pub question: String,
    /// Words to choose from.
    pub tags: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskForRating {
    Off,
    /// When an agent asks by hand.
    #[default]
    OnRequest,
    /// Then, and whenever a conversation is resolved.
    Resolved,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Right,
    Left,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Auto,
    Light,
    Dark,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Handback {
    Off,
    /// Those in which a customer waits for an answer.
    Waiting,
    All,
}

impl Default for ChannelSettings {
    fn default() -> Self {
        ChannelSettings {
            colour: "#4b4fd9".into(),
            position: Side::Right,
            theme: Theme::Auto,
            launcher_label: String::new(),
            greeting: String::new(),
            title: String::new(),
            sound: false,
            origins: Vec::new(),
            reopen_hours: 72,
            handback: Handback::Waiting,
            handback_after_s: HANDBACK_AFTER_S_MIN,
            revise_minutes: 15,
            rating: RatingSettings::default(),
            hours: Hours::default(),
            reception: ReceptionSettings::default(),
            prechat: PrechatSettings::default(),
            calls: CallSettings::default(),
        }
    }
}

const NAME_CHARS_MAX: usize = 80;
const ORIGINS_MAX: usize = 50;
const RATING_TAGS_MAX: usize = 12;
const RATING_TAG_CHARS_MAX: usize = 30;
const YEAR_HOURS: u32 = 366 * 24;
/// A restart of the server takes everybody's sockets: this is how long they have to come back.
const HANDBACK_AFTER_S_MIN: u32 = 60;
const WEEK_MINUTES: u32 = 7 * 24 * 60;
const HANDBACK_AFTER_S_MAX: u32 = 7 * 24 * 3_600;

pub fn validate_name(name: &str) -> Result<()> {
    match name.trim().chars().count() {
        0 => Err(Error::invalid("name", "required")),
        n if n > NAME_CHARS_MAX => Err(Error::invalid("name", "too_long")),
        _ if name.chars().any(char::is_control) => Err(Error::invalid("name", "invalid")),
        _ => Ok(()),
    }
}

pub fn validate_settings(settings: &ChannelSettings) -> Result<()> {
    let texts = [
        ("settings.launcher_label", &settings.launcher_label, 40),
        ("settings.title", &settings.title, 60),
        ("settings.greeting", &settings.greeting, 1_000),
        ("settings.rating.question", &settings.rating.question, 120),
        ("settings.reception.closed_greeting", &settings.reception.closed_greeting, 1_000),
    ];
    let mut wrong: Vec<FieldError> = texts
        .iter()
        .filter(|(_, text, chars_max)| text.chars().count() > *chars_max)
        .map(|(field, ..)| FieldError { field: (*field).into(), code: "too_long" })
        .collect();
    let mut refuse = |field: &'static str, code| wrong.push(FieldError { field: field.into(), code });
    if !is_colour(&settings.colour) {
        refuse("settings.colour", "invalid");
    }
    if settings.origins.len() > ORIGINS_MAX {
        refuse("settings.origins", "too_long");
    }
    if !settings.origins.iter().all(|origin| is_origin(origin)) {
        refuse("settings.origins", "invalid");
    }
    let tags = &settings.rating.tags;
    let fits = |tag: &String| !tag.trim().is_empty() && tag.chars().count() <= RATING_TAG_CHARS_MAX;
    if tags.len() > RATING_TAGS_MAX {
        refuse("settings.rating.tags", "too_long");
    }
    if !tags.iter().all(fits) || tags.iter().enumerate().any(|(n, tag)| tags[..n].contains(tag)) {
        refuse("settings.rating.tags", "invalid");
    }
    if settings.reopen_hours > YEAR_HOURS {
        refuse("settings.reopen_hours", "too_long");
    }
    if settings.revise_minutes > WEEK_MINUTES {
        refuse("settings.revise_minutes", "too_long");
    }
    match settings.handback_after_s {
        ..HANDBACK_AFTER_S_MIN => refuse("settings.handback_after_s", "too_short"),
        HANDBACK_AFTER_S_MIN..=HANDBACK_AFTER_S_MAX => {}
        _ => refuse("settings.handback_after_s", "too_long"),
    }
    wrong.extend(settings.hours.wrong());
    wrong.extend(settings.prechat.wrong());
    wrong.extend(settings.calls.wrong());
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
}

fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// `https://shop.example` or `http://localhost:3000`: what a browser sends as Origin. It goes into a CSP header, so
/// nothing else may pass.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|n| n > 0));
    let name_fits = !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.');
    port_fits && name_fits
}

/// A fresh public key. Unguessable only so that channels cannot be enumerated; it is not a secret.
pub fn new_key() -> String {
    crate::vault::token("wc").chars().take(23).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_origins_reach_the_policy_header() {
        for good in ["https://shop.example", "http://localhost:3000", "https://a-b.example.cn:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "shop.example",
            "https://",
            "https://a b",
            "https://x;script-src *",
            "https://x/",
            "*",
            "https://X.com",
            "https://x:0",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn every_wrong_setting_is_named() {
        let settings = ChannelSettings {
            colour: "red".into(),
            greeting: "x".repeat(1_001),
            origins: vec!["*".into()],
            reopen_hours: YEAR_HOURS + 1,
            handback_after_s: HANDBACK_AFTER_S_MIN - 1,
            revise_minutes: WEEK_MINUTES + 1,
            rating: RatingSettings { tags: vec!["quick".into(), "quick".into()], ..RatingSettings::default() },
            hours: Hours { time_zone: "Nowhere".into(), ..Hours::default() },
            calls: CallSettings { consent_text: "x".repeat(2_001), ..CallSettings::default() },
            ..ChannelSettings::default()
        };
        let error = validate_settings(&settings).unwrap_err();
        let fields: Vec<&str> = error.fields.iter().map(|f| f.field.as_ref()).collect();
        let wrong = [
            "greeting",
            "colour",
            "origins",
            "rating.tags",
            "reopen_hours",
            "revise_minutes",
            "handback_after_s",
            "hours.time_zone",
            "calls.consent_text",
        ];
        assert_eq!(fields, wrong.map(|field| format!("settings.{field}")));
        assert!(validate_settings(&ChannelSettings::default()).is_ok());
    }
}
