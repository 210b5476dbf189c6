//! What the operator may have the running server do.

use super::header::Reason;
use super::keeper::Backups;
use super::runs::Run;
use super::{BackupError, Made};
use crate::control::{Command, Progress, Report, Unit};
use crate::db::give_way;
use crate::kernel::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fs::File;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// What the file will be called that comes along; without one it goes where the settings say.
    to: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    run: Run,
}

pub fn commands(backups: &Backups) -> Vec<Command> {
    let (making, naming, dumping) = (backups.clone(), backups.clone(), backups.clone());
    vec![
        Command::with_file("backup", move |input, file, report| make(&making, read(input)?, file, report)),
        // The file that came along has its name now.
        Command::new("backup.named", move |input, _| {
            let named: Named = read(input)?;
            naming.remember(named.run).map(|()| Value::Null).map_err(refused)
        }),
        Command::with_file("dump", move |_, file, report| {
            give_way();
            let mut told = |progress: super::Progress| report(Progress { step: "reading".into(), ..shown(progress) });
            let dump = dumping.dump(file.as_ref(), &mut told).map_err(refused)?;
            serde_json::to_value(dump).map_err(Error::internal)
        }),
    ]
}

fn make(backups: &Backups, wanted: Wanted, file: Option<File>, report: Report<'_>) -> Result<Value> {
    // This thread is the command's own.
    give_way();
    let mut told = |progress: super::Progress| report(shown(progress));
    match (file, wanted.to) {
        (None, None) => backups.make(Reason::Asked, &mut told).map(|made| outcome(&made)).map_err(refused),
        (Some(file), Some(path)) => {
            let (made, run) = backups.make_into(&file, &path, &mut told).map_err(refused)?;
            let mut outcome = outcome(&made);
            outcome["run"] = serde_json::to_value(run).map_err(Error::internal)?;
            Ok(outcome)
        }
        _ => Err(Error::malformed("A file and its name, or neither.")),
    }
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T> {
    serde_json::from_value(input).map_err(|error| Error::malformed(error.to_string()))
}

fn refused(error: BackupError) -> Error {
    match error {
        BackupError::Stopped(why) => why,
        other => Error::new(ErrorKind::Unavailable, "backup.failed", other.to_string()),
    }
}

pub fn shown(progress: super::Progress) -> Progress {
    Progress { step: "backing up".into(), done: progress.done, total: progress.of, unit: Unit::Bytes }
}

/// What the command line prints.
pub fn outcome(made: &Made) -> Value {
    json!({
        "file": made.path,
        "bytes": made.bytes,
        "schema": made.manifest.schema,
        "rows": made.manifest.rows.iter().map(|(_, n)| n).sum::<i64>(),
        "attachments": made.manifest.attachments,
        "missing": made.manifest.missing,
    })
}
