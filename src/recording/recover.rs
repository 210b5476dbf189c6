//! Closing what broke off: everything up to the last synced segment is there.

use super::chain::{Chain, Lost};
use super::closing::{close as write_end, ended};
use super::contents::{Contents, Entry};
use super::model::{EndReason, Ended, Recording};
use crate::kernel::Millis;
use crate::vault::{Record, SealedError, Sealer, SigningKey};
use std::io;
use std::path::Path;

pub fn close(sealer: &Sealer, path: &Path, recording: &Recording, key: SigningKey) -> Result<Ended, SealedError> {
    let reader = match sealer.open_log(path, &recording.file) {
        Ok(reader) => reader,
        // It ended before anything was on the disk.
        Err(SealedError::Truncated | SealedError::NotSealed) => return Ok(nothing(recording)),
        Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(nothing(recording)),
        Err(error) => return Err(error),
    };
    let mut contents = Contents { began_at: recording.began_at.0, ..Contents::default() };
    let mut last: Option<Record> = None;
    for found in reader.walk() {
        let (record, content) = match found {
            Ok(found) => found,
            // A record that was being written, or damage: what is behind it may be sound.
            Err(SealedError::Io(error)) => return Err(error.into()),
            Err(_) => continue,
        };
        match Entry::decode(&content) {
            Some(Entry::Statement(link)) => contents.note(link),
            Some(Entry::Segment(link, cluster)) => {
                let _ = contents.add(link, &cluster, record);
            }
            // Its end was written; only the store did not learn of it.
            Some(Entry::Index(link, _, whole)) => {
                let (at, reason) = end_of(&link).unwrap_or((recording.began_at, EndReason::BrokenOff));
                return Ok(ended(&whole, reason, at, record));
            }
            Some(Entry::Links(_)) | None => {}
        }
        last = Some(record);
    }
    if contents.links.is_empty() {
        return Ok(nothing(recording));
    }
    let at = contents.links.iter().rev().find_map(|link| Some(Millis(link.statement()?.at())));
    let mut log = sealer.reopen_log(path, &recording.file, last)?;
    let mut chain = Chain::after(key, &contents.links);
    let at = at.unwrap_or(recording.began_at);
    Ok(write_end(&mut log, &mut chain, &mut contents, EndReason::BrokenOff, Lost::default(), at)?)
}

fn nothing(recording: &Recording) -> Ended {
    Ended::nothing(recording.began_at, EndReason::BrokenOff)
}

fn end_of(link: &super::chain::Link) -> Option<(Millis, EndReason)> {
    match link.statement()? {
        super::chain::Statement::End { at, reason, .. } => Some((Millis(at), EndReason::parse(&reason)?)),
        _ => None,
    }
}
