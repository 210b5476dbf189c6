//! What the operator may have the running server do.

use super::header::Reason;
use super::keeper::Backups;
use crate::control::{Command, Progress, Unit};
use crate::kernel::{Error, ErrorKind};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Absolute.
    to: Option<PathBuf>,
}

pub fn commands(backups: &Backups) -> Vec<Command> {
    let backups = backups.clone();
    vec![Command::new("backup", move |input, report| {
        let wanted: Wanted = serde_json::from_value(input).map_err(|e| Error::malformed(e.to_string()))?;
        let mut told = |progress: super::Progress| report(shown(progress));
        let made = backups.make(Reason::Asked, wanted.to, &mut told).map_err(|error| match error {
            super::BackupError::Stopped(why) => why,
            other => Error::new(ErrorKind::Unavailable, "backup.failed", other.to_string()),
        })?;
        Ok(outcome(&made))
    })]
}

pub fn shown(progress: super::Progress) -> Progress {
    Progress { step: "backing up".into(), done: progress.done, total: progress.of, unit: Unit::Bytes }
}

/// What the command line prints.
pub fn outcome(made: &super::Made) -> Value {
    json!({
        "file": made.path,
        "bytes": made.bytes,
        "schema": made.manifest.schema,
        "rows": made.manifest.rows.iter().map(|(_, n)| n).sum::<i64>(),
        "attachments": made.manifest.attachments,
        "missing": made.manifest.missing,
    })
}
