//! Errors on the wire: `application/problem+json`, as docs/protocol.md lists them.

use super::figures::FIGURES;
use super::log;
use crate::kernel::{Error, ErrorKind};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// What handlers fail with.
#[derive(Debug)]
pub struct Problem(pub Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Problem(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An error as clients see it. `code` is stable; `title` and `detail` are English for developers.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    about: &'static str,
    title: &'static str,
    status: u16,
    #[schema(example = "not_found")]
    code: &'static str,
    detail: String,
    /// Seconds; with 429 and 503.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// With 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldProblem>,
    /// The server's log knows the request by it.
    request_id: String,
}

#[derive(Serialize, ToSchema)]
pub struct FieldProblem {
    field: String,
    #[schema(example = "too_long")]
    code: &'static str,
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(status_and_title(self.0.kind).0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let error = &self.0;
        note(error);
        let (status, title) = status_and_title(error.kind);
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = error.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        match error.kind {
            ErrorKind::Unauthenticated => drop(response.insert_header((header::WWW_AUTHENTICATE, "Bearer"))),
            // The rest of such a body is not worth waiting for.
            ErrorKind::TooSlow | ErrorKind::TooLarge => drop(response.force_close()),
            _ => {}
        }
        let fields = error.fields.iter().map(|f| FieldProblem { field: f.field.to_string(), code: f.code });
        let body = ProblemBody {
            about: "about:blank",
            title,
            status,
            code: error.code,
            detail: error.detail.to_string(),
            retry_after: error.retry_after_s,
            fields: fields.collect(),
            request_id: log::request_id().to_string(),
        };
        response.content_type("application/problem+json").body(serde_json::to_string(&body).unwrap_or_default())
    }
}

/// The internal words go to the log and nowhere else.
fn note(error: &Error) {
    FIGURES.problems.of(error.code).one();
    let internal = error.internal.as_deref().unwrap_or_default();
    match error.kind {
        ErrorKind::Internal => tracing::error!(code = error.code, internal, "request failed"),
        ErrorKind::Unavailable => tracing::warn!(code = error.code, internal, "request refused"),
        _ if internal.is_empty() => {}
        _ => tracing::debug!(code = error.code, internal, "request refused"),
    }
}

fn status_and_title(kind: ErrorKind) -> (u16, &'static str) {
    match kind {
        ErrorKind::Malformed => (400, "Bad request"),
        ErrorKind::Unauthenticated => (401, "Sign-in required"),
        ErrorKind::Forbidden => (403, "Forbidden"),
        ErrorKind::NotFound => (404, "Not found"),
        ErrorKind::TooSlow => (408, "Request timeout"),
        ErrorKind::Conflict => (409, "Conflict"),
        ErrorKind::TooLarge => (413, "Too large"),
        ErrorKind::Unsupported => (415, "Unsupported media type"),
        ErrorKind::Invalid => (422, "Invalid input"),
        ErrorKind::Busy => (429, "Too many requests"),
        ErrorKind::Internal => (500, "Server error"),
        ErrorKind::Unavailable => (503, "Unavailable"),
    }
}

/// What the web framework refuses by itself, in our words.
pub fn foreign(status: StatusCode) -> Problem {
    Problem(match status.as_u16() {
        404 | 405 => Error::not_found(),
        408 => Error::too_slow(),
        413 => Error::too_large("request.too_large", "The request is too large."),
        400..=499 => Error::malformed("The request cannot be understood."),
        _ => Error::internal(format!("the web framework answered {status}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[actix_web::test]
    async fn a_problem_says_what_the_protocol_promises_and_nothing_internal() {
        let response = Problem(Error::rate_limited(3).because("the secret word")).error_response();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers().get("retry-after").unwrap(), "3");
        assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
        let body = to_bytes(response.into_body()).await.unwrap();
        let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((&json["code"], &json["retry_after"]), (&"rate.limited".into(), &3.into()));
        assert_eq!((&json["type"], &json["status"]), (&"about:blank".into(), &429.into()));
        assert!(!String::from_utf8_lossy(&body).contains("secret word"));
    }

    #[actix_web::test]
    async fn fields_are_named() {
        let response = Problem(Error::invalid("email", "invalid")).error_response();
        assert_eq!(response.status(), 422);
        let json: serde_json::Value = serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        assert_eq!(json["fields"], serde_json::json!([{"field": "email", "code": "invalid"}]));
    }
}
