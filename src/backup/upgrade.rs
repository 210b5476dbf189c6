//! Before migrations touch a store, it is backed up: the way back.

use super::destination::Destination;
use super::error::BackupError;
use super::header::Reason;
use super::keeper::found;
use super::make::{Subject, Wish, make_at};
use super::names;
use super::place;
use crate::db::{self, Frozen, Progress, Step, Upgrade};
use crate::kernel::Millis;
use crate::vault::{BackupPublicKey, Vault};
use parking_lot::Mutex;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Backups of upgrades that stay.
const STAY: usize = 3;

pub struct BeforeUpgrade<'a> {
    pub data: &'a Path,
    pub vault: &'a Vault,
    pub folder: PathBuf,
    pub public_key: Option<BackupPublicKey>,
    pub now: Millis,
    /// The backup, once there is one.
    pub made: Mutex<Option<PathBuf>>,
}

impl Upgrade for BeforeUpgrade<'_> {
    fn before(&self, store: Frozen, from: i64, to: i64) -> Result<(), String> {
        tracing::info!(from, to, "the store is of an older release: it is backed up first, then upgraded");
        self.back_up(store).map_err(|error| error.to_string())
    }

    fn progress(&self) -> Progress {
        Arc::new(|step: &Step| {
            let seconds = step.taken.as_secs();
            tracing::info!(migration = step.name, number = step.number, of = step.of, seconds, "upgrading the store");
        })
    }
}

impl BeforeUpgrade<'_> {
    fn back_up(&self, store: Frozen) -> Result<(), BackupError> {
        // In the log the migrations may write every page once more.
        place::require_room(self.data, store.bytes())?;
        let wish = Wish {
            reason: Reason::Upgrade,
            public_key: self.public_key.clone(),
            bytes_per_second: u64::MAX,
            now: self.now,
        };
        let mut told = None;
        let to = Destination::open(&self.folder, &names::of_upgrade(self.now, store.schema()?))?;
        let made =
            make_at(Subject { data: self.data, vault: self.vault, frozen: store }, &wish, to, &mut |progress| {
                // Whoever started us waits on.
                db::opening().beat();
                let tenth = progress.done * 10 / progress.of.max(1);
                if told.replace(tenth) != Some(tenth) {
                    tracing::info!(done = progress.done, of = progress.of, "backing up before the upgrade");
                }
                Ok(())
            })?;
        tracing::info!(file = %made.path.display(), bytes = made.bytes, "the store as it was is kept");
        *self.made.lock() = Some(made.path);
        let all: Vec<PathBuf> = found(&self.folder)?.into_iter().map(|closed| closed.path).collect();
        let mut old: Vec<PathBuf> = all.into_iter().filter(|path| names::is_of_upgrade(path)).collect();
        old.truncate(old.len().saturating_sub(STAY));
        old.iter().try_for_each(|path| fs::remove_file(path).map_err(BackupError::io(path)))
    }
}
