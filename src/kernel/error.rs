//! One error for commands, queries and doors. Public words and internal words are different fields.

use super::Role;
use std::borrow::Cow;
use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What class of answer an error is; `http` turns it into a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    TooSlow,
    Conflict,
    TooLarge,
    Unsupported,
    Invalid,
    Busy,
    Internal,
    Unavailable,
}

/// One field of the input and what is wrong with it (`required`, `too_long`, `too_short`, `invalid`, `unknown`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldError {
    pub field: Cow<'static, str>,
    pub code: &'static str,
}

#[derive(Clone, Debug)]
pub struct Error {
    pub kind: ErrorKind,
    /// Stable and documented in docs/protocol.md.
    pub code: &'static str,
    /// For the caller. Never holds anything they may not know.
    pub detail: Cow<'static, str>,
    pub fields: Vec<FieldError>,
    pub retry_after_s: Option<u32>,
    /// For the log only.
    pub internal: Option<String>,
    /// Something on the disk is not what was written: to try again is no use.
    pub is_damage: bool,
}

impl Error {
    pub fn new(kind: ErrorKind, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Error {
            kind,
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after_s: None,
            internal: None,
            is_damage: false,
        }
    }

    pub fn malformed(detail: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::Malformed, "request.malformed", detail)
    }

    pub fn not_found() -> Self {
        Error::new(ErrorKind::NotFound, "not_found", "There is nothing here, or you may not see it.")
    }

    pub fn role_insufficient(least: Role) -> Self {
        let detail = format!("This needs the role {} or a higher one.", least.as_str());
        Error::new(ErrorKind::Forbidden, "role.insufficient", detail)
    }

    pub fn conflict(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::Conflict, code, detail)
    }

    pub fn invalid(field: impl Into<Cow<'static, str>>, code: &'static str) -> Self {
        Error::invalid_fields(vec![FieldError { field: field.into(), code }])
    }

    pub fn invalid_fields(fields: Vec<FieldError>) -> Self {
        let names: Vec<&str> = fields.iter().map(|f| f.field.as_ref()).collect();
        let detail = format!("Please check: {}.", names.join(", "));
        Error { fields, ..Error::new(ErrorKind::Invalid, "input.invalid", detail) }
    }

    pub fn too_slow() -> Self {
        Error::new(ErrorKind::TooSlow, "request.too_slow", "The request came too slowly.")
    }

    pub fn too_large(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Error::new(ErrorKind::TooLarge, code, detail)
    }

    pub fn rate_limited(retry_after_s: u32) -> Self {
        let detail = format!("Wait {retry_after_s} s and try again.");
        Error::new(ErrorKind::Busy, "rate.limited", detail).retry_after(retry_after_s)
    }

    pub fn busy() -> Self {
        Error::new(ErrorKind::Busy, "server.busy", "The server is busy; try again in a second.").retry_after(1)
    }

    pub fn unavailable(internal: impl Into<String>) -> Self {
        Error::new(ErrorKind::Unavailable, "server.unavailable", "The server cannot store anything right now.")
            .retry_after(5)
            .because(internal)
    }

    pub fn internal(internal: impl fmt::Display) -> Self {
        Error::new(ErrorKind::Internal, "server.error", "Something failed on the server. The log has the request id.")
            .because(internal.to_string())
    }

    pub fn damage(internal: impl fmt::Display) -> Self {
        Error { is_damage: true, ..Error::internal(internal) }
    }

    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub fn because(mut self, internal: impl Into<String>) -> Self {
        self.internal = Some(internal.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)?;
        match &self.internal {
            Some(internal) => write!(f, " ({internal})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
