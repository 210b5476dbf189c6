//! Keys and encryption, without SQL.
//!
//! One random root key opens everything; it is never stored bare. Keyslots (`keyslots`) hold it
//! sealed, once for each way in ([`ways_in`]): the master key (a 0400 file or a systemd
//! credential), a passphrase, and a recovery key that is printed once and kept on paper. From the
//! root key come as many keys as there are purposes, so that no two uses ever share one: pages of
//! a database ([`PageKey`]), files ([`Sealer`]).
//!
//! The root key can be exchanged while everything is in use: from [`Vault::begin_exchange`] on
//! there are two, what is written is sealed under the new one, and what is under the former one
//! still opens, until [`Vault::end_exchange`] forgets it. Sealing everything anew in between is
//! the work of the room `keys`.
//!
//! Also here, because they are cryptography too: passwords of people, tokens, chance itself.

mod backup_key;
mod carry;
mod error;
mod files;
mod hardening;
mod keyslots;
pub mod password;
mod random;
mod recovery;
mod sealed_file;
mod sealed_log;
mod secret;
mod signature;
mod signing;
mod slot;
mod slot_files;
mod source;
#[cfg(test)]
mod tests;
mod ways_in;
#[cfg(test)]
mod ways_in_tests;

pub use backup_key::{BackupKey, BackupPrivateKey, BackupPublicKey};
pub use error::VaultError;
pub use hardening::harden_process;
pub use random::{random, token, token_hash};
pub use recovery::RecoveryKey;
pub use sealed_file::{Resealed, SealedError, SealedFile, SealedReader, SealedWriter, Sealer};
pub use sealed_log::{LogReader, LogWriter, Record};
pub use secret::{PageKey, Secret};
pub use signature::sign;
pub use signing::{SigningKey, is_signed};
pub use slot::Kind;
pub use source::{KeySource, MASTER_KEY_FILE};
pub use ways_in::{NewSecret, WayIn};

use crate::kernel::Millis;
use keyslots::{Keyslots, Opened, Opener, Roots};
use parking_lot::{Mutex, RwLock};
use source::SlotSecret;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

/// The opened vault. Cheap to clone; drop the last one last.
#[derive(Clone, Debug)]
pub struct Vault(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    dir: PathBuf,
    id: String,
    roots: RwLock<Roots>,
    opener: Opener,
    /// Where the opener's key lay, if it was a file.
    opening_file: Option<PathBuf>,
    /// Handed out, by purpose: they change their keys with the root key.
    sealers: Mutex<Vec<(String, Sealer)>>,
    /// How many [`Held`] there are.
    holders: AtomicUsize,
}

/// As long as this lives, no exchange begins and none ends. For whoever copies files as they are, together with the
/// keyslots that open them.
#[derive(Debug)]
pub struct Held(Vault);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.holders.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Vault {
    /// Makes the keys of a new data folder. The recovery key is given this once and never again.
    pub fn create(dir: &Path, source: &KeySource, now: Millis) -> Result<(Self, RecoveryKey), VaultError> {
        if slot_files::exist(dir) {
            return Err(VaultError::AlreadyCreated { path: slot_files::path(dir) });
        }
        if holds_sealed_data(dir)? {
            return Err(VaultError::SlotsMissing { path: slot_files::path(dir) });
        }
        let secret = source.secret_for_creation()?;
        let root = Secret::new(random());
        let recovery = RecoveryKey::generate();
        let on_paper = SlotSecret::Recovery(recovery.clone());
        let (slots, by) = Keyslots::new(&root, &[(&secret, source.label()), (&on_paper, "recovery key")], now.0);
        slot_files::save(dir, &slots, &root)?;
        let opened = Opened { roots: Roots { current: root, former: None }, by };
        Ok((Vault::new(dir, slots.vault_id, opened, Some(source)), recovery))
    }

    pub fn open(dir: &Path, source: &KeySource) -> Result<Self, VaultError> {
        let loaded = slot_files::load(dir)?;
        let opened = loaded.slots.unlock(&source.secret()?)?;
        let root = &opened.roots.current;
        loaded.verify(dir, root)?;
        if loaded.needs_repair {
            match slot_files::repair(dir, root) {
                Ok(()) => {
                    tracing::warn!("one copy of the keyslots was missing or damaged; repaired")
                }
                Err(e) => {
                    tracing::warn!(error = %e, "one copy of the keyslots is missing or damaged")
                }
            }
        }
        Ok(Vault::new(dir, loaded.slots.vault_id, opened, Some(source)))
    }

    fn new(dir: &Path, id: String, opened: Opened, source: Option<&KeySource>) -> Self {
        let Opened { roots, by: opener } = opened;
        let opening_file = match source {
            Some(KeySource::File(path)) => Some(path.clone()),
            _ => None,
        };
        let (dir, roots, sealers) = (dir.to_owned(), RwLock::new(roots), Mutex::default());
        Vault(Arc::new(Shared { dir, id, roots, opener, opening_file, sealers, holders: AtomicUsize::new(0) }))
    }

