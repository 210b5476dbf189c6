//! Removing what nobody needs: files that no message took within a day, and files without a row, which a crash between file
//! and row leaves behind.

use super::commands;
use super::files::Files;
use super::reseal::PART;
use super::store;
use crate::db::Db;
use crate::jobs::Timer;
use crate::kernel::{Error, Millis, Result};
use std::fs::{self, DirEntry};
use std::io;
use std::time::UNIX_EPOCH;

/// How long an upload may wait for its message, and a file for its row.
const UNUSED_MS: i64 = Millis::hours(24);
const UNUSED_EVERY_MS: i64 = Millis::hours(1);
/// Every file of the folder is looked at.
const ORPHANS_EVERY_MS: i64 = Millis::hours(24);
const BATCH: i64 = 200;

pub fn timers(db: &Db, files: &Files) -> Vec<Timer> {
    let (unused, orphans) = ((db.clone(), files.clone()), (db.clone(), files.clone()));
    vec![
        Timer::new("unused attachments", UNUSED_EVERY_MS, move |now| purge_unused(&unused.0, &unused.1, now)),
        Timer::new("orphaned attachments", ORPHANS_EVERY_MS, move |now| purge_orphans(&orphans.0, &orphans.1, now)),
    ]
}

/// Row first, then the file: a crash in between leaves an orphan, never a row without its file.
pub(super) fn purge_unused(db: &Db, files: &Files, now: Millis) -> Result<()> {
    let before = now.plus(-UNUSED_MS);
    loop {
        let gone = db.write_blocking(move |tx| commands::forget_unused(tx, before, BATCH))?;
        for file in &gone {
            files.remove(file).map_err(Error::internal)?;
        }
        if gone.len() < BATCH as usize {
            return Ok(());
        }
    }
}

pub(super) fn purge_orphans(db: &Db, files: &Files, now: Millis) -> Result<()> {
    for shelf in files.shelves() {
        let old = old_names(&shelf, now).map_err(|e| Error::unavailable(format!("{}: {e}", shelf.display())))?;
        // Looked at before the rows: what is let go of in between has its row already.
        let old: Vec<String> = old.into_iter().filter(|name| !files.is_in_hand(name.trim_end_matches(PART))).collect();
        let orphans = db.read_blocking(move |snapshot| {
            let mut orphans = Vec::new();
            for file in old {
                if !store::is_known(snapshot, &file)? {
                    orphans.push(file);
                }
            }
            Ok(orphans)
        })?;
        for file in orphans {
            let Some(_going) = files.may_go() else { return Ok(()) };
            tracing::info!(file, "a file that belongs to nobody is removed");
            fs::remove_file(shelf.join(&file)).map_err(Error::internal)?;
        }
    }
    Ok(())
}

/// What lies in a shelf since before the time that an upload may take, half-written ones too.
fn old_names(shelf: &std::path::Path, now: Millis) -> io::Result<Vec<String>> {
    let mut old = Vec::new();
    for entry in fs::read_dir(shelf)? {
        let entry = entry?;
        if is_settled(&entry, now)? {
            old.extend(entry.file_name().into_string());
        }
    }
    Ok(old)
}

/// Whether it lies there for longer than an upload may take.
pub fn is_settled(entry: &DirEntry, now: Millis) -> io::Result<bool> {
    Ok(now.since(modified(entry)?) > UNUSED_MS)
}

fn modified(entry: &DirEntry) -> io::Result<Millis> {
    let since = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Millis(since.as_millis() as i64))
}
