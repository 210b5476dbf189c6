//! Sealing a database anew under another key, page by page, while it is used.
//!
//! Each page says which key it is under, and none ever goes back to the former one, so nothing is written down about how
//! far this is: whoever is stopped looks at the pages again. A page that is still under the former key is written once
//! more with the content it has, a few at a time, in transactions like any others. So they pass through the log, and a
//! crash at any moment leaves a database under one key, the other, or both. At the end the log, whose file keeps frames
//! of generations past, is cut off.

use super::page_cipher::{CipherVfs, former_frames, former_pages};
use super::page_open::OpenMode;
use super::side::SideStore;
use super::snapshot::failure;
use super::store::{OpenError, connect};
use super::{Db, Tx};
use crate::kernel::{Error, ErrorKind, Result, Stopwatch};
use crate::params;
use crate::vault::PageKey;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// Pages in one transaction: whoever writes meanwhile waits for so many.
pub(super) const BATCH: usize = 32;
/// Pages looked at in one go.
const WINDOW: u32 = 2_048;
/// Pages of the log that are not in the main file yet. More than this, because somebody reads from long ago, and the log
/// would grow to the size of the database.
const BEHIND_MAX: u32 = 32_000;
/// Everybody who writes waits while the log is cut off, and that waits for those who read.
const CUT_OFF_MAX: Duration = Duration::from_millis(50);
/// What connections are opened with.
const PATIENCE: Duration = Duration::from_secs(5);

/// How far it is, in pages.
#[derive(Clone, Copy, Debug)]
pub struct Resealing {
    pub done: u64,
    pub total: u64,
    /// How long the last piece of work took; nothing if there was none to do.
    pub worked: Duration,
}

/// Called after each piece of work. It waits as long as it sees fit, and ends everything by an error.
pub type Turn<'a> = dyn FnMut(Resealing) -> Result<()> + 'a;

impl Db {
    /// When this returns, nothing is under the former key of `key` any more, and that is on the disk.
    pub fn reseal(&self, key: &PageKey, turn: &mut Turn<'_>) -> Result<()> {
        let vfs = CipherVfs::of(key).map_err(|e| closed(e.into()))?;
        let watch = connect(self.path(), &vfs, OpenMode::WriteExisting).map_err(closed)?;
        reseal(&watch, |pages| self.write_blocking(move |tx| touch(tx, &pages)), turn)
    }
}

impl SideStore {
    /// As [`Db::reseal`], beside whoever writes the file. One that is not there has nothing to seal.
    pub fn reseal(path: &Path, key: &PageKey, turn: &mut Turn<'_>) -> Result<()> {
        let Some(side) = SideStore::open_existing(path, key).map_err(closed)? else { return Ok(()) };
        reseal(side.connection(), |pages| side.write(|tx| touch(tx, &pages)), turn)
    }
}

/// The databases of this key do without the former one from here on.
pub fn forget_former_key(key: &PageKey) -> Result<()> {
    CipherVfs::of(key).map_err(|e| closed(e.into()))?.keys().forget_former();
    Ok(())
}

fn closed(error: OpenError) -> Error {
    Error::unavailable(error.to_string())
}

/// Gives pages the content that they have.
fn touch(tx: &mut Tx<'_>, pages: &[u32]) -> Result<()> {
    for page in pages {
        tx.execute("UPDATE sqlite_dbpage SET data = data WHERE pgno = ?1", params![i64::from(*page)])?;
    }
    Ok(())
}

pub(super) fn reseal(
    watch: &Connection,
    mut touch: impl FnMut(Vec<u32>) -> Result<()>,
    turn: &mut Turn<'_>,
) -> Result<()> {
    while walk(watch, &mut touch, turn)? > 0 {
        settle(watch, turn)?;
    }
    while !cut_off(watch)? {
        turn(nothing_to_do(watch)?)?;
    }
    Ok(())
}

/// Writes every page of the main file once that is under the former key; says how many there were.
fn walk(watch: &Connection, touch: &mut impl FnMut(Vec<u32>) -> Result<()>, turn: &mut Turn<'_>) -> Result<u64> {
    let (mut found, mut first, mut total) = (0, 1, page_count(watch)?);
    while first <= total {
        let former = former_pages(watch, first, WINDOW).map_err(|e| failure("the pages' keys", e))?;
        for pages in former.chunks(BATCH) {
            let begun = Stopwatch::start();
            while let Err(error) = touch(pages.to_vec()) {
                if !matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) {
                    return Err(error);
                }
                turn(nothing_to_do(watch)?)?;
            }
            found += pages.len() as u64;
            let done = u64::from(*pages.last().unwrap_or(&first));
            turn(Resealing { done, total: total.into(), worked: begun.elapsed() })?;
        }
        if !former.is_empty() {
            while behind(watch)? > BEHIND_MAX {
                turn(nothing_to_do(watch)?)?;
            }
        }
        first += WINDOW;
        total = page_count(watch)?;
    }
    Ok(found)
}

/// Until what is in the log now is in the main file.
fn settle(watch: &Connection, turn: &mut Turn<'_>) -> Result<()> {
    let mut target = None;
    loop {
        if let Some(log) = move_log(watch)? {
            let target = *target.get_or_insert(log.frames);
            if log.moved >= target || log.frames < target {
                return Ok(());
            }
        }
        turn(nothing_to_do(watch)?)?;
    }
}

/// Whether the log holds nothing under the former key any more.
fn cut_off(watch: &Connection) -> Result<bool> {
    let fail = |e| failure("the log", e);
    watch.busy_timeout(CUT_OFF_MAX).map_err(fail)?;
    let cut = watch.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    watch.busy_timeout(PATIENCE).map_err(fail)?;
    // Done, it had the file for itself: nobody holds frames back that were sealed before.
    let is_cut = cut.map_err(fail)? == 0;
    Ok(is_cut && former_frames(watch).map_err(fail)? == 0)
}

/// How many pages of the log are not in the main file, as far as anybody knows.
fn behind(watch: &Connection) -> Result<u32> {
    Ok(move_log(watch)?.map_or(0, |log| log.frames.saturating_sub(log.moved)))
}

struct Log {
    frames: u32,
    moved: u32,
}

/// `None` while somebody else moves it.
fn move_log(watch: &Connection) -> Result<Option<Log>> {
    let counts = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let moved = watch.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], counts);
    let (frames, moved) = moved.map_err(|e| failure("the log", e))?;
    Ok(u32::try_from(frames).ok().zip(u32::try_from(moved).ok()).map(|(frames, moved)| Log { frames, moved }))
}

fn nothing_to_do(watch: &Connection) -> Result<Resealing> {
    let total = u64::from(page_count(watch)?);
    Ok(Resealing { done: total, total, worked: Duration::ZERO })
}

fn page_count(watch: &Connection) -> Result<u32> {
    watch.query_row("PRAGMA page_count", [], |row| row.get(0)).map_err(|e| failure("page_count", e))
}
