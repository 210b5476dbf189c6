//! Opening the data folder: lock, keys, database. One process at a time.

use super::config::Config;
use super::owner;
use crate::backup::{self, BeforeUpgrade};
use crate::db::{Db, MigrateError, OpenError, Options};
use crate::kernel::Clock;
use crate::vault::{self, KeySource, RecoveryKey, Vault};
use anyhow::{Context, Error, Result, bail};
use parking_lot::Mutex;
use rustix::fs::{FlockOperation, flock};
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::io::IsTerminal;
use std::iter;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

pub struct Store {
    pub vault: Vault,
    pub db: Db,
    pub clock: Clock,
    /// Held as long as the store is open.
    _lock: File,
}

/// How the operator gets the recovery key of a new store.
#[derive(Clone, Copy)]
pub enum HandOver {
    Print,
    /// For a command that may run with nobody watching: what it prints, a journal keeps.
    PrintToTerminal,
}

impl Store {
    pub fn open(config: &Config, hand_over: HandOver) -> Result<Store> {
        owner::become_that_of(&config.data)?;
        let lock = lock(&config.data)?;
        let source = key_source(config)?;
        let clock = Clock::system();
        let (vault, recovery) = Vault::open_or_create(&config.data, &source, clock.now())
            .with_context(|| format!("the keys of {}", config.data.display()))?;
        if let Some(recovery) = recovery {
            match hand_over {
                HandOver::PrintToTerminal if !std::io::stdout().is_terminal() => keep(&recovery, &config.data)?,
                HandOver::Print | HandOver::PrintToTerminal => print_once(&recovery),
            }
        }
        let path = config.data.join("parlor.db");
        let key = vault.page_key("main");
        let new_epoch = vault::random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let options = Options { path: &path, key: &key, readers: readers(), new_epoch, now: clock.now() };
        let db = upgraded(config, &vault, &options)?;
        Ok(Store { vault, db, clock, _lock: lock })
    }
}

/// The store at this program's schema; what it was before is backed up first.
fn upgraded(config: &Config, vault: &Vault, options: &Options<'_>) -> Result<Db> {
    let (data, folder) = (config.data.as_path(), config.backup.folder(&config.data));
    let upgrade = BeforeUpgrade {
        data,
        vault,
        folder: folder.clone(),
        public_key: config.backup.public_key.clone(),
        now: options.now,
        made: Mutex::default(),
    };
    let opened = Db::open_upgrading(options, &upgrade);
    let opened = opened.with_context(|| format!("the store {}", options.path.display()));
    let Err(error) = opened else { return opened };
    let advice = match error.downcast_ref() {
        Some(failed) => advice(failed, config, &folder, upgrade.made.lock().as_deref()),
        None => Vec::new(),
    };
    let lines: Vec<String> = iter::once(format!("{error:#}")).chain(advice).collect();
    Err(Error::msg(lines.join("\n")))
}

/// What the operator can do, a sentence to a line. `kept`: the backup that was made before the upgrade.
fn advice(failed: &OpenError, config: &Config, folder: &Path, kept: Option<&Path>) -> Vec<String> {
    let back = |file: &Path| format!("    parlor restore {} --replace{}", file.display(), config.flags());
    match (failed, kept) {
        (OpenError::NotUpgraded(_), _) => vec![
            "The upgrade was not begun and nothing was changed.".into(),
            "The previous release still opens the store.".into(),
        ],
        (OpenError::Migrate(MigrateError::Newer { .. }), _) => match backup::newest_restorable(folder) {
            Some(file) => vec!["To go back to this program, and to the moment before the upgrade:".into(), back(&file)],
            None => vec![format!("In {} is no backup that this program could restore.", folder.display())],
        },
        (OpenError::Migrate(_), Some(file)) => vec![
            "Nothing was changed: install the previous release again, it opens the store as it is.".into(),
            "The store is also kept in a backup. Should it be needed, with the previous release:".into(),
            back(file),
        ],
        _ => Vec::new(),
    }
}

/// The keys of a store that nobody has open, and that nobody opens as long as the lock is held.
pub fn open_vault(config: &Config) -> Result<(Vault, File)> {
    let lock = lock(&config.data)?;
    let vault = Vault::open(&config.data, &key_source(config)?)
        .with_context(|| format!("the keys of {}", config.data.display()))?;
    Ok((vault, lock))
}

/// A reader for each core, within reason: each has its own page cache.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}

pub fn lock(data: &Path) -> Result<File> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.with_context(|| format!("the data folder {}", data.display()))?;
    let path = data.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("cannot write {}", path.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        bail!("a running Parlor holds {}: stop it first, or use its console", data.display());
    }
    Ok(file)
}

/// What opens the store just now.
pub fn key_source(config: &Config) -> Result<KeySource> {
    if let Some(recovery) = std::env::var_os("PARLOR_RECOVERY_KEY") {
        return Ok(KeySource::Recovery(recovery.to_string_lossy().parse()?));
    }
    way_in(config)
}

/// What is to open the store from day to day.
pub fn way_in(config: &Config) -> Result<KeySource> {
    if let Some(file) = &config.key.file {
        return Ok(KeySource::File(file.clone()));
    }
    let environment = |name: &str| match (name, &config.key.passphrase_file) {
        ("PARLOR_PASSPHRASE_FILE", Some(file)) => Some(OsString::from(file)),
        _ => std::env::var_os(name),
    };
    Ok(KeySource::find(&config.data, environment)?)
}

fn print_once(recovery: &RecoveryKey) {
    println!("Recovery key, shown this once: {}", recovery.reveal().as_str());
    println!("Keep it on paper. It opens the data if the master key or passphrase is lost (PARLOR_RECOVERY_KEY).");
}

fn keep(recovery: &RecoveryKey, data: &Path) -> Result<()> {
    let path = data.join("recovery-key.txt");
    recovery.write_to(&path).with_context(|| {
        format!("the new store in {} has no recovery key: remove the folder and start again", data.display())
    })?;
    println!("The recovery key is in {}: move it to a safe place, away from the data.", path.display());
    Ok(())
}

/// Whether there is anything to open: commands other than `serve` and `init` do not begin a store by mistake.
pub fn require_existing(data: &Path) -> Result<()> {
    let there = fs::metadata(data.join("parlor.db")).is_ok();
    if !there {
        bail!("there is no store in {}: say where it is with --data, or make one with parlor init", data.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = lock(folder.path()).unwrap();
        let refused = lock(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("stop it first"), "{refused}");
        drop(first);
        lock(folder.path()).unwrap();
    }
}
