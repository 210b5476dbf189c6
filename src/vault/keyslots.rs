//! The keyslots: several locks on one root key.
//!
//! Each slot holds the root key, sealed under a key that comes from one secret: the master key,
//! a passphrase, or the recovery key. Taking a slot away or changing a passphrase never touches
//! the data. The file has a plain hash, which finds damage before any key is known, and a keyed
//! one, which finds slots that somebody added or altered. It is kept twice, and read from
//! whichever copy is whole and newer.

use super::error::VaultError;
use super::files;
use super::random::random;
use super::secret::{Secret, derive};
use super::source::SlotSecret;
use aes_gcm::aead::{AeadInOut, KeyInit, array::Array};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const FILE: &str = "keyslots.json";
const COPY: &str = "keyslots.bak.json";
const VERSION: u32 = 1;
/// About an eighth of a second: what a guess costs whoever has stolen the disk.
const ARGON2_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
/// More than this in the file is damage that would exhaust the machine.
const ARGON2_KIB_MAX: u32 = 1024 * 1024;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    sha256: String,
    mac: String,
    slots: serde_json::Value,
}

#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Keyslots {
    /// Counts up with each change; of two whole copies the higher one counts.
    generation: u64,
    /// Goes into everything derived from the root key.
    pub(super) vault_id: String,
    slots: Vec<Slot>,
}

#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Slot {
    kind: Kind,
    salt: String,
    /// Only for passphrases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    argon2id: Option<Argon2Cost>,
    root: String,
}

#[derive(Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Key,
    Passphrase,
    Recovery,
}

#[derive(Clone, Copy, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Argon2Cost {
    kib: u32,
    passes: u32,
}

impl Keyslots {
    pub(super) fn new(root: &Secret<32>, secrets: &[&SlotSecret]) -> Self {
        let vault_id = STANDARD.encode(random::<16>());
        let slots = secrets.iter().map(|secret| Slot::lock(&vault_id, root, secret)).collect();
        Keyslots { generation: 1, vault_id, slots }
    }

    /// One more way in.
    pub(super) fn add(&mut self, root: &Secret<32>, secret: &SlotSecret) {
        self.slots.push(Slot::lock(&self.vault_id, root, secret));
        self.generation += 1;
    }

    /// The root key, from whichever slot this secret opens.
    pub(super) fn unlock(&self, secret: &SlotSecret) -> Result<Secret<32>, VaultError> {
        let kind = Kind::of(secret);
        let mut fitting = self.slots.iter().filter(|slot| slot.kind == kind).peekable();
        if fitting.peek().is_none() {
            return Err(VaultError::NoSuchSlot { kind: kind.words() });
        }
        fitting.find_map(|slot| slot.unlock(&self.vault_id, secret)).ok_or(match kind {
            Kind::Passphrase => VaultError::WrongPassphrase,
            Kind::Key | Kind::Recovery => VaultError::WrongKey,
        })
    }

