//! Why a line ends, in the words of docs/protocol.md.

use crate::hub::Closed;
use crate::kernel::{Error, ErrorKind};
use bytestring::ByteString;
use std::borrow::Cow;

/// A close code and a few words for developers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Closing {
    pub code: u16,
    pub detail: Cow<'static, str>,
}

impl Closing {
    pub const NORMAL: u16 = 1000;
    pub const PROTOCOL: u16 = 1002;
    pub const UNSUPPORTED: u16 = 1003;
    pub const INVALID: u16 = 1007;
    pub const POLICY: u16 = 1008;
    pub const SIZE: u16 = 1009;
    pub const RESUME: u16 = 1013;
    pub const UNAUTHORISED: u16 = 4401;
    pub const SILENT: u16 = 4408;

    pub fn new(code: u16, detail: impl Into<Cow<'static, str>>) -> Self {
        Closing { code, detail: detail.into() }
    }

    /// Why somebody is not let in, or no longer.
    pub fn of(error: &Error) -> Self {
        match error.kind {
            ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::NotFound => {
                Closing::new(Closing::UNAUTHORISED, error.code)
            }
            _ => Closing::new(Closing::RESUME, error.code),
        }
    }

    /// For those who have no WebSocket to be closed.
    pub fn frame(&self) -> ByteString {
        serde_json::json!({"type": "close", "code": self.code, "detail": self.detail}).to_string().into()
    }
}

impl From<Closed> for Closing {
    fn from(Closed(code): Closed) -> Self {
        Closing::new(code, "")
    }
}
