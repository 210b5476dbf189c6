//! What a channel asks before a conversation.

use crate::kernel::{FieldError, TagId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of the settings' document.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrechatSettings {
    pub enabled: bool,
    /// Above the questions.
    pub lead: String,
    pub fields: Vec<PrechatField>,
    pub consent: PrechatConsent,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrechatField {
    /// Its name in answers: lower case letters, digits, `_`.
    pub id: String,
    pub kind: FieldKind,
    pub label: String,
    #[serde(default)]
    pub required: bool,
    /// Of a choice.
    #[serde(default)]
    pub options: Vec<PrechatOption>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// These three are the customer's; what is known is not asked.
    Name,
    Email,
    Phone,
    Text,
    Choice,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrechatOption {
    pub text: String,
    /// What the conversation is tagged with. Visitors are not told.
    #[serde(default)]
    pub tag: Option<String>,
}

/// What must be agreed to; without a text nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PrechatConsent {
    pub text: String,
    pub link_text: String,
    pub url: String,
}

const FIELDS_MAX: usize = 12;
const OPTIONS_MAX: usize = 30;
const ID_CHARS_MAX: usize = 30;

impl PrechatSettings {
    /// Without what is the house's alone.
    pub fn public(mut self) -> Self {
        self.fields.iter_mut().flat_map(|field| &mut field.options).for_each(|option| option.tag = None);
        self
    }

    /// By the names of the channel's settings.
    pub(super) fn wrong(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut refuse = |part: &str, code| {
            wrong.push(FieldError { field: format!("settings.prechat.{part}").into(), code });
        };
        if self.lead.chars().count() > 500 {
            refuse("lead", "too_long");
        }
        if self.enabled && self.fields.is_empty() && self.consent.text.is_empty() {
            refuse("fields", "required");
        }
        if self.fields.len() > FIELDS_MAX {
            refuse("fields", "too_long");
        }
        let twice = |n: usize| {
            let one = &self.fields[n];
            let known = |kind| matches!(kind, FieldKind::Name | FieldKind::Email | FieldKind::Phone);
            self.fields[..n].iter().any(|other| other.id == one.id || (known(one.kind) && other.kind == one.kind))
        };
        if !self.fields.iter().all(PrechatField::fits) || (0..self.fields.len().min(FIELDS_MAX)).any(twice) {
            refuse("fields", "invalid");
        }
        let PrechatConsent { text, link_text, url } = &self.consent;
        if text.chars().count() > 1_000 || link_text.chars().count() > 80 || url.len() > 500 {
            refuse("consent", "too_long");
        }
        let is_address = url.starts_with("https://") || url.starts_with("http://");
        if !url.is_empty() && (!is_address || url.chars().any(|c| c.is_whitespace() || c.is_control())) {
            refuse("consent.url", "invalid");
        }
        wrong
    }
}

impl PrechatField {
    fn fits(&self) -> bool {
        let is_id = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
        let id = (1..=ID_CHARS_MAX).contains(&self.id.len()) && self.id.bytes().all(is_id);
        let options = match self.kind {
            FieldKind::Choice => (1..=OPTIONS_MAX).contains(&self.options.len()),
            _ => self.options.is_empty(),
        };
        let twice = |n: usize| self.options[..n].iter().any(|other| other.text == self.options[n].text);
        id && is_label(&self.label)
            && options
            && self.options.iter().all(PrechatOption::fits)
            && !(0..self.options.len()).any(twice)
    }
}

impl PrechatOption {
    fn fits(&self) -> bool {
        is_label(&self.text) && self.tag.as_ref().is_none_or(|tag| tag.parse::<TagId>().is_ok())
    }
}

fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(id: &str, kind: FieldKind, options: &[&str]) -> PrechatField {
        let option = |text: &&str| PrechatOption { text: (*text).into(), tag: None };
        PrechatField {
            id: id.into(),
            kind,
            label: "Order".into(),
            required: false,
            options: options.iter().map(option).collect(),
        }
    }

    #[test]
    fn questions_that_cannot_be_asked_are_refused() {
        let wrong = |fields: Vec<PrechatField>| {
            let settings = PrechatSettings { enabled: true, fields, ..PrechatSettings::default() };
            settings.wrong().iter().map(|wrong| format!("{} {}", wrong.field, wrong.code)).collect::<Vec<_>>()
        };
        let (text, choice, email) = (FieldKind::Text, FieldKind::Choice, FieldKind::Email);
        assert!(wrong(vec![field("order", text, &[]), field("about", choice, &["Sales", "Help"])]).is_empty());
        assert_eq!(wrong(Vec::new()), ["settings.prechat.fields required"]);
        for bad in [
            vec![field("Order", text, &[])],
            vec![field("", text, &[])],
            vec![field("a", choice, &[])],
            vec![field("a", choice, &["Sales", "Sales"])],
            vec![field("a", choice, &[" "])],
            vec![field("a", text, &["Sales"])],
            vec![field("a", text, &[]), field("a", text, &[])],
            vec![field("a", email, &[]), field("b", email, &[])],
        ] {
            assert_eq!(wrong(bad.clone()), ["settings.prechat.fields invalid"], "{bad:?}");
        }
        let url = "javascript:alert(1)".to_owned();
        let consent = PrechatConsent { text: "I agree".into(), url, ..PrechatConsent::default() };
        assert_eq!(PrechatSettings { consent, ..PrechatSettings::default() }.wrong().len(), 1);
    }
}
