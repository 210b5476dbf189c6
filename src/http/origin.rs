//! Requests forged by another site: a cookie goes along with those too, so they must prove where they come from.

use super::Client;
use crate::kernel::{Error, ErrorKind, Result};
use actix_web::HttpRequest;
use actix_web::http::header;

/// For requests that change something and are known by a cookie: `X-Parlor-Request: 1`, which no foreign page can add
/// without being asked first, and no foreign `Origin`.
pub fn require_own_page(request: &HttpRequest) -> Result<()> {
    let marked = request.headers().get("x-parlor-request").is_some_and(|value| value == "1");
    if !marked {
        return Err(forged("The header X-Parlor-Request: 1 is missing."));
    }
    match request.headers().contains_key(header::ORIGIN) {
        true => require_own_origin(request),
        false => Ok(()),
    }
}

/// For sockets known by a cookie: no header can be added there, so the browser's `Origin` must be ours, to the letter.
pub fn require_own_origin(request: &HttpRequest) -> Result<()> {
    let own = Client::of(request).own_origin;
    let mut origins = request.headers().get_all(header::ORIGIN);
    let ours = origins.next().is_some_and(|origin| origin.as_bytes() == own.as_bytes()) && origins.next().is_none();
    if ours { Ok(()) } else { Err(foreign(&own)) }
}

fn foreign(own: &str) -> Error {
    forged(format!("The request comes from another origin than {own}. Behind a proxy, set public_url or behind_proxy."))
}

fn forged(detail: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Forbidden, "request.forged", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn request(lines: &[(&'static str, &'static str)]) -> HttpRequest {
        let start = TestRequest::post().insert_header(("host", "chat.example:8080"));
        lines.iter().fold(start, |request, line| request.append_header(*line)).to_http_request()
    }

    #[test]
    fn a_write_needs_the_mark_and_no_foreign_origin() {
        let mark = ("x-parlor-request", "1");
        assert!(require_own_page(&request(&[mark])).is_ok());
        assert!(require_own_page(&request(&[mark, ("origin", "http://chat.example:8080")])).is_ok());
        for bad in [
            vec![],
            vec![("x-parlor-request", "0")],
            vec![mark, ("origin", "http://evil.example")],
            vec![mark, ("origin", "https://chat.example:8080")],
            vec![mark, ("origin", "http://chat.example:80801")],
            vec![mark, ("origin", "null")],
        ] {
            assert_eq!(require_own_page(&request(&bad)).unwrap_err().code, "request.forged", "{bad:?}");
        }
    }

    #[test]
    fn a_socket_needs_exactly_our_origin() {
        let ours = ("origin", "http://chat.example:8080");
        assert!(require_own_origin(&request(&[ours])).is_ok());
        assert!(require_own_origin(&request(&[])).is_err());
        assert!(require_own_origin(&request(&[ours, ("origin", "http://evil.example")])).is_err());
    }
}
