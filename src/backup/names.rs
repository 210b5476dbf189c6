//! Names of backup files, the calendar in them, and which of them are kept.

use crate::kernel::Millis;
use serde::Deserialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

pub const ENDING: &str = ".parlor-backup";
const SCHEDULED: &str = "parlor-";
const UPGRADE: &str = "before-upgrade-";
const DAY_MS: i64 = Millis::days(1);

/// How many of each are kept: the newest of so many days, weeks and months, each that has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keep {
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Keep { daily: 7, weekly: 4, monthly: 12 }
    }
}

/// `20261120-182600`, in UTC.
pub fn stamp(at: Millis) -> String {
    let seconds = at.0.rem_euclid(DAY_MS) / 1_000;
    let day = at.date().replace('-', "");
    format!("{day}-{:02}{:02}{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

pub fn of_asked(at: Millis) -> String {
    format!("{SCHEDULED}{}{ENDING}", fine_stamp(at))
}

/// `20261120-182600-042`: what is done by hand, or tried again after a failure, may happen twice within a second.
pub fn fine_stamp(at: Millis) -> String {
    format!("{}-{:03}", stamp(at), at.0.rem_euclid(1_000))
}

pub fn of_upgrade(at: Millis, schema: i64) -> String {
    format!("{UPGRADE}from-{schema}-{}{ENDING}", fine_stamp(at))
}

pub fn is_of_upgrade(path: &Path) -> bool {
    name(path).starts_with(UPGRADE)
}

/// Whether the program itself named it so: only such files are ever removed.
pub fn is_ours(path: &Path) -> bool {
    let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|byte| byte.is_ascii_digit());
    let stamp = name(path).strip_suffix(ENDING).and_then(|name| name.strip_prefix(SCHEDULED));
    let parts: Vec<&str> = stamp.map(|stamp| stamp.split('-').collect()).unwrap_or_default();
    matches!(parts[..], [day, time, ms] if digits(day, 8) && digits(time, 6) && digits(ms, 3))
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

/// 202611
fn month(at: Millis) -> i64 {
    at.date().split('-').take(2).collect::<String>().parse().unwrap_or_default()
}

/// Of backups with the time each was made, those that may go.
pub fn superfluous(mut all: Vec<(Millis, PathBuf)>, keep: Keep) -> Vec<PathBuf> {
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let day = |at: Millis| at.0.div_euclid(DAY_MS);
    let periods: [(u32, &dyn Fn(Millis) -> i64); 3] = [
        (keep.daily, &day),
        // Weeks begin on Monday; 1970 began on a Thursday.
        (keep.weekly, &|at| (day(at) + 3).div_euclid(7)),
        (keep.monthly, &month),
    ];
    // The newest is never superfluous.
    let mut kept: HashSet<usize> = HashSet::from([0]);
    for (count, period) in periods {
        let mut seen = HashSet::new();
        for (n, (at, _)) in all.iter().enumerate() {
            if seen.len() < count as usize && seen.insert(period(*at)) {
                kept.insert(n);
            }
        }
    }
    let goes = all.into_iter().enumerate().filter(|(n, _)| !kept.contains(n));
    goes.map(|(_, (_, path))| path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_is_right_at_its_corners() {
        for (ms, text) in [
            (0, "19700101-000000"),
            (951_782_399_000, "20000228-235959"),
            (951_782_400_000, "20000229-000000"),
            (951_868_800_000, "20000301-000000"),
            (4_107_542_399_000, "21000228-235959"),
            (4_107_542_400_000, "21000301-000000"),
            (1_795_199_160_000, "20261120-182600"),
        ] {
            assert_eq!(stamp(Millis(ms)), text);
        }
    }

    #[test]
    fn only_names_of_our_own_are_removed() {
        let at = Millis(1_795_199_160_000);
        assert!(is_ours(Path::new(&of_asked(at))));
        for other in ["parlor-before-i-broke-it.parlor-backup", "parlor-20261120-182600.zip", "x", &of_upgrade(at, 7)] {
            assert!(!is_ours(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn days_weeks_and_months_are_kept_and_the_rest_goes() {
        let begin = 1_795_199_160_000;
        // Every twelve hours for 400 days.
        let all = (0..800).map(|n| (Millis(begin + n * DAY_MS / 2), PathBuf::from(n.to_string()))).collect::<Vec<_>>();
        let keep = Keep { daily: 7, weekly: 4, monthly: 12 };
        let gone: HashSet<PathBuf> = superfluous(all.clone(), keep).into_iter().collect();
        let kept: Vec<_> = all.iter().filter(|(_, path)| !gone.contains(path)).map(|(at, _)| *at).collect();
        let newest = all.last().unwrap().0;
        assert_eq!(kept.last(), Some(&newest));
        assert_eq!(kept.iter().filter(|at| newest.since(**at) < 7 * DAY_MS).count(), 7);
        assert!((7 + 2..=7 + 4 + 12).contains(&kept.len()), "{kept:?}");
        assert!(newest.since(kept[0]) > 300 * DAY_MS, "a year back");
        assert_eq!(superfluous(all[..1].to_vec(), Keep { daily: 0, weekly: 0, monthly: 0 }), Vec::<PathBuf>::new());
    }
}
