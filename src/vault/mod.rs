//! Keys and encryption, without SQL.
//!
//! One random root key opens everything; it is never stored bare. Keyslots (`keyslots`) hold it
//! sealed, once for each way in: the master key (a 0400 file or a systemd credential), a
//! passphrase, and a recovery key that is printed once and kept on paper. From the root key come
//! as many keys as there are purposes, so that no two uses ever share one: pages of a database
//! ([`PageKey`]), files ([`Sealer`]), signatures ([`Vault::derive`]).
//!
//! Also here, because they are cryptography too: passwords of people, tokens, chance itself.

mod error;
mod files;
mod hardening;
mod keyslots;
pub mod password;
mod random;
mod recovery;
mod sealed_file;
mod secret;
mod signature;
mod source;
#[cfg(test)]
mod tests;

pub use error::VaultError;
pub use hardening::harden_process;
pub use random::{random, token, token_hash};
pub use recovery::RecoveryKey;
pub use sealed_file::{SealedError, SealedFile, SealedReader, SealedWriter, Sealer};
pub use secret::{PageKey, Secret};
pub use signature::sign;
pub use source::{KeySource, MASTER_KEY_FILE};

use keyslots::Keyslots;
use source::SlotSecret;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

/// The opened vault. Keep one, and drop it last.
#[derive(Debug)]
pub struct Vault {
    root: Secret<32>,
    id: String,
}

impl Vault {
    /// Makes the keys of a new data folder. The recovery key is given this once and never again.
    pub fn create(dir: &Path, source: &KeySource) -> Result<(Self, RecoveryKey), VaultError> {
        if keyslots::exist(dir) {
            return Err(VaultError::AlreadyCreated { path: keyslots::path(dir) });
        }
        if holds_sealed_data(dir)? {
            return Err(VaultError::SlotsMissing { path: keyslots::path(dir) });
        }
        let secret = source.secret_for_creation()?;
        let root = Secret::new(random());
        let recovery = RecoveryKey::generate();
        let slots = Keyslots::new(&root, &[&secret, &SlotSecret::Recovery(recovery.clone())]);
        keyslots::save(dir, &slots, &root)?;
        Ok((Vault { root, id: slots.vault_id }, recovery))
    }

    pub fn open(dir: &Path, source: &KeySource) -> Result<Self, VaultError> {
        let loaded = keyslots::load(dir)?;
        let root = loaded.slots.unlock(&source.secret()?)?;
        loaded.verify(dir, &root)?;
        if loaded.needs_repair {
            match keyslots::save(dir, &loaded.slots, &root) {
                Ok(()) => {
                    tracing::warn!("one copy of the keyslots was missing or damaged; repaired")
                }
                Err(e) => {
                    tracing::warn!(error = %e, "one copy of the keyslots is missing or damaged")
                }
            }
        }
        Ok(Vault { root, id: loaded.slots.vault_id })
    }

    /// Opens, or creates in a folder that holds nothing sealed yet. A recovery key means created.
    pub fn open_or_create(dir: &Path, source: &KeySource) -> Result<(Self, Option<RecoveryKey>), VaultError> {
        if keyslots::exist(dir) {
            return Ok((Self::open(dir, source)?, None));
        }
        let (vault, recovery) = Self::create(dir, source)?;
        Ok((vault, Some(recovery)))
    }

    /// The key of the database that serves this purpose ("main", "search"). Pages of one do not
    /// open as pages of another.
    pub fn page_key(&self, purpose: &str) -> PageKey {
        PageKey::new(*self.key("page", purpose))
    }

    /// Seals and opens files of one kind ("attachments").
    pub fn sealer(&self, purpose: &str) -> Sealer {
        Sealer::new(Secret::new(*self.key("file", purpose)))
    }

    fn key(&self, family: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        secret::derive(self.root.expose(), self.id.as_bytes(), &format!("{family}/{purpose}"))
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
