//! One message, signed, and what came of it.

use crate::kernel::Millis;
use crate::vault::sign;

/// A message to one address.
pub struct Letter<'l> {
    pub url: &'l str,
    /// The newest first. While one replaces another, both sign.
    pub secrets: &'l [String],
    /// The same each time it is sent.
    pub id: &'l str,
    /// JSON.
    pub body: String,
}

/// One try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub at: Millis,
    /// `None`: no answer came.
    pub status: Option<u16>,
    /// `ok`, or what went wrong: `refused` (another status), `forbidden` (a network that may not be reached), `timeout`,
    /// `unreachable`, `failed`.
    pub result: &'static str,
    pub took_ms: i64,
    /// How the answer began.
    pub answer: String,
    /// The receiver said when to come again.
    pub retry_after_s: Option<u32>,
}

impl Outcome {
    pub fn is_ok(&self) -> bool {
        self.result == "ok"
    }
}

impl Letter<'_> {
    /// `v1=…`, by each secret: HMAC-SHA256 of `timestamp.id.body`.
    pub(super) fn signatures(&self, timestamp: &str) -> String {
        let parts = [timestamp, ".", self.id, ".", &self.body];
        let parts = parts.map(str::as_bytes);
        let signatures: Vec<String> =
            self.secrets.iter().map(|secret| format!("v1={}", sign(secret, &parts))).collect();
        signatures.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_secrets_sign_time_id_and_body() {
        let secrets = ["new".to_owned(), "old".to_owned()];
        let letter = Letter { url: "", secrets: &secrets, id: "e-7", body: "{}".into() };
        let by = |secret| format!("v1={}", sign(secret, &[b"12.e-7.{}"]));
        assert_eq!(letter.signatures("12"), format!("{},{}", by("new"), by("old")));
    }
}
