//! The keyslots: several locks on one root key.
//!
//! Each [`Slot`] holds the root key, locked with one secret: the master key, a passphrase, or the recovery key. Taking a
//! slot away or changing a passphrase never touches the data. While the data is sealed anew under another root key, that
//! one is in the slots, and the former is kept sealed under it: every way in leads to both.

use super::error::VaultError;
use super::random::random;
use super::secret::{Secret, derive};
use super::slot::{self, Kind, Slot, Unlocked};
use super::source::SlotSecret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Before slots had numbers, names and public halves.
const FIRST_VERSION: u32 = 1;
pub(super) const VERSION: u32 = 2;

#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Keyslots {
    /// Counts up with each change; of two whole copies the higher one counts.
    pub(super) generation: u64,
    /// Goes into everything derived from the root key.
    pub(super) vault_id: String,
    pub(super) slots: Vec<Slot>,
    /// The highest number that a slot ever had. Zero: version 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    last_id: u32,
    /// The root key before this one, sealed under this one, as long as anything may be under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former: Option<String>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The root keys, and by which slot they came.
pub(super) struct Opened {
    pub(super) roots: Roots,
    pub(super) by: Opener,
}

#[derive(Clone, Debug)]
pub(super) struct Roots {
    pub(super) current: Secret<32>,
    pub(super) former: Option<Secret<32>>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Opener {
    pub(super) id: u32,
    public: [u8; 32],
}

impl Opener {
    /// Opened with the root key itself: slots are numbered from 1.
    pub(super) const NONE: Opener = Opener { id: 0, public: [0; 32] };
}

impl Keyslots {
    pub(super) fn new(root: &Secret<32>, secrets: &[(&SlotSecret, &str)], now_ms: i64) -> (Self, Opener) {
        let vault_id = STANDARD.encode(random::<16>());
        let mut slots = Keyslots { generation: 1, vault_id, slots: Vec::new(), last_id: 0, former: None };
        for (secret, label) in secrets {
            slots.add(root, secret, label, now_ms);
        }
        let first = &slots.slots[0];
        let unlocked = first.unlock(&slots.vault_id, secrets[0].0).expect("it was locked with this secret");
        let by = Opener { id: first.id, public: unlocked.public };
        (slots, by)
    }

    pub(super) fn version(&self) -> u32 {
        if self.last_id == 0 { FIRST_VERSION } else { VERSION }
    }

    /// The root keys, from whichever slot this secret opens.
    pub(super) fn unlock(&self, secret: &SlotSecret) -> Result<Opened, VaultError> {
        let kind = Kind::of(secret);
        let mut fitting = self.slots.iter().enumerate().filter(|(_, slot)| slot.kind == kind).peekable();
        if fitting.peek().is_none() {
            return Err(VaultError::NoSuchSlot { kind: kind.words() });
        }
        let found = fitting.find_map(|(at, slot)| Some((at, slot.unlock(&self.vault_id, secret)?)));
        let (at, Unlocked { root, public }) = found.ok_or(match kind {
            Kind::Passphrase => VaultError::WrongPassphrase,
            Kind::Key | Kind::Recovery => VaultError::WrongKey,
        })?;
        let roots = self.roots(root)?;
        let id = if self.last_id == 0 { at as u32 + 1 } else { self.slots[at].id };
        Ok(Opened { roots, by: Opener { id, public } })
    }

    /// The root key with the one before it, if that is still needed.
    pub(super) fn roots(&self, current: Secret<32>) -> Result<Roots, VaultError> {
        let open = |sealed: &String| self.open_former(&current, sealed).ok_or(VaultError::FormerKeyDamaged);
        let former = self.former.as_ref().map(open).transpose()?;
        Ok(Roots { current, former })
    }

    /// Gives slots of version 1 their numbers. The one that opened learns its public half; others will when they open.
    pub(super) fn renew(&mut self, root: &Secret<32>, opener: Opener) {
        if self.last_id == 0 {
            for (slot, id) in self.slots.iter_mut().zip(1..) {
                slot.id = id;
                slot.label = slot.kind.words().to_owned();
            }
            self.last_id = self.slots.len() as u32;
        }
        let opened = self.slots.iter_mut().find(|slot| slot.id == opener.id && !slot.can_follow());
        if let Some(slot) = opened {
            slot.lock_for(&self.vault_id, root, opener.public);
        }
    }

    pub(super) fn add(&mut self, root: &Secret<32>, secret: &SlotSecret, label: &str, now_ms: i64) -> u32 {
        self.last_id += 1;
        let mut slot = Slot::lock(&self.vault_id, root, secret);
        (slot.id, slot.label, slot.made_at) = (self.last_id, label.to_owned(), now_ms);
        self.slots.push(slot);
        self.last_id
    }

    pub(super) fn find(&self, id: u32) -> Result<&Slot, VaultError> {
        self.slots.iter().find(|slot| slot.id == id).ok_or(VaultError::NoSuchId { id })
    }

    pub(super) fn remove(&mut self, id: u32) -> Result<(), VaultError> {
        self.find(id)?;
        if self.slots.len() == 1 {
            return Err(VaultError::LastWayIn);
        }
        self.slots.retain(|slot| slot.id != id);
        Ok(())
    }

    /// The slot `new` takes the number and the place of `id`.
    pub(super) fn put_in_place(&mut self, id: u32, new: u32) -> Result<(), VaultError> {
        let from = self.slots.iter().position(|slot| slot.id == new).ok_or(VaultError::NoSuchId { id: new })?;
        let mut slot = self.slots.remove(from);
        slot.id = id;
        let place = self.slots.iter_mut().find(|slot| slot.id == id).ok_or(VaultError::NoSuchId { id })?;
        *place = slot;
        Ok(())
    }

    /// Locks `new` into every slot and keeps `root` beside it.
    pub(super) fn begin_exchange(&mut self, root: &Secret<32>, new: &Secret<32>) -> Result<(), VaultError> {
        if self.former.is_some() {
            return Err(VaultError::ExchangeUnderWay);
        }
        for slot in &mut self.slots {
            if !slot.follow(&self.vault_id, new) {
                return Err(VaultError::CannotFollow { id: slot.id, label: slot.label.clone() });
            }
        }
        self.former = Some(STANDARD.encode(slot::seal(&self.former_key(new), b"parlor former root key", root)));
        Ok(())
    }

    pub(super) fn end_exchange(&mut self) {
        self.former = None;
    }

    fn open_former(&self, root: &Secret<32>, sealed: &str) -> Option<Secret<32>> {
        slot::open(&self.former_key(root), b"parlor former root key", &STANDARD.decode(sealed).ok()?)
    }

    /// A root key has one former key in its life.
    fn former_key(&self, root: &Secret<32>) -> Zeroizing<[u8; 32]> {
        derive(root.expose(), self.vault_id.as_bytes(), "keyslots former")
    }

    /// Finds slots that somebody without the root key added or altered.
    pub(super) fn mac(&self, root: &Secret<32>) -> Zeroizing<[u8; 32]> {
        let purpose = format!("keyslots/{}", plain_hash(self, ""));
        derive(root.expose(), self.vault_id.as_bytes(), &purpose)
    }
}

/// Finds damage to the slots and to their keyed hash.
pub(super) fn plain_hash(slots: &Keyslots, mac: &str) -> String {
    let text = serde_json::to_vec(slots).expect("keyslots are plain text and numbers");
    let hash = Sha256::new().chain_update(mac).chain_update(text).finalize();
    STANDARD.encode(hash)
}
