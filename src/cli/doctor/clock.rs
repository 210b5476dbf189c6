//! The clock: kept right by somebody, and not behind what it has said before.

use super::findings::Findings;
use crate::db::Newest;
use crate::kernel::Millis;
use std::path::Path;
use std::process::Command;

/// A clock may be corrected by so much without anybody noticing.
const TOLERANCE_MS: i64 = Millis::minutes(2);

pub fn examine(found: &mut Findings, now: Millis, newest: Option<Newest>) {
    match newest {
        Some(newest) if newest.at.since(now) > TOLERANCE_MS => found.error(
            "clock.back",
            format!(
                "the clock is {} s behind the newest event in the store (position {})",
                newest.at.since(now) / 1_000,
                newest.position
            ),
            "set the clock; a clock that was ahead leaves times in the future until then",
        ),
        Some(newest) => found.ok("clock.back", format!("the newest event is {} s old", now.since(newest.at) / 1_000)),
        None => {}
    }
    match synchronised() {
        Some(true) => found.ok("clock.synchronised", "the clock is synchronised"),
        Some(false) => found.warn(
            "clock.synchronised",
            "nothing keeps the clock right",
            "run chrony or systemd-timesyncd; in a closed network against a clock of your own",
        ),
        None => found.note(
            "clock.synchronised",
            "whether the clock is kept right cannot be seen here",
            "compare `date` with a clock you trust",
        ),
    }
    found.ok("clock.zones", "times are kept in UTC and shown in each browser's zone: no time zone database is needed");
}

/// What systemd says; `None` where there is none to ask.
fn synchronised() -> Option<bool> {
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Some(true);
    }
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output().ok()?;
    match String::from_utf8_lossy(&asked.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings::Level;
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_is_an_error() {
        let mut found = Findings::default();
        let newest = |at| Some(Newest { position: 7, at: Millis(at) });
        examine(&mut found, Millis(1_000_000), newest(1_000_000 + TOLERANCE_MS));
        assert_ne!(found.worst(), Level::Error);
        examine(&mut found, Millis(1_000_000), newest(1_000_001 + TOLERANCE_MS));
        assert_eq!(found.worst(), Level::Error);
    }
}
