//! Which part of a file is asked for.

use actix_web::http::header::{self, ByteRangeSpec, HeaderMap, Range};
use std::str::FromStr;

pub enum Wanted {
    Whole,
    /// From the first to the last byte, both included.
    Part(u64, u64),
    Nothing,
}

/// One range is served; of several, or of an older file, the whole.
pub fn wanted(headers: &HeaderMap, etag: &str, total: u64) -> Wanted {
    let outdated = headers.get(header::IF_RANGE).is_some_and(|known| known.as_bytes() != etag.as_bytes());
    let range = headers.get(header::RANGE).and_then(|value| Range::from_str(value.to_str().ok()?).ok());
    match range {
        Some(Range::Bytes(parts)) if !outdated && parts.len() == 1 => satisfiable(&parts[0], total),
        _ => Wanted::Whole,
    }
}

fn satisfiable(part: &ByteRangeSpec, total: u64) -> Wanted {
    part.to_satisfiable_range(total).map_or(Wanted::Nothing, |(first, last)| Wanted::Part(first, last))
}
