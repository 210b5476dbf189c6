//! Whether there is something to restore from, and how old it is.

use super::super::config::Config;
use super::super::owner;
use super::findings::Findings;
use crate::backup;
use crate::kernel::{Clock, Millis};
use std::path::Path;

/// An installation with people in it has a new one each day.
const AGE_MAX_MS: i64 = Millis::days(2);

pub fn examine(found: &mut Findings, config: &Config, clock: &Clock) {
    bucket(found, config, clock);
    if !config.data.join("parlor.db").exists() {
        return;
    }
    let folder = config.backup.folder(&config.data);
    judge(found, &folder, newest(&folder), clock.now());
}

/// It is needed in the night, when nobody looks.
fn bucket(found: &mut Findings, config: &Config, clock: &Clock) {
    let (Some(checked), Some(s3)) = (config.backup.check_bucket(clock), &config.backup.s3) else { return };
    let unreadable =
        [&s3.access_key_file, &s3.secret_key_file].into_iter().find(|file| !owner::may_read(&config.data, file));
    match (checked, unreadable) {
        (Err(error), _) => found.error("backup.bucket", error.to_string(), "correct [backup.s3] and its key files"),
        (Ok(()), Some(file)) => found.error(
            "backup.bucket",
            format!("{} is not for the user that serves", file.display()),
            "let that user read it: chgrp parlor and chmod 640",
        ),
        (Ok(()), None) => found.ok(
            "backup.bucket",
            format!("backups also go to {} at {}; whether it takes them the next one shows", s3.bucket, s3.endpoint),
        ),
    }
}

fn judge(found: &mut Findings, folder: &Path, newest: Option<Millis>, now: Millis) {
    let Some(newest) = newest else {
        return found.warn(
            "backup.age",
            format!("there is no backup in {}", folder.display()),
            "make one with parlor backup, away from this machine, or all is lost with its disk",
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
    backup::found(folder).ok()?.last().map(|newest| newest.header.made_at())
}

#[cfg(test)]
mod tests {
    use super::super::findings::Level;
    use super::*;

    #[test]
    fn two_days_are_too_long_ago() {
        let level = |age_ms| {
            let mut found = Findings::default();
            judge(&mut found, Path::new("/backups"), Some(Millis(0)), Millis(age_ms));
            found.worst()
        };
        assert!(level(AGE_MAX_MS) == Level::Ok && level(AGE_MAX_MS + 1) == Level::Warning);
    }
}
