//! What became of the last backups, for whoever asks: kept in a small file beside the store, so that a restart or a store
//! in trouble does not forget it.

use super::destination::folder_of;
use super::error::{BackupError, Result};
use super::header::Reason;
use super::make::Made;
use crate::kernel::Millis;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

pub const RUNS: &str = "backup-runs.json";

/// One attempt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Run {
    /// Milliseconds since 1970.
    pub began_at: i64,
    pub ended_at: i64,
    pub reason: Reason,
    /// Where it lies, if it was made.
    pub file: Option<PathBuf>,
    pub bytes: u64,
    /// Why it was not made, or not brought to where it should also be.
    pub failure: Option<String>,
    /// It was made, but something was not there to be put in.
    pub warning: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Runs {
    pub last: Option<Run>,
    pub last_good: Option<Run>,
}

/// What became of the last backups of this data folder. `None`: there was none yet, or nobody can say.
pub fn last(data: &Path) -> Option<Runs> {
    serde_json::from_slice(&fs::read(data.join(RUNS)).ok()?).ok()
}

impl Run {
    pub fn of(reason: Reason, began: Millis, ended: Millis, outcome: &Result<Made>) -> Run {
        let (made, failure) = (outcome.as_ref().ok(), outcome.as_ref().err().map(ToString::to_string));
        let warning = made.filter(|made| !made.manifest.missing.is_empty()).map(Made::what_is_missing);
        let (file, bytes) = (made.map(|made| made.path.clone()), made.map_or(0, |made| made.bytes));
        Run { began_at: began.0, ended_at: ended.0, reason, file, bytes, failure, warning }
    }

    pub fn remember(self, data: &Path) -> Result<()> {
        let mut runs = last(data).unwrap_or_default();
        if self.failure.is_none() {
            runs.last_good = Some(self.clone());
        }
        runs.last = Some(self);
        let (path, part) = (data.join(RUNS), data.join(format!("{RUNS}.part")));
        let write = || {
            let mut file = File::create(&part)?;
            file.write_all(&serde_json::to_vec_pretty(&runs)?)?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            File::open(folder_of(&path))?.sync_all()
        };
        write().map_err(BackupError::io(&path))
    }
}
