//! Whether there is something to restore from, and how old it is.

use super::super::config::Config;
use super::findings::Findings;
use crate::kernel::Millis;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// An installation with people in it has a new one each day.
const AGE_MAX_MS: i64 = Millis::days(2);

pub fn examine(found: &mut Findings, config: &Config, now: Millis) {
    if !config.data.join("parlor.db").exists() {
        return;
    }
    let folder = config.data.join("backups");
    let Some(newest) = newest(&folder) else {
        return found.warn(
            "backup.age",
            format!("there is no backup in {}", folder.display()),
            "make one, away from this machine, or all is lost with its disk",
        );
    };
    let age = now.since(newest);
    let said = format!("the newest backup in {} is {} hours old", folder.display(), age / Millis::hours(1));
    if age > AGE_MAX_MS {
        found.warn("backup.age", said, "make one, and look why it was not made");
    } else {
        found.ok("backup.age", said);
    }
}

fn newest(folder: &Path) -> Option<Millis> {
    let files = fs::read_dir(folder).ok()?.flatten().filter_map(|entry| entry.metadata().ok());
    let times = files.filter(|meta| meta.is_file()).filter_map(|meta| meta.modified().ok());
    let newest = times.max()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Some(Millis(newest.as_millis() as i64))
}
