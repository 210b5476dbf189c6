//! The folder over years: is everything there, what belongs to nobody, what is over.

use super::recordings::Recordings;
use super::{commands, store};
use crate::attachments::{is_settled, reseal_folder, shelves};
use crate::conversations;
use crate::db::Turn;
use crate::jobs::Timer;
use crate::kernel::{Ctx, Error, Millis, RecordingId, Result};
use crate::vault::{SealedError, Sealer};
use std::fs;
use std::io;
use std::path::Path;

/// Rows looked at in one snapshot.
const BATCH: usize = 500;
const RECOVER_EVERY_MS: i64 = Millis::minutes(1);
const ORPHANS_EVERY_MS: i64 = Millis::hours(24);

pub fn timers(recordings: &Recordings) -> Vec<Timer> {
    let (broken, orphans) = (recordings.clone(), recordings.clone());
    vec![
        Timer::new("broken recordings", RECOVER_EVERY_MS, move |_| broken.recover()),
        Timer::new("orphaned recordings", ORPHANS_EVERY_MS, move |now| orphans.purge(now)),
    ]
}

/// What an audit found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audit {
    pub recordings: u64,
    pub bytes: u64,
    /// Rows whose file is not there.
    pub missing: Vec<RecordingId>,
    /// Files that are not what was written.
    pub damaged: Vec<RecordingId>,
    /// Files without a row.
    pub orphans: u64,
}

impl Recordings {
    /// Looks at each; `whole`: reads every segment too, so that its seals and its hash are proved.
    pub fn audit(&self, whole: bool, now: Millis, mut report: impl FnMut(u64) -> Result<()>) -> Result<Audit> {
        let (mut found, mut after) = (Audit::default(), RecordingId(0));
        loop {
            let known = self.db().read_blocking(move |snapshot| store::list_after(snapshot, after, BATCH))?;
            let Some(last) = known.last() else { break };
            after = last.id;
            // One that goes on is looked at when it has ended.
            for recording in
                known.into_iter().filter(|recording| recording.ended.is_some_and(|ended| ended.index.is_some()))
            {
                found.recordings += 1;
                found.bytes += recording.ended.map_or(0, |ended| ended.bytes.unsigned_abs());
                let id = recording.id;
                let is_sound =
                    self.read(&recording).and_then(|opened| if whole { opened.is_sound() } else { Ok(true) });
                match is_sound {
                    Ok(true) => {}
                    // Its row may have gone while we looked: then it is no loss.
                    _ if self.db().read_blocking(move |snapshot| store::find(snapshot, id))?.is_none() => {}
                    _ if !self.path(&recording.file).exists() => found.missing.push(id),
                    _ => found.damaged.push(id),
                }
                report(found.recordings)?;
            }
        }
        found.orphans = self.orphans(now)?.len() as u64;
        Ok(found)
    }

    /// Names of files without a row for longer than a row may take.
    fn orphans(&self, now: Millis) -> Result<Vec<String>> {
        let mut orphans = Vec::new();
        for shelf in shelves(self.folder()) {
            let trouble = |error: io::Error| Error::unavailable(format!("{}: {error}", shelf.display()));
            for entry in fs::read_dir(&shelf).map_err(trouble)? {
                let entry = entry.map_err(trouble)?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                let file = name.clone();
                if is_settled(&entry, now).unwrap_or(false)
                    && !self.db().read_blocking(move |snapshot| store::is_known(snapshot, &file))?
                {
                    orphans.push(name);
                }
            }
        }
        Ok(orphans)
    }

    fn purge(&self, now: Millis) -> Result<()> {
        for file in self.orphans(now)? {
            tracing::info!(file, "a recording that belongs to nobody is removed");
            self.remove(&file).map_err(Error::internal)?;
        }
        Ok(())
    }

    /// Unless somebody needs every file just now: then it goes with the orphans.
    fn remove(&self, file: &str) -> io::Result<()> {
        let Some(_going) = self.files().may_go() else { return Ok(()) };
        match fs::remove_file(self.path(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Deletes what is over: what ended before `before`; without that, what has outlived its conversation. Held ones stay.
    /// Says how many went; `report` is told after each piece.
    pub fn expire(
        &self,
        before: Option<Millis>,
        now: Millis,
        mut report: impl FnMut(u64) -> Result<()>,
    ) -> Result<u64> {
        let (mut gone, mut after) = (0, RecordingId(0));
        loop {
            let seen = self.db().read_blocking(move |snapshot| {
                let ended = store::list_ended(snapshot, after, BATCH)?;
                let last = ended.last().map(|(id, ..)| *id);
                let mut due = Vec::new();
                for (id, conversation, at) in ended {
                    let is_over = match before {
                        Some(before) => at < before,
                        None => conversations::queries::find(snapshot, conversation)?.is_none(),
                    };
                    due.extend(is_over.then_some(id));
                }
                Ok((due, last))
            })?;
            let Some(last) = seen.1 else { return Ok(gone) };
            after = last;
            for id in seen.0 {
                let ctx = Ctx::system(now);
                if let Some(file) = self.db().write_blocking(move |tx| commands::delete(tx, &ctx, id))? {
                    // Row first, then the file: what a crash leaves in between belongs to nobody and goes as such.
                    self.remove(&file).map_err(Error::internal)?;
                    gone += 1;
                    report(gone)?;
                }
            }
            report(gone)?;
        }
    }
}

/// That every record of a file opens; the last one may have been in the making.
pub fn check_file(sealer: &Sealer, path: &Path, file: &str) -> Result<(), SealedError> {
    each_record(sealer, path, file, |_| ())
}

/// Likewise, and hands on what was sealed in each.
pub fn each_record(sealer: &Sealer, path: &Path, file: &str, mut take: impl FnMut(&[u8])) -> Result<(), SealedError> {
    let mut broken: Option<SealedError> = None;
    for record in sealer.open_log(path, file)?.walk() {
        match record {
            Ok((_, content)) => {
                if let Some(error) = broken.take() {
                    return Err(error);
                }
                take(&content);
            }
            Err(SealedError::Io(error)) => return Err(error.into()),
            Err(error) => broken = Some(error),
        }
    }
    Ok(())
}

/// Seals the files' headers anew under another key, while recordings are made and played.
pub fn reseal(folder: &Path, sealer: &Sealer, turn: &mut Turn<'_>) -> Result<()> {
    reseal_folder("a recording", folder, sealer, turn)
}
