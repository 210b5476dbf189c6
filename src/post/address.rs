//! Which addresses can be entered. Pure.

use crate::kernel::{Error, Result};

const URL_BYTES_MAX: usize = 2_000;

/// An address that a message can be posted to.
pub fn check_url(url: &str) -> Result<String> {
    let fail = |code| Err(Error::invalid("url", code));
    let url = url.trim();
    if url.is_empty() {
        return fail("required");
    }
    if url.len() > URL_BYTES_MAX {
        return fail("too_long");
    }
    match reqwest::Url::parse(url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => Ok(parsed.to_string()),
        _ => fail("invalid"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_the_web() {
        assert_eq!(check_url(" https://alerts.example/hook?x=1 ").unwrap(), "https://alerts.example/hook?x=1");
        assert!(check_url("http://10.0.0.7:8080/").is_ok());
        for bad in ["", "alerts.example", "ftp://alerts.example/", "file:///etc/passwd", "http://", "javascript:x"] {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }
}