    /// Opens and changes nothing: of two copies of the keyslots the sound one serves. Says whether both are sound.
    pub fn look(dir: &Path, source: &KeySource) -> Result<(Self, bool), VaultError> {
        let loaded = slot_files::load(dir)?;
        let opened = loaded.slots.unlock(&source.secret()?)?;
        loaded.verify(dir, &opened.roots.current)?;
        let is_sound = !loaded.needs_repair;
        Ok((Vault::new(dir, loaded.slots.vault_id, opened, Some(source)), is_sound))
    }

    /// Opens, or creates in a folder that holds nothing sealed yet. A recovery key means created.
    pub fn open_or_create(
        dir: &Path,
        source: &KeySource,
        now: Millis,
    ) -> Result<(Self, Option<RecoveryKey>), VaultError> {
        if slot_files::exist(dir) {
            return Ok((Self::open(dir, source)?, None));
        }
        let (vault, recovery) = Self::create(dir, source, now)?;
        Ok((vault, Some(recovery)))
    }

    /// The key of the database that serves this purpose ("main", "search"). Pages of one do not
    /// open as pages of another.
    pub fn page_key(&self, purpose: &str) -> PageKey {
        let roots = self.0.roots.read();
        let key = |root: &Secret<32>| *self.key(root, "page", purpose);
        PageKey::new(key(&roots.current)).after(roots.former.as_ref().map(key))
    }

    /// Seals and opens files of one kind ("attachments"). It is the same one each time.
    pub fn sealer(&self, purpose: &str) -> Sealer {
        // First, as everywhere: two who wait for each other's lock would wait for ever.
        let roots = self.0.roots.read();
        let mut sealers = self.0.sealers.lock();
        if let Some((_, sealer)) = sealers.iter().find(|(known, _)| known == purpose) {
            return sealer.clone();
        }
        let key = |root: &Secret<32>| Secret::new(*self.key(root, "file", purpose));
        let sealer = Sealer::new(key(&roots.current), roots.former.as_ref().map(key));
        sealers.push((purpose.to_owned(), sealer.clone()));
        sealer
    }

    /// Whether what was sealed under the root key before this one may still be there.
    pub fn is_exchanging(&self) -> bool {
        self.0.roots.read().former.is_some()
    }

    /// Keeps the keys as they are: see [`Held`].
    pub fn hold(&self) -> Held {
        let _not_in_the_middle = self.0.roots.read();
        self.0.holders.fetch_add(1, Ordering::Relaxed);
        Held(self.clone())
    }

    fn require_not_held(&self) -> Result<(), VaultError> {
        match self.0.holders.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(VaultError::Held),
        }
    }

    /// A new root key, locked into every slot and on the disk; the one of until now stays beside it. Then the files' keys
    /// follow; the databases' are for their owners to ask for again.
    pub fn begin_exchange(&self) -> Result<(), VaultError> {
        let mut roots = self.0.roots.write();
        self.require_not_held()?;
        let new = Secret::new(random());
        slot_files::change(&self.0.dir, &roots, |slots| {
            slots.renew(&roots.current, self.0.opener);
            slots.begin_exchange(&roots.current, &new)?;
            Ok(((), new.clone()))
        })?;
        roots.former = Some(std::mem::replace(&mut roots.current, new));
        for (purpose, sealer) in self.0.sealers.lock().iter() {
            sealer.begin_exchange(Secret::new(*self.key(&roots.current, "file", purpose)));
        }
        Ok(())
    }

    /// Forgets the former root key. Nothing may be sealed under it any more.
    pub fn end_exchange(&self) -> Result<(), VaultError> {
        let mut roots = self.0.roots.write();
        self.require_not_held()?;
        slot_files::change(&self.0.dir, &roots, |slots| {
            slots.end_exchange();
            Ok(((), roots.current.clone()))
        })?;
        roots.former = None;
        self.0.sealers.lock().iter().for_each(|(_, sealer)| sealer.end_exchange());
        Ok(())
    }

    fn key(&self, root: &Secret<32>, family: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        secret::derive(root.expose(), self.0.id.as_bytes(), &format!("{family}/{purpose}"))
    }
}

/// New keys beside old data would only hide that the old keys are lost.
fn holds_sealed_data(dir: &Path) -> Result<bool, VaultError> {
    for entry in fs::read_dir(dir).map_err(VaultError::io(dir))? {
        let path = entry.map_err(VaultError::io(dir))?.path();
        let extension = path.extension().and_then(OsStr::to_str);
        if matches!(extension, Some("db" | "db-wal" | "sealed")) {
            return Ok(true);
        }
    }
    Ok(false)
}
