//! The end of a recording's file: what was written is summed up, signed, and can be found at once from then on.

use super::chain::{Chain, Lost, Statement, sha256};
use super::contents::{Contents, Entry};
use super::model::{EndReason, Ended, IndexPlace};
use crate::kernel::Millis;
use crate::vault::{LogWriter, Record};
use std::io;

/// Writes the end. The caller stores what it came to.
pub fn close(
    log: &mut LogWriter,
    chain: &mut Chain,
    contents: &mut Contents,
    reason: EndReason,
    lost: Lost,
    now: Millis,
) -> io::Result<Ended> {
    let view = contents.view(None);
    let (duration_ms, segments) = (contents.duration_ms(), contents.segments.len() as u64);
    let link = chain.link(|n| Statement::End {
        n,
        at: now.0,
        reason: reason.as_str().to_owned(),
        duration_ms,
        segments,
        head_bytes: view.head.len() as u64,
        head_sha256: sha256(&view.head),
        lost,
    });
    contents.links.push(link.clone());
    let links = log.append(Entry::Links(contents.links.clone()).encode())?;
    contents.links_at = Some(links.into());
    let index = log.append(Entry::Index(link, view.head, contents.clone()).encode())?;
    Ok(ended(contents, reason, now, index))
}

/// What the store is told of a file with this index.
pub fn ended(contents: &Contents, reason: EndReason, at: Millis, index: Record) -> Ended {
    let place = IndexPlace { at: index.at as i64, number: i64::from(index.number), bytes: i64::from(index.bytes) };
    let (duration_ms, bytes) = (contents.duration_ms() as i64, index.end() as i64);
    Ended { at, reason, duration_ms, bytes, index: Some(place) }
}
