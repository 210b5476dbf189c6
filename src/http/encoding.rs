//! Which of the compressed forms a browser takes.

use actix_web::HttpRequest;
use actix_web::http::header;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// Best first; the last one is always taken.
    pub const ALL: [Encoding; 3] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

    pub fn name(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
            Encoding::Identity => "identity",
        }
    }

    /// Behind a file's name.
    pub fn suffix(self) -> &'static str {
        match self {
            Encoding::Brotli => ".br",
            Encoding::Gzip => ".gz",
            Encoding::Identity => "",
        }
    }

    pub fn is_accepted(self, request: &HttpRequest) -> bool {
        let lines = request.headers().get_all(header::ACCEPT_ENCODING);
        self == Encoding::Identity || lines.filter_map(|line| line.to_str().ok()).any(|line| accepts(line, self.name()))
    }
}

fn accepts(line: &str, name: &str) -> bool {
    line.split(',').any(|offer| {
        let (offered, parameters) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = parameters.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        offered.trim().eq_ignore_ascii_case(name) && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_taken_if_it_is_named_and_not_refused() {
        for (line, brotli, gzip) in [
            ("gzip, deflate, br", true, true),
            ("GZIP;q=0.5", false, true),
            ("br;q=0, gzip", false, true),
            ("br; q=0.0", false, false),
            ("brotli", false, false),
            ("", false, false),
        ] {
            assert_eq!((accepts(line, "br"), accepts(line, "gzip")), (brotli, gzip), "{line}");
        }
    }
}
