//! What is known of a customer, and how much of it fits.

use crate::kernel::{ChannelId, CustomerId, Error, FieldError, Millis, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Clone, Debug)]
pub struct Customer {
    pub id: CustomerId,
    pub channel: ChannelId,
    /// Empty = not known; likewise `email` and `phone`.
    pub name: String,
    pub email: String,
    pub phone: String,
    pub note: String,
    pub attributes: BTreeMap<String, String>,
    pub page: Option<PageView>,
    pub device: Option<Device>,
    pub locale: String,
    pub created_at: Millis,
    pub last_seen_at: Millis,
    pub position: i64,
}

/// The page the visitor is on. A document: stored and sent in this shape.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct PageView {
    pub url: String,
    pub title: String,
    pub referrer: String,
    /// Milliseconds since 1970.
    pub at: i64,
}

/// What the browser says it is. A document likewise.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
pub struct Device {
    pub browser: String,
    pub os: String,
    /// `desktop`, `phone` or `tablet`
    pub kind: String,
    pub language: String,
}

const NAME_CHARS_MAX: usize = 80;
const EMAIL_CHARS_MAX: usize = 254;
const PHONE_CHARS_MAX: usize = 40;
const NOTE_CHARS_MAX: usize = 4_000;
const ATTRIBUTES_MAX: usize = 50;
const ATTRIBUTE_NAME_CHARS_MAX: usize = 60;
const ATTRIBUTE_CHARS_MAX: usize = 1_000;
/// All together, since agents are told the whole of them at each change.
const ATTRIBUTES_BYTES_MAX: usize = 8_192;
const URL_CHARS_MAX: usize = 2_048;
const TITLE_CHARS_MAX: usize = 300;

impl Customer {
    pub fn validate(&self) -> Result<()> {
        let texts = [
            ("name", &self.name, NAME_CHARS_MAX),
            ("email", &self.email, EMAIL_CHARS_MAX),
            ("phone", &self.phone, PHONE_CHARS_MAX),
            ("note", &self.note, NOTE_CHARS_MAX),
        ];
        let mut wrong: Vec<FieldError> = texts
            .iter()
            .filter(|(_, text, chars_max)| text.chars().count() > *chars_max)
            .map(|(field, ..)| FieldError { field: (*field).into(), code: "too_long" })
            .collect();
        if !self.email.is_empty() && !looks_like_email(&self.email) {
            wrong.push(FieldError { field: "email".into(), code: "invalid" });
        }
        let attribute_fits = |(name, text): (&String, &String)| {
            (1..=ATTRIBUTE_NAME_CHARS_MAX).contains(&name.chars().count())
                && text.chars().count() <= ATTRIBUTE_CHARS_MAX
        };
        let bytes: usize = self.attributes.iter().map(|(name, text)| name.len() + text.len()).sum();
        let too_many = self.attributes.len() > ATTRIBUTES_MAX || bytes > ATTRIBUTES_BYTES_MAX;
        if too_many || !self.attributes.iter().all(attribute_fits) {
            wrong.push(FieldError { field: "attributes".into(), code: "too_long" });
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
    }
}

impl PageView {
    /// A page's address may be absurdly long; what an agent needs of it is its beginning.
    pub fn new(url: &str, title: &str, referrer: &str, at: Millis) -> PageView {
        PageView {
            url: clip(url, URL_CHARS_MAX),
            title: clip(title, TITLE_CHARS_MAX),
            referrer: clip(referrer, URL_CHARS_MAX),
            at: at.0,
        }
    }
}

impl Device {
    /// From the User-Agent header: enough for an agent to know what the customer sees, no more.
    pub fn from_user_agent(agent: &str, language: &str) -> Device {
        let first = |known: &[(&str, &str)]| {
            known.iter().find(|(mark, _)| agent.contains(mark)).map_or(String::new(), |(_, name)| (*name).to_owned())
        };
        // Order matters: Edge also says Chrome, Chrome also says Safari, WeChat's view says both.
        let browser = first(&[
            ("MicroMessenger", "WeChat"),
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("Chrome", "Chrome"),
            ("CriOS", "Chrome"),
            ("Safari", "Safari"),
        ]);
        let os = first(&[
            ("HarmonyOS", "HarmonyOS"),
            ("Android", "Android"),
            ("iPhone", "iOS"),
            ("iPad", "iPadOS"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ]);
        let kind = match os.as_str() {
            "iPadOS" => "tablet",
            "iOS" => "phone",
            "Android" | "HarmonyOS" if agent.contains("Mobile") => "phone",
            "Android" | "HarmonyOS" => "tablet",
            _ => "desktop",
        };
        Device { browser, os, kind: kind.into(), language: clip(language, 35) }
    }
}

/// Somebody@somewhere: the only proof of an address is mail that arrives.
pub fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn clip(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_apart() {
        let wechat = "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0";
        let device = Device::from_user_agent(wechat, "zh-CN");
        assert_eq!((device.browser.as_str(), device.os.as_str(), device.kind.as_str()), ("WeChat", "Android", "phone"));
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
        let device = Device::from_user_agent(edge, "en");
        assert_eq!((device.browser.as_str(), device.os.as_str(), device.kind.as_str()), ("Edge", "Windows", "desktop"));
    }

    #[test]
    fn addresses_need_two_sides() {
        assert!(looks_like_email("lin@example.cn"));
        for bad in ["lin", "@example.cn", "lin@cn", "lin@.cn", "l in@example.cn", "lin@example."] {
            assert!(!looks_like_email(bad), "{bad}");
        }
    }
}
