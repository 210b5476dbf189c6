//! Every request gets an id, a line in the log and the headers nobody may forget.
//!
//! The line holds the route's pattern, not the address, and no method that nobody knows: ids, keys and whatever else
//! somebody writes there are other people's business. The id is
//! that of the proxy in front, if it gave one; every line that is logged for the request carries it, and so does its answer.

use super::figures::{FIGURES, known_method};
use super::{Problem, headers, problem};
use crate::kernel::Stopwatch;
use crate::vault;
use actix_web::ResponseError;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use std::fmt::{self, Write};
use std::sync::Arc;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Of an id that is taken from a request. Digits in hex and dashes: what proxies make, and no room for a name or an address.
const GIVEN_CHARS: std::ops::RangeInclusive<usize> = 16..=64;

/// Cheap to clone. Empty outside of a request.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestId(Option<Arc<str>>);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or_default())
    }
}

impl RequestId {
    pub fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_well_formed(id));
        RequestId(Some(given.map_or_else(|| hex(&vault::random::<8>()), str::to_owned).into()))
    }
}

fn is_well_formed(id: &str) -> bool {
    GIVEN_CHARS.contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request this code runs for.
pub fn request_id() -> RequestId {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Work that goes on for a request when its answer is gone.
pub fn in_request<F: Future>(id: RequestId, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, work)
}

/// The outermost middleware.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = RequestId::of(request.headers());
    let started = Stopwatch::start();
    let method = known_method(request.method());
    let answer = async move {
        let mut response = in_our_words(next.call(request).await?);
        let request = response.request().clone();
        headers::complete(&request, response.headers_mut());
        if let Some(id) = request_id().as_str().and_then(|id| HeaderValue::from_str(id).ok()) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        let took = started.elapsed();
        let pattern = request.match_pattern();
        let route = pattern.as_deref().unwrap_or("-");
        let status = response.status();
        tracing::info!(target: "parlor::request", method, route, status = status.as_u16(), ms = took.as_millis() as u64);
        FIGURES.note(method, pattern, status, took);
        Ok(response)
    };
    in_request(id, answer).await
}

/// The framework's own refusals are plain text; ours are problem+json.
fn in_our_words(response: ServiceResponse<impl MessageBody + 'static>) -> ServiceResponse<BoxBody> {
    let foreign = response.response().error().is_some_and(|error| error.as_error::<Problem>().is_none());
    let response = response.map_into_boxed_body();
    if !foreign {
        return response;
    }
    let status = response.status();
    response.into_response(problem::foreign(status).error_response())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_only_if_it_can_say_nothing() {
        for good in ["0123456789abcdef", "9f86d081-884c-4d65-9a2f-eaa0c55ad015", &"F".repeat(64)] {
            assert!(is_well_formed(good), "{good}");
        }
        for bad in ["", "0123456789abcde", &"f".repeat(65), "lin.wu@shop.example", "0123456789abcdef\"x", "电话电话"]
        {
            assert!(!is_well_formed(bad), "{bad}");
        }
    }
}
