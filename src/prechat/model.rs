//! The form, and what is a good answer to it.

use crate::channels::{FieldKind, PrechatConsent, PrechatField, PrechatSettings};
use crate::customers::{self, Customer};
use crate::kernel::{Error, FieldError, Millis, Result, TagId};
use std::collections::BTreeMap;

/// What somebody is asked.
#[derive(Clone, Debug)]
pub struct Form {
    /// Whether their next message would be refused without it.
    pub needed: bool,
    pub lead: String,
    /// Without those that are known.
    pub fields: Vec<PrechatField>,
    pub consent: PrechatConsent,
}

/// What somebody says.
#[derive(Clone, Debug)]
pub struct Given {
    /// By the fields' ids.
    pub answers: BTreeMap<String, String>,
    /// The words that were agreed to.
    pub consent: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub label: String,
    pub text: String,
}

/// What is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    pub answers: Vec<Answer>,
    pub tags: Vec<TagId>,
    /// Empty: none was asked.
    pub consent: String,
    pub at: Millis,
}

/// The customer's own, from a form.
#[derive(Default)]
pub(super) struct Own {
    pub name: String,
    pub email: String,
    pub phone: String,
}

const TEXT_CHARS_MAX: usize = 1_000;

pub(super) fn is_known(field: &PrechatField, customer: &Customer) -> bool {
    match field.kind {
        FieldKind::Name => !customer.name.is_empty(),
        FieldKind::Email => !customer.email.is_empty(),
        FieldKind::Phone => !customer.phone.is_empty(),
        FieldKind::Text | FieldKind::Choice => false,
    }
}

/// Every answer that is wrong is named.
pub(super) fn fill(form: &PrechatSettings, customer: &Customer, given: &Given, at: Millis) -> Result<(Filled, Own)> {
    let mut filled = Filled { answers: Vec::new(), tags: Vec::new(), consent: String::new(), at };
    let (mut own, mut wrong) = (Own::default(), Vec::new());
    let mut refuse = |field: &str, code| wrong.push(FieldError { field: format!("answers.{field}").into(), code });
    for unknown in given.answers.keys().filter(|id| !form.fields.iter().any(|field| field.id == **id)) {
        let id: String = unknown.chars().take(40).collect();
        refuse(&id, "unknown");
    }
    for field in form.fields.iter().filter(|field| !is_known(field, customer)) {
        let text = given.answers.get(&field.id).map_or("", |text| text.trim());
        match check(field, text) {
            Err(code) => refuse(&field.id, code),
            Ok(()) if text.is_empty() => {}
            Ok(()) => {
                match field.kind {
                    FieldKind::Name => own.name = text.to_owned(),
                    FieldKind::Email => own.email = text.to_owned(),
                    FieldKind::Phone => own.phone = text.to_owned(),
                    FieldKind::Text | FieldKind::Choice => {}
                }
                let chosen = field.options.iter().find(|option| option.text == text);
                let tag = chosen.and_then(|option| option.tag.as_ref()).and_then(|tag| tag.parse().ok());
                filled.tags.extend(tag.filter(|tag| !filled.tags.contains(tag)));
                filled.answers.push(Answer { label: field.label.clone(), text: text.to_owned() });
            }
        }
    }
    if !form.consent.text.is_empty() {
        match &given.consent {
            None => wrong.push(FieldError { field: "consent".into(), code: "required" }),
            Some(text) if *text != form.consent.text => {
                return Err(Error::conflict("prechat.changed", "What is asked has changed: load it again."));
            }
            Some(_) => filled.consent = words(&form.consent),
        }
    }
    if wrong.is_empty() { Ok((filled, own)) } else { Err(Error::invalid_fields(wrong)) }
}

fn check(field: &PrechatField, text: &str) -> Result<(), &'static str> {
    let length = text.chars().count();
    let (chars_max, fits) = match field.kind {
        FieldKind::Name => (80, true),
        FieldKind::Email => (254, customers::looks_like_email(text)),
        FieldKind::Phone => (40, text.chars().filter(char::is_ascii_digit).count() >= 3),
        FieldKind::Text => (TEXT_CHARS_MAX, true),
        FieldKind::Choice => (TEXT_CHARS_MAX, field.options.iter().any(|option| option.text == text)),
    };
    match length {
        0 if field.required => Err("required"),
        0 => Ok(()),
        n if n > chars_max => Err("too_long"),
        _ if !fits => Err("invalid"),
        _ => Ok(()),
    }
}

/// As they stood before whoever agreed.
fn words(consent: &PrechatConsent) -> String {
    match (consent.link_text.as_str(), consent.url.as_str()) {
        (_, "") => consent.text.clone(),
        ("", url) => format!("{} ({url})", consent.text),
        (link, url) => format!("{} {link} ({url})", consent.text),
    }
}
