//! The vault's keys on their way into a backup and out of it.

use super::backup_key::BackupKey;
use super::error::VaultError;
use super::keyslots;
use super::{KeySource, Vault, secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use zeroize::Zeroizing;

impl Vault {
    /// The keyslots as they lie in the folder, to be kept with what they open. They are sealed themselves.
    pub fn keyslots(&self, dir: &Path) -> Result<String, VaultError> {
        let loaded = keyslots::load(dir)?;
        loaded.verify(dir, &self.root)?;
        Ok(keyslots::stored(&loaded.slots, &self.root))
    }

    /// The key that everything comes from, for the sealed inside of a backup: whoever opens that with another key than ours
    /// needs it.
    pub fn root_key(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.root.expose())
    }

    /// From keyslots that were kept elsewhere than in a data folder.
    pub fn open_kept(slots: &str, kept_in: &Path, source: &KeySource) -> Result<Self, VaultError> {
        let loaded = keyslots::from_text(slots, kept_in)?;
        let root = loaded.slots.unlock(&source.secret()?)?;
        loaded.verify(kept_in, &root)?;
        Ok(Vault { root, id: loaded.slots.vault_id })
    }

    /// Likewise, with the root key at hand.
    pub fn from_root(slots: &str, kept_in: &Path, root: &[u8; 32]) -> Result<Self, VaultError> {
        let loaded = keyslots::from_text(slots, kept_in)?;
        let root = secret::Secret::new(*root);
        loaded.verify(kept_in, &root)?;
        Ok(Vault { root, id: loaded.slots.vault_id })
    }

    /// Puts kept keyslots into a folder that has none. All ways in that were open then are open again; if `source` is none
    /// of them and can be made, it becomes one. Says whether it did.
    pub fn settle(&self, dir: &Path, slots: &str, source: &KeySource) -> Result<bool, VaultError> {
        let mut slots = keyslots::from_text(slots, dir)?.slots;
        let opens = source.secret().and_then(|secret| slots.unlock(&secret)).is_ok();
        if !opens {
            slots.add(&self.root, &source.secret_for_creation()?);
        }
        keyslots::save(dir, &slots, &self.root)?;
        Ok(!opens)
    }

    /// A backup's key so that this vault opens it. `backup` is the backup's name.
    pub fn lock_backup(&self, key: &BackupKey, backup: &str) -> String {
        STANDARD.encode(key.sealed(&self.key("backup", backup), backup))
    }

    pub fn unlock_backup(&self, locked: &str, backup: &str) -> Result<BackupKey, VaultError> {
        let open = || BackupKey::open(&STANDARD.decode(locked).ok()?, &self.key("backup", backup), backup);
        open().ok_or(VaultError::WrongKey)
    }
}