    fn mac(&self, root: &Secret<32>) -> Zeroizing<[u8; 32]> {
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

impl Kind {
    fn of(secret: &SlotSecret) -> Self {
        match secret {
            SlotSecret::Key(_) => Kind::Key,
            SlotSecret::Passphrase(_) => Kind::Passphrase,
            SlotSecret::Recovery(_) => Kind::Recovery,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Kind::Key => "master key",
            Kind::Passphrase => "passphrase",
            Kind::Recovery => "recovery key",
        }
    }
}

impl Slot {
    fn lock(vault_id: &str, root: &Secret<32>, secret: &SlotSecret) -> Self {
        let mut slot = Slot {
            kind: Kind::of(secret),
            salt: STANDARD.encode(random::<32>()),
            argon2id: matches!(secret, SlotSecret::Passphrase(_))
                .then_some(Argon2Cost { kib: ARGON2_KIB, passes: ARGON2_PASSES }),
            root: String::new(),
        };
        let key = slot.key(secret).expect("our own costs are within argon2's limits");
        let mut sealed = Zeroizing::new(root.expose().to_vec());
        // The salt makes the key unique to this slot, so one fixed nonce is enough.
        let tag = Aes256Gcm::new(&Array::from(*key))
            .encrypt_inout_detached(&Nonce::default(), &slot.aad(vault_id), sealed.as_mut_slice().into())
            .expect("32 bytes are within GCM's limit");
        sealed.extend_from_slice(&tag);
        slot.root = STANDARD.encode(&*sealed);
        slot
    }

    fn unlock(&self, vault_id: &str, secret: &SlotSecret) -> Option<Secret<32>> {
        let sealed = Zeroizing::new(STANDARD.decode(&self.root).ok()?);
        let (root, tag) = sealed.split_at_checked(32)?;
        let mut root = Zeroizing::new(<[u8; 32]>::try_from(root).ok()?);
        let tag = Tag::try_from(tag).ok()?;
        let key = self.key(secret)?;
        Aes256Gcm::new(&Array::from(*key))
            .decrypt_inout_detached(&Nonce::default(), &self.aad(vault_id), root.as_mut_slice().into(), &tag)
            .ok()?;
        Some(Secret::new(*root))
    }

    fn key(&self, secret: &SlotSecret) -> Option<Zeroizing<[u8; 32]>> {
        let salt = STANDARD.decode(&self.salt).ok()?;
        match secret {
            SlotSecret::Key(key) => Some(derive(key.expose(), &salt, "keyslot/key")),
            SlotSecret::Recovery(key) => Some(derive(key.expose(), &salt, "keyslot/recovery")),
            SlotSecret::Passphrase(text) => {
                let cost = self.argon2id.filter(|cost| cost.kib <= ARGON2_KIB_MAX)?;
                let params = Params::new(cost.kib, cost.passes, 1, Some(32)).ok()?;
                let mut key = Zeroizing::new([0; 32]);
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(text.as_bytes(), &salt, key.as_mut())
                    .ok()?;
                Some(key)
            }
        }
    }

    fn aad(&self, vault_id: &str) -> Vec<u8> {
        format!("parlor keyslot 1 {vault_id} {} {}", self.kind.words(), self.salt).into_bytes()
    }
}

// --- the two files ---

fn paths(dir: &Path) -> [PathBuf; 2] {
    [dir.join(FILE), dir.join(COPY)]
}

pub(super) fn exist(dir: &Path) -> bool {
    paths(dir).iter().any(|path| path.exists())
}

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

pub(super) fn save(dir: &Path, slots: &Keyslots, root: &Secret<32>) -> Result<(), VaultError> {
    let text = stored(slots, root);
    for path in paths(dir) {
        files::write_atomically(&path, text.as_bytes(), 0o600)?;
    }
    Ok(())
}

/// What the file says.
pub(super) fn stored(slots: &Keyslots, root: &Secret<32>) -> String {
    let mac = STANDARD.encode(*slots.mac(root));
    let stored = Stored {
        version: VERSION,
        sha256: plain_hash(slots, &mac),
        mac,
        slots: serde_json::to_value(slots).expect("keyslots are plain text and numbers"),
    };
    serde_json::to_string_pretty(&stored).expect("keyslots are plain text and numbers")
}

/// From a text that was kept elsewhere; `kept_in` is for the messages.
pub(super) fn from_text(text: &str, kept_in: &Path) -> Result<Loaded, VaultError> {
    let (slots, mac) =
        parse(kept_in, text.as_bytes())?.ok_or_else(|| VaultError::SlotsDamaged { path: kept_in.to_owned() })?;
    Ok(Loaded { slots, mac, needs_repair: false })
}

/// The slots as found, to be believed only after [`Loaded::verify`].
pub(super) struct Loaded {
    pub(super) slots: Keyslots,
    mac: Vec<u8>,
    /// One copy is missing, damaged or old.
    pub(super) needs_repair: bool,
}

impl Loaded {
    /// With the root key at hand: are these the slots that its owner wrote?
    pub(super) fn verify(&self, dir: &Path, root: &Secret<32>) -> Result<(), VaultError> {
        if bool::from(self.slots.mac(root).ct_eq(&self.mac)) {
            Ok(())
        } else {
            Err(VaultError::SlotsForged { path: path(dir) })
        }
    }
}

pub(super) fn load(dir: &Path) -> Result<Loaded, VaultError> {
    let mut whole = Vec::new();
    let mut missing = 0;
    for path in paths(dir) {
        match fs::read(&path) {
            Ok(bytes) => whole.extend(parse(&path, &bytes)?),
            Err(e) if e.kind() == io::ErrorKind::NotFound => missing += 1,
            Err(e) => return Err(VaultError::io(&path)(e)),
        }
    }
    let same = whole.len() == 2 && whole[0] == whole[1];
    match whole.into_iter().max_by_key(|(slots, _)| slots.generation) {
        Some((slots, mac)) => Ok(Loaded { slots, mac, needs_repair: !same }),
        None if missing == 2 => Err(VaultError::SlotsMissing { path: path(dir) }),
        None => Err(VaultError::SlotsDamaged { path: path(dir) }),
    }
}

/// Nothing if the copy is damaged.
fn parse(path: &Path, bytes: &[u8]) -> Result<Option<(Keyslots, Vec<u8>)>, VaultError> {
    let Ok(stored) = serde_json::from_slice::<Stored>(bytes) else {
        return Ok(None);
    };
    if stored.version > VERSION {
        return Err(VaultError::SlotsTooNew { path: path.to_owned(), version: stored.version });
    }
    let whole = || {
        if stored.version < VERSION {
            return None;
        }
        let slots: Keyslots = serde_json::from_value(stored.slots).ok()?;
        let mac = STANDARD.decode(&stored.mac).ok()?;
        (plain_hash(&slots, &stored.mac) == stored.sha256).then_some((slots, mac))
    };
    Ok(whole())
}
