//! Typed ids. Inside they are integers given by the store; on the wire they carry a prefix (`cnv_42`).

use super::{Error, Result};
use std::fmt;
use std::str::FromStr;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub i64);

        impl $name {
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self> {
                parse(text, concat!($prefix, "_")).map($name).ok_or_else(|| {
                    Error::malformed(format!("\"{}\" is not an id of the form {}_123", clip(text), $prefix))
                })
            }
        }
    };
}

id!(/// A person of the organisation.
    UserId, "usr");
id!(/// The record of somebody who writes to the organisation.
    CustomerId, "cus");
id!(/// A door customers come through.
    ChannelId, "chn");
id!(/// One matter with one customer.
    ConversationId, "cnv");
id!(/// What is kept of a call's sound and pictures.
    RecordingId, "rec");
id!(/// A stored file.
    AttachmentId, "att");
id!(/// An API token's record, not its secret.
    TokenId, "tok");
id!(/// Words that are said often.
    QuickReplyId, "qr");
id!(/// An address that hears what happens.
    WebhookId, "hook");
id!(/// What a customer thought of a conversation.
    RatingId, "rtg");
id!(/// A word for what conversations are about.
    TagId, "tag");
id!(/// A way to look at the inbox, kept under a name.
    SavedViewId, "view");
id!(/// A conversation offered to a colleague.
    TransferId, "trf");
id!(/// Talking and showing, once.
    CallId, "call");
id!(/// Somebody's part in a call, and their line to the media plane.
    LegId, "leg");

/// Canonical decimal only: two spellings of one id would defeat caches and audits.
fn parse(text: &str, prefix: &str) -> Option<i64> {
    let digits = text.strip_prefix(prefix)?;
    let canonical = !digits.is_empty()
        && digits.len() <= 18
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    canonical.then(|| digits.parse().ok()).flatten()
}

fn clip(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_have_one_spelling() {
        assert_eq!(ConversationId(42).to_string(), "cnv_42");
        assert_eq!("cnv_42".parse::<ConversationId>().unwrap(), ConversationId(42));
        for bad in ["", "42", "cnv_", "cnv_042", "cnv_0", "cnv_-1", "cnv_4 2", "usr_42", "cnv_9999999999999999999"] {
            assert!(bad.parse::<ConversationId>().is_err(), "{bad}");
        }
    }
}
