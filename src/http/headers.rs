//! The headers every answer carries unless its handler knew better.

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, web};

/// What is known of the way to the browser.
#[derive(Clone, Copy, Debug, Default)]
pub struct Transport {
    /// We speak TLS ourselves with a certificate that browsers trust: they may be told to insist on it. Not for a
    /// self-made one, whose warning could then no longer be skipped.
    pub strict_tls: bool,
}

const ALWAYS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    // Answers of the API are never a page, whatever somebody put into them.
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    (header::CACHE_CONTROL, "no-store"),
];
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), fullscreen=(self), \
                           picture-in-picture=(self), \
                           accelerometer=(), geolocation=(), gyroscope=(), magnetometer=(), midi=(), payment=(), usb=()";

pub fn complete(request: &HttpRequest, headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        set_unless_present(headers, name, value);
    }
    set_unless_present(headers, HeaderName::from_static("permissions-policy"), PERMISSIONS);
    set_unless_present(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if request.app_data::<web::Data<Transport>>().is_some_and(|transport| transport.strict_tls) {
        set_unless_present(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn set_unless_present(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
