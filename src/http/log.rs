//! Every request gets an id, a line in the log and the headers nobody may forget.
//!
//! The line holds the route's pattern, not the address: ids, keys and query strings are other people's business.

use super::{Problem, headers, problem};
use crate::kernel::Clock;
use crate::vault;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{ResponseError, web};
use std::fmt::Write;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request this code runs for; empty outside of one.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// The outermost middleware.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = hex(&vault::random::<8>());
    let clock = request.app_data::<web::Data<Clock>>().cloned();
    let started = clock.as_ref().map(|clock| clock.now());
    let method = request.method().clone();
    let answer = async move {
        let mut response = in_our_words(next.call(request).await?);
        let request = response.request().clone();
        headers::complete(&request, response.headers_mut());
        let ms = clock.zip(started).map_or(0, |(clock, started)| clock.now().since(started));
        let route = request.match_pattern().unwrap_or_else(|| "-".into());
        let status = response.status().as_u16();
        tracing::info!(target: "parlor::request", request_id = request_id(), %method, route, status, ms);
        Ok(response)
    };
    REQUEST_ID.scope(id, answer).await
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
