//! The ways in, seen and changed by whoever has one: added, taken away, given another secret. None of it touches the data.
//!
//! Who knew a secret that is taken away, and kept a copy of the folder from before, can still open that copy, and with its
//! root key all that is sealed under it. Exchanging the root key ends that for what comes later.

use super::keyslots::Keyslots;
use super::slot::{Kind, Slot};
use super::source::SlotSecret;
use super::{KeySource, RecoveryKey, Secret, Vault, VaultError, files, slot_files, source};
use crate::kernel::Millis;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// One keyslot, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayIn {
    pub id: u32,
    pub kind: Kind,
    pub label: String,
    /// None: not known.
    pub made_at: Option<Millis>,
    /// The data was opened with it this time.
    pub opened: bool,
    /// Whether it stays a way in when the root key is exchanged.
    pub follows: bool,
}

/// What a slot is to be opened with.
pub enum NewSecret {
    /// Read from this file, or made there.
    KeyFile(PathBuf),
    Passphrase(Zeroizing<String>),
    /// Made, and given to the caller this once.
    Recovery,
}

impl NewSecret {
    /// The secret, and what of it is to be handed over.
    fn settle(self) -> Result<(SlotSecret, Option<RecoveryKey>), VaultError> {
        let source = match self {
            NewSecret::KeyFile(path) => KeySource::File(path),
            NewSecret::Passphrase(text) => KeySource::Passphrase(text),
            NewSecret::Recovery => {
                let key = RecoveryKey::generate();
                return Ok((SlotSecret::Recovery(key.clone()), Some(key)));
            }
        };
        Ok((source.secret_for_creation()?, None))
    }
}

impl Vault {
    /// As they are in the folder now.
    pub fn ways_in(&self) -> Result<Vec<WayIn>, VaultError> {
        let roots = self.0.roots.read();
        let loaded = slot_files::load(&self.0.dir)?;
        loaded.verify(&self.0.dir, &roots.current)?;
        let mut slots = loaded.slots;
        slots.renew(&roots.current, self.0.opener);
        let way_in = |slot: &Slot| WayIn {
            id: slot.id,
            kind: slot.kind,
            label: slot.label.clone(),
            made_at: (slot.made_at != 0).then_some(Millis(slot.made_at)),
            opened: slot.id == self.0.opener.id,
            follows: slot.can_follow(),
        };
        Ok(slots.slots.iter().map(way_in).collect())
    }

    /// The file that this slot's key was read from, if that is what opened the data.
    pub fn opening_file(&self, id: u32) -> Option<PathBuf> {
        self.0.opening_file.clone().filter(|_| id == self.0.opener.id)
    }

    /// One more way in: its number, and the recovery key if it is one.
    pub fn add_way_in(
        &self,
        secret: NewSecret,
        label: &str,
        now: Millis,
    ) -> Result<(u32, Option<RecoveryKey>), VaultError> {
        let (secret, recovery) = secret.settle()?;
        let id = self.change_slots(|slots, root| Ok(slots.add(root, &secret, label, now.0)))?;
        Ok((id, recovery))
    }

    pub fn remove_way_in(&self, id: u32) -> Result<(), VaultError> {
        self.change_slots(|slots, _| slots.remove(id))
    }

    /// The slot `by` takes the number of `id`, which is gone.
    pub fn replace_way_in(&self, id: u32, by: u32) -> Result<(), VaultError> {
        self.change_slots(|slots, _| slots.put_in_place(id, by))
    }

    /// Another secret for this slot, which keeps its number and label. A recovery key has to be handed over first:
    /// [`add_way_in`](Vault::add_way_in), then [`replace_way_in`](Vault::replace_way_in).
    pub fn renew_way_in(&self, id: u32, secret: NewSecret, now: Millis) -> Result<(), VaultError> {
        let way_in = self.ways_in()?.into_iter().find(|way_in| way_in.id == id).ok_or(VaultError::NoSuchId { id })?;
        let secret = match (way_in.kind, secret) {
            (Kind::Key, NewSecret::KeyFile(path)) if path.exists() => return self.replace_key_file(id, &path, now),
            (Kind::Key, NewSecret::KeyFile(path)) => KeySource::File(path).secret_for_creation()?,
            (Kind::Passphrase, NewSecret::Passphrase(text)) => KeySource::Passphrase(text).secret_for_creation()?,
            (kind, _) => {
                let needed = match kind {
                    Kind::Key => "its new secret is a file (--file)",
                    Kind::Passphrase => "its new secret is a passphrase (--passphrase-stdin)",
                    Kind::Recovery => "its new secret is made here, and neither a file nor a passphrase",
                };
                return Err(VaultError::OtherSecret { id, kind: kind.words(), needed });
            }
        };
        self.change_slots(|slots, root| {
            let new = slots.add(root, &secret, &way_in.label, now.0);
            slots.put_in_place(id, new)
        })
    }

    /// Another key in the same file. Both keys open as long as it is not certain which one the file holds.
    fn replace_key_file(&self, id: u32, path: &Path, now: Millis) -> Result<(), VaultError> {
        let old = KeySource::File(path.to_owned()).secret()?;
        let beside = files::beside(path, ".new");
        files::remove_if_there(&beside).map_err(VaultError::io(&beside))?;
        let new = source::create_key_file(&beside)?;
        let added = self.change_slots(|slots, root| {
            let slot = slots.find(id)?;
            if slot.unlock(&slots.vault_id, &old).is_none() {
                return Err(VaultError::OtherKeyFile { path: path.to_owned() });
            }
            let label = slot.label.clone();
            Ok(slots.add(root, &new, &label, now.0))
        });
        if added.is_err() {
            files::remove_if_there(&beside).map_err(VaultError::io(&beside))?;
        }
        let new_id = added?;
        files::rename(&beside, path).map_err(VaultError::io(path))?;
        self.change_slots(|slots, _| slots.put_in_place(id, new_id))
    }

    fn change_slots<T>(
        &self,
        change: impl FnOnce(&mut Keyslots, &Secret<32>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        // Held for writing: the exchange of the root key is a change too.
        let roots = self.0.roots.write();
        slot_files::change(&self.0.dir, &roots, |slots| {
            slots.renew(&roots.current, self.0.opener);
            Ok((change(slots, &roots.current)?, roots.current.clone()))
        })
    }
}
