//! Backups of a store that is open: on demand, at their times, and which of them stay.

use super::destination::Destination;
use super::dump::{Dump, dump};
use super::error::{BackupError, Result};
use super::header::{Closed, Reason};
use super::make::{Made, Subject, Wish, make, make_at};
use super::names;
use super::place::{Pace, Place, Report};
use super::runs::{self, Run};
use super::s3::Bucket;
use super::settings::Settings;
use crate::attachments::{Files, Kept};
use crate::db::{self, Db};
use crate::kernel::{Clock, Millis};
use crate::vault::Vault;
use parking_lot::Mutex;
use std::fs::{self, File};
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

    /// Makes one where the settings say, remembers what became of it, and lets go of those that are too many.
    pub fn make(&self, reason: Reason, report: Report<'_>) -> Result<Made> {
        let inner = &*self.0;
        let Some(_turn) = inner.turn.try_lock() else { return Err(BackupError::Busy) };
        let began = inner.clock.now();
        let made = Destination::open(&inner.settings.folder(&inner.data), &names::of_asked(began)).and_then(|to| {
            let (_kept, subject, wish) = self.begin(reason, began)?;
            make_at(subject, &wish, to, report)
        });
        let brought = match &made {
            Ok(made) => self.bring(&made.path),
            Err(_) => Ok(()),
        };
        if called_off(reason, &made) {
            return made;
        }
        let mut run = Run::of(reason, began, inner.clock.now(), &made);
        run.failure = run.failure.or(brought.as_ref().err().map(ToString::to_string));
        run.remember(&inner.data)?;
        brought.and(made)
    }

    /// Makes one into a file that somebody opened who will call it `path`. It stays until somebody removes it, and goes nowhere
    /// else. It is remembered as good only when it has its name ([`Backups::remember`]).
    pub fn make_into(&self, file: &File, path: &Path, report: Report<'_>) -> Result<(Made, Run)> {
        let inner = &*self.0;
        let Some(_turn) = inner.turn.try_lock() else { return Err(BackupError::Busy) };
        let began = inner.clock.now();
        let made = self
            .begin(Reason::Asked, began)
            .and_then(|(_kept, subject, wish)| make(subject, &wish, file, path, report));
        let run = Run::of(Reason::Asked, began, inner.clock.now(), &made);
        if made.is_err() && !called_off(Reason::Asked, &made) {
            run.clone().remember(&inner.data)?;
        }
        made.map(|made| (made, run))
    }

    /// What store and files say, into a file if there is one; likewise behind everybody.
    pub fn dump(&self, file: Option<&File>, report: Report<'_>) -> Result<Dump> {
        let inner = &*self.0;
        let (_kept, subject, wish) = self.begin(Reason::Asked, inner.clock.now())?;
        let mut out = Place::new(file, Pace::new(wish.bytes_per_second), 0, report);
        let dump = dump(subject.data, subject.vault, subject.frozen, &mut out)?;
        out.finish().map_err(BackupError::io(&inner.data))?;
        Ok(dump)
    }

    pub fn remember(&self, run: Run) -> Result<()> {
        run.remember(&self.0.data)
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

    /// What there is to back up, as of now. Files stay as long as `Kept` lives: what the moment names must still be there when
    /// it is copied.
    fn begin(&self, reason: Reason, now: Millis) -> Result<(Kept, Subject<'_>, Wish)> {
        let inner = &*self.0;
        let kept = inner.files.keep_all();
        let subject = Subject { data: &inner.data, vault: &inner.vault, frozen: inner.db.freeze()? };
        let public_key = inner.settings.public_key.clone();
        let bytes_per_second = inner.settings.bytes_per_second();
        Ok((kept, subject, Wish { reason, public_key, bytes_per_second, now }))
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

/// Whoever asked for it ended it: nothing failed, and nobody need be told.
fn called_off(reason: Reason, made: &Result<Made>) -> bool {
    reason == Reason::Asked && matches!(made, Err(BackupError::Stopped(_)))
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
