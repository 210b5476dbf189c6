//! `[backup]` of the configuration.

use super::error;
use super::names::Keep;
use super::s3::{self, Bucket};
use crate::kernel::{Clock, Millis};
use crate::vault::BackupPublicKey;
use serde::Deserialize;
use serde::de::Error;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where backups go; left out: the folder `backups` in the data folder. Another disk is better.
    pub folder: Option<PathBuf>,
    /// When one is made by itself, `"HH:MM"` in UTC; none: never.
    pub at: Vec<TimeOfDay>,
    /// Which of them stay. Backups under other names are never removed.
    pub keep: Keep,
    /// While people are served.
    pub megabytes_per_second: u32,
    /// `pbk_…`: the private part opens them too.
    #[serde(deserialize_with = "public_key")]
    pub public_key: Option<BackupPublicKey>,
    /// Each is also brought there.
    pub s3: Option<s3::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            folder: None,
            at: Vec::new(),
            keep: Keep::default(),
            megabytes_per_second: 20,
            public_key: None,
            s3: None,
        }
    }
}

impl Settings {
    /// Whether an address and keys for the other place are there; `None`: there is no other place. Nobody is asked.
    pub fn check_bucket(&self, clock: &Clock) -> Option<error::Result<()>> {
        self.s3.as_ref().map(|s3| Bucket::open(s3, clock).map(drop))
    }

    pub fn folder(&self, data: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| data.join("backups"))
    }

    /// The longest time between two that are made by themselves; 0: none is.
    pub fn longest_gap_ms(&self) -> i64 {
        const DAY: u32 = 24 * 60;
        let mut times: Vec<u32> = self.at.iter().map(|at| at.0).collect();
        times.sort_unstable();
        let next_day = times.first().map(|first| first + DAY);
        let gaps = times.iter().zip(times.iter().skip(1).copied().chain(next_day)).map(|(from, to)| to - from);
        Millis::minutes(gaps.max().unwrap_or(0).into())
    }

    pub fn bytes_per_second(&self) -> u64 {
        u64::from(self.megabytes_per_second) << 20
    }
}

/// Minutes since midnight, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct TimeOfDay(pub u32);

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (hours, minutes) = text.split_once(':')?;
            let number = |text: &str, below: u32| {
                let number = (text.len() == 2).then(|| text.parse::<u32>().ok())??;
                (number < below).then_some(number)
            };
            Some(TimeOfDay(number(hours, 24)? * 60 + number(minutes, 60)?))
        };
        read().ok_or_else(|| format!("\"{text}\" is no time of day: \"03:30\" is one"))
    }
}

fn public_key<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<BackupPublicKey>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| text.parse().map_err(D::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_of_a_day_goes_over_midnight_too() {
        let gap = |times: &[u32]| {
            Settings { at: times.iter().copied().map(TimeOfDay).collect(), ..Settings::default() }.longest_gap_ms()
        };
        assert_eq!((gap(&[]), gap(&[210])), (0, Millis::days(1)));
        assert_eq!(gap(&[18 * 60, 6 * 60]), Millis::hours(12));
        assert_eq!(gap(&[9 * 60, 12 * 60, 18 * 60]), Millis::hours(15));
    }
}
