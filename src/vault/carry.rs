//! The vault's keys on their way into a backup and out of it.

use super::backup_key::BackupKey;
use super::error::VaultError;
use super::keyslots::{Opened, Opener};
use super::secret::Secret;
use super::{KeySource, Vault, slot_files};
use crate::kernel::Millis;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use zeroize::Zeroizing;

/// Which root key there was at some moment.
#[derive(PartialEq, Eq)]
pub struct RootMark([u8; 8]);

impl Vault {
    /// The keyslots as they lie in the folder, to be kept with what they open. They are sealed themselves.
    pub fn keyslots(&self) -> Result<String, VaultError> {
        let roots = self.0.roots.read();
        let loaded = slot_files::load(&self.0.dir)?;
        loaded.verify(&self.0.dir, &roots.current)?;
        Ok(slot_files::stored(&loaded.slots, &roots.current))
    }

    /// The key that everything comes from, for the sealed inside of a backup: whoever opens that with another key than ours
    /// needs it.
    pub fn root_key(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.0.roots.read().current.expose())
    }

    /// Two that are the same: no other root key came in between.
    pub fn root_mark(&self) -> RootMark {
        let mark = self.key(&self.0.roots.read().current, "mark", "root");
        RootMark(std::array::from_fn(|at| mark[at]))
    }

    /// From keyslots that were kept elsewhere than in a data folder.
    pub fn open_kept(slots: &str, kept_in: &Path, source: &KeySource) -> Result<Self, VaultError> {
        let loaded = slot_files::from_text(slots, kept_in)?;
        let opened = loaded.slots.unlock(&source.secret()?)?;
        loaded.verify(kept_in, &opened.roots.current)?;
        Ok(Vault::new(kept_in, loaded.slots.vault_id, opened, Some(source)))
    }

    /// Likewise, with the root key at hand.
    pub fn from_root(slots: &str, kept_in: &Path, root: &[u8; 32]) -> Result<Self, VaultError> {
        let loaded = slot_files::from_text(slots, kept_in)?;
        let roots = loaded.slots.roots(Secret::new(*root))?;
        loaded.verify(kept_in, &roots.current)?;
        Ok(Vault::new(kept_in, loaded.slots.vault_id, Opened { roots, by: Opener::NONE }, None))
    }

    /// Puts kept keyslots into a folder that has none. All ways in that were open then are open again; if `source` is none
    /// of them and can be made, it becomes one. Says whether it did.
    pub fn settle(&self, dir: &Path, slots: &str, source: &KeySource, now: Millis) -> Result<bool, VaultError> {
        let roots = self.0.roots.read();
        let mut slots = slot_files::from_text(slots, dir)?.slots;
        let opens = source.secret().and_then(|secret| slots.unlock(&secret)).is_ok();
        if !opens {
            slots.renew(&roots.current, self.0.opener);
            slots.add(&roots.current, &source.secret_for_creation()?, source.label(), now.0);
            slots.generation += 1;
        }
        slot_files::save(dir, &slots, &roots.current)?;
        Ok(!opens)
    }

    /// A backup's key so that this vault opens it. `backup` is the backup's name.
    pub fn lock_backup(&self, key: &BackupKey, backup: &str) -> String {
        let lock = self.key(&self.0.roots.read().current, "backup", backup);
        STANDARD.encode(key.sealed(&lock, backup))
    }

    pub fn unlock_backup(&self, locked: &str, backup: &str) -> Result<BackupKey, VaultError> {
        let roots = self.0.roots.read();
        let sealed = STANDARD.decode(locked).map_err(|_| VaultError::WrongKey)?;
        let mut keys = std::iter::once(&roots.current).chain(&roots.former);
        let open = |root| BackupKey::open(&sealed, &self.key(root, "backup", backup), backup);
        keys.find_map(open).ok_or(VaultError::WrongKey)
    }
}
