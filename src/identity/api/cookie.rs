//! The session's cookie.

use crate::http::Client;
use crate::identity::model::SESSION_MS;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};

/// On an encrypted way the prefix keeps other hosts of the same site from planting one.
fn name(secure: bool) -> &'static str {
    if secure { "__Host-parlor_session" } else { "parlor_session" }
}

fn cookie(request: &HttpRequest, value: String, lifetime: Duration) -> Cookie<'static> {
    let secure = Client::of(request).is_secure();
    Cookie::build(name(secure), value)
        .path("/")
        .secure(secure)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(lifetime)
        .finish()
}

/// Gives the browser a session's secret.
pub fn session_cookie(request: &HttpRequest, secret: String) -> Cookie<'static> {
    cookie(request, secret, Duration::milliseconds(SESSION_MS))
}

pub(super) fn removal(request: &HttpRequest) -> Cookie<'static> {
    cookie(request, String::new(), Duration::ZERO)
}

pub(super) fn find(request: &HttpRequest) -> Option<String> {
    let name = name(Client::of(request).is_secure());
    request.cookie(name).map(|cookie| cookie.value().to_owned()).filter(|value| !value.is_empty())
}
