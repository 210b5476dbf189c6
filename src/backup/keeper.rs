//! Backups of a store that is open: on demand, at their times, and which of them stay.

use super::error::{BackupError, Result};
use super::header::{Closed, Reason};
use super::make::{Made, Subject, Wish, make};
use super::names;
use super::place::Report;
use super::runs::{self, Run};
use super::s3::Bucket;
use super::settings::Settings;
use crate::attachments::Files;
use crate::db::{self, Db};
use crate::kernel::{Clock, Millis};
use crate::vault::Vault;
use parking_lot::Mutex;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct Backups(Arc<Inner>);

struct Inner {
    data: PathBuf,
    settings: Settings,
    vault: Vault,
    db: Db,
    files: Files,
    clock: Clock,
    /// Held while one is made.
    turn: Mutex<()>,
}

impl Backups {
    pub fn new(data: &Path, settings: Settings, vault: &Vault, db: &Db, files: &Files, clock: &Clock) -> Backups {
        let (data, vault, turn) = (data.to_owned(), vault.clone(), Mutex::new(()));
        let (db, files, clock) = (db.clone(), files.clone(), clock.clone());
        Backups(Arc::new(Inner { data, settings, vault, db, files, clock, turn }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn data(&self) -> &Path {
        &self.0.data
    }

    /// Makes one, remembers what became of it, and lets go of those that are too many. `to`: elsewhere than where the
    /// settings say; such a one stays until somebody removes it, and goes nowhere else.
    pub fn make(&self, reason: Reason, to: Option<PathBuf>, report: Report<'_>) -> Result<Made> {
        let inner = &*self.0;
        let Some(_turn) = inner.turn.try_lock() else { return Err(BackupError::Busy) };
        let began = inner.clock.now();
        let elsewhere = to.is_some();
        let made = self.make_in(to.unwrap_or_else(|| inner.settings.folder(&inner.data)), reason, began, report);
        let brought = match &made {
            Ok(made) if !elsewhere => self.bring(&made.path),
            _ => Ok(()),
        };
        let mut run = Run::of(reason, began, inner.clock.now(), &made);
        run.failure = run.failure.or(brought.as_ref().err().map(ToString::to_string));
        run.remember(&inner.data)?;
        brought.and(made)
    }

    /// One that was made lies here, but did not reach the other place: only that is tried again. `None`: there is none.
    pub fn bring_again(&self) -> Option<Result<()>> {
        let inner = &*self.0;
        let mut run = runs::last(&inner.data)?.last.filter(|run| run.failure.is_some())?;
        let file = run.file.clone().filter(|file| file.exists())?;
        let _turn = inner.turn.try_lock()?;
        let brought = self.bring(&file);
        run.failure = brought.as_ref().err().map(ToString::to_string);
        run.ended_at = inner.clock.now().0;
        Some(run.remember(&inner.data).and(brought))
    }

    fn make_in(&self, to: PathBuf, reason: Reason, now: Millis, report: Report<'_>) -> Result<Made> {
        let inner = &*self.0;
        // For as long as it takes: what the moment names must still be there when it is copied.
        let _kept = inner.files.keep_all();
        let subject = Subject { data: &inner.data, vault: &inner.vault, frozen: inner.db.freeze()? };
        let public_key = inner.settings.public_key.clone();
        let bytes_per_second = inner.settings.bytes_per_second();
        make(subject, &Wish { to, reason, public_key, bytes_per_second, now }, report)
    }

    /// To where it should also be; and the old ones go, here and there.
    fn bring(&self, made: &Path) -> Result<()> {
        let inner = &*self.0;
        let bucket = inner.settings.s3.as_ref().map(|s3| Bucket::open(s3, &inner.clock));
        let put = match &bucket {
            Some(Ok(bucket)) => bucket.put(made),
            _ => Ok(()),
        };
        let found = found(&inner.settings.folder(&inner.data))?;
        let ours = found.into_iter().filter(|found| names::is_ours(&found.path)).map(|f| (f.header.made_at(), f.path));
        for path in names::superfluous(ours.collect(), inner.settings.keep) {
            tracing::info!(file = %path.display(), "an old backup is removed");
            fs::remove_file(&path).map_err(BackupError::io(&path))?;
            if let (Some(Ok(bucket)), Ok(())) = (&bucket, &put) {
                bucket.delete(&path)?;
            }
        }
        bucket.transpose()?;
        put
    }
}

/// The backups in a folder, oldest first. What is no whole backup is passed over.
pub fn found(folder: &Path) -> Result<Vec<Closed>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(BackupError::io(folder))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(BackupError::io(folder))?.path();
        if path.to_string_lossy().ends_with(names::ENDING)
            && let Ok(closed) = Closed::open(&path)
        {
            found.push(closed);
        }
    }
    found.sort_by_key(|closed| closed.header.made_at);
    Ok(found)
}

/// The newest backup in `folder` that this program can restore.
pub fn newest_restorable(folder: &Path) -> Option<PathBuf> {
    let known = db::known_schema();
    let all = found(folder).ok()?;
    all.into_iter().rev().find(|closed| closed.header.schema <= known).map(|closed| closed.path)
}
