//! One way in: the root key, locked with one secret.
//!
//! The secret (of a passphrase, argon2id first) gives an X25519 key, and the root key is sealed to its public half, which
//! stands in the slot. So whoever holds the root key can lock another one into every slot without asking for passphrases
//! and papers, while a root key that leaked opens no slot. Slots of version 1 have no public half: their secret seals directly.

use super::random::random;
use super::secret::{Secret, derive};
use super::source::SlotSecret;
use aes_gcm::aead::{AeadInOut, KeyInit, array::Array};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

/// About an eighth of a second: what a guess costs whoever has stolen the disk.
const ARGON2_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
/// More than this in the file is damage that would exhaust the machine.
const ARGON2_KIB_MAX: u32 = 1024 * 1024;

/// What stands in the file. The fields of version 2 are left out where they are empty, so that a slot of version 1 reads
/// and hashes as it was written.
#[derive(Clone, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) id: u32,
    pub(super) kind: Kind,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) label: String,
    /// Milliseconds since 1970; zero: not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) made_at: i64,
    salt: String,
    /// Only for passphrases.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    argon2id: Option<Argon2Cost>,
    /// X25519. None: version 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    public: Option<String>,
    /// Sealed. With `public`, the sender's half comes first.
    root: String,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// In a file, or given by systemd.
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

/// What the opening of a slot brings to light.
pub(super) struct Unlocked {
    pub(super) root: Secret<32>,
    pub(super) public: [u8; 32],
}

fn is_zero<T: Default + PartialEq>(n: &T) -> bool {
    *n == T::default()
}

impl Kind {
    pub(super) fn of(secret: &SlotSecret) -> Self {
        match secret {
            SlotSecret::Key(_) => Kind::Key,
            SlotSecret::Passphrase(_) => Kind::Passphrase,
            SlotSecret::Recovery(_) => Kind::Recovery,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Kind::Key => "master key",
            Kind::Passphrase => "passphrase",
            Kind::Recovery => "recovery key",
        }
    }
}

impl Slot {
    pub(super) fn lock(vault_id: &str, root: &Secret<32>, secret: &SlotSecret) -> Self {
        let mut slot = Slot {
            id: 0,
            kind: Kind::of(secret),
            label: String::new(),
            made_at: 0,
            salt: STANDARD.encode(random::<32>()),
            argon2id: matches!(secret, SlotSecret::Passphrase(_))
                .then_some(Argon2Cost { kib: ARGON2_KIB, passes: ARGON2_PASSES }),
            public: None,
            root: String::new(),
        };
        let key = slot.key(secret).expect("our own costs are within argon2's limits");
        slot.lock_for(vault_id, root, public_of(&private(&key)));
        slot
    }

    /// Locks this root key in. `public` is what the slot's secret has shown before.
    pub(super) fn lock_for(&mut self, vault_id: &str, root: &Secret<32>, public: [u8; 32]) {
        self.public = Some(STANDARD.encode(public));
        let sender = StaticSecret::from(random::<32>());
        let sender_public = public_of(&sender);
        let shared = sender.diffie_hellman(&PublicKey::from(public));
        let key = shared_key(shared.as_bytes(), &sender_public, &public);
        let sealed = seal(&key, &self.aad(vault_id), root);
        self.root = STANDARD.encode([&sender_public[..], &sealed].concat());
    }

    /// Locks another root key in, without the secret. False: a slot of version 1, which has to be opened first.
    #[must_use]
    pub(super) fn follow(&mut self, vault_id: &str, root: &Secret<32>) -> bool {
        let public = self.public.as_deref().and_then(decode::<32>);
        if let Some(public) = public {
            self.lock_for(vault_id, root, public);
        }
        public.is_some()
    }

    pub(super) fn can_follow(&self) -> bool {
        self.public.is_some()
    }

    pub(super) fn unlock(&self, vault_id: &str, secret: &SlotSecret) -> Option<Unlocked> {
        let key = self.key(secret)?;
        let private = private(&key);
        let public = public_of(&private);
        let sealed = STANDARD.decode(&self.root).ok()?;
        let root = match &self.public {
            None => open(&key, &self.aad(vault_id), &sealed)?,
            Some(stored) => {
                if decode::<32>(stored)? != public {
                    return None;
                }
                let (sender, sealed) = sealed.split_at_checked(32)?;
                let sender = <[u8; 32]>::try_from(sender).ok()?;
                let shared = private.diffie_hellman(&PublicKey::from(sender));
                open(&shared_key(shared.as_bytes(), &sender, &public), &self.aad(vault_id), sealed)?
            }
        };
        Some(Unlocked { root, public })
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
        let kind = self.kind.words();
        match &self.public {
            None => format!("parlor keyslot 1 {vault_id} {kind} {}", self.salt),
            Some(public) => format!("parlor keyslot 2 {vault_id} {kind} {} {public}", self.salt),
        }
        .into_bytes()
    }
}

fn private(key: &[u8; 32]) -> StaticSecret {
    StaticSecret::from(*derive::<32>(key, b"", "keyslot/x25519"))
}

fn public_of(private: &StaticSecret) -> [u8; 32] {
    PublicKey::from(private).to_bytes()
}

fn shared_key(shared: &[u8; 32], sender: &[u8; 32], receiver: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    derive(shared, &[&sender[..], receiver].concat(), "keyslot/sealed")
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Each of these keys seals once (its salt or the sender's half is new each time), so one fixed nonce is enough.
pub(super) fn seal(key: &[u8; 32], aad: &[u8], root: &Secret<32>) -> Vec<u8> {
    let mut sealed = root.expose().to_vec();
    let tag = Aes256Gcm::new(&Array::from(*key))
        .encrypt_inout_detached(&Nonce::default(), aad, sealed.as_mut_slice().into())
        .expect("32 bytes are within GCM's limit");
    sealed.extend_from_slice(&tag);
    sealed
}

pub(super) fn open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Secret<32>> {
    let (root, tag) = sealed.split_at_checked(32)?;
    let mut root = Zeroizing::new(<[u8; 32]>::try_from(root).ok()?);
    let tag = Tag::try_from(tag).ok()?;
    Aes256Gcm::new(&Array::from(*key))
        .decrypt_inout_detached(&Nonce::default(), aad, root.as_mut_slice().into(), &tag)
        .ok()?;
    Some(Secret::new(*root))
}
