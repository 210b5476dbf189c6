//! The key of one backup: random, and locked for everybody who may open it.
//!
//! For the vault, so that whatever opens the store opens its backups; and, if wanted, for a public key (X25519) whose
//! private part is kept elsewhere: an ephemeral key agrees with it on a secret, and HKDF of that secret, bound to both
//! public keys, is the lock's key (the base mode of HPKE, RFC 9180, without its suites).

use super::error::VaultError;
use super::random::random;
use super::sealed_file::Sealer;
use super::secret::{Secret, derive};
use super::slot;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::fmt;
use std::str::FromStr;
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

const PUBLIC_PREFIX: &str = "pbk_";
const PRIVATE_PREFIX: &str = "pbs_";

pub struct BackupKey(Secret<32>);

impl BackupKey {
    pub fn generate() -> Self {
        BackupKey(Secret::new(random()))
    }

    pub fn sealer(&self) -> Sealer {
        Sealer::new(self.0.clone(), None)
    }

    /// `lock` is used for this one key only.
    pub(super) fn sealed(&self, lock: &[u8; 32], bound_to: &str) -> Vec<u8> {
        slot::seal(lock, bound_to.as_bytes(), &self.0)
    }

    pub(super) fn open(sealed: &[u8], lock: &[u8; 32], bound_to: &str) -> Option<Self> {
        slot::open(lock, bound_to.as_bytes(), sealed).map(BackupKey)
    }
}

/// Whom backups are made to. Not a secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BackupPublicKey([u8; 32]);

/// What opens them. Never on the server.
pub struct BackupPrivateKey(StaticSecret);

impl BackupPrivateKey {
    pub fn generate() -> Self {
        BackupPrivateKey(StaticSecret::from(random::<32>()))
    }

    pub fn public(&self) -> BackupPublicKey {
        BackupPublicKey(x25519_dalek::PublicKey::from(&self.0).to_bytes())
    }

    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{PRIVATE_PREFIX}{}", URL_SAFE_NO_PAD.encode(Zeroizing::new(self.0.to_bytes()))))
    }

    /// The key that was locked for this one's public part.
    pub fn unlock(&self, locked: &str, backup: &str) -> Result<BackupKey, VaultError> {
        let open = || {
            let bytes = STANDARD.decode(locked).ok()?;
            let (ephemeral, sealed) = bytes.split_at_checked(32)?;
            let ephemeral = <[u8; 32]>::try_from(ephemeral).ok()?;
            let shared = self.0.diffie_hellman(&x25519_dalek::PublicKey::from(ephemeral));
            let lock = agreed(shared.as_bytes(), &ephemeral, &self.public(), backup);
            BackupKey::open(sealed, &lock, backup)
        };
        open().ok_or(VaultError::WrongKey)
    }
}

impl BackupPublicKey {
    /// The backup's key so that only the private part opens it. `backup` is the backup's name.
    pub fn lock(&self, key: &BackupKey, backup: &str) -> String {
        let ephemeral = StaticSecret::from(random::<32>());
        let public = x25519_dalek::PublicKey::from(&ephemeral).to_bytes();
        let shared = ephemeral.diffie_hellman(&x25519_dalek::PublicKey::from(self.0));
        let lock = agreed(shared.as_bytes(), &public, self, backup);
        STANDARD.encode([&public[..], &key.sealed(&lock, backup)].concat())
    }
}

fn agreed(shared: &[u8; 32], ephemeral: &[u8; 32], to: &BackupPublicKey, backup: &str) -> Zeroizing<[u8; 32]> {
    derive(shared, &[&ephemeral[..], &to.0].concat(), &format!("backup/public/{backup}"))
}

impl fmt::Display for BackupPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for BackupPublicKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let text = text.trim();
        if text.starts_with(PRIVATE_PREFIX) {
            return Err(VaultError::BackupKeyInvalid {
                what: "this is the private key: it does not belong on a server",
            });
        }
        let key = BackupPublicKey(*bytes(text, PUBLIC_PREFIX).ok_or(VaultError::BackupKeyInvalid {
            what: "a public key for backups begins with pbk_, as parlor backup keygen prints it",
        })?);
        // A few points make the agreement come out as zero, whatever the other side is.
        let probe = StaticSecret::from([1; 32]).diffie_hellman(&x25519_dalek::PublicKey::from(key.0));
        match probe.was_contributory() {
            true => Ok(key),
            false => Err(VaultError::BackupKeyInvalid { what: "this public key protects nothing" }),
        }
    }
}

impl FromStr for BackupPrivateKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let bytes = bytes(text.trim(), PRIVATE_PREFIX).ok_or(VaultError::BackupKeyInvalid {
            what: "a private key for backups begins with pbs_, as parlor backup keygen wrote it",
        })?;
        Ok(BackupPrivateKey(StaticSecret::from(*bytes)))
    }
}

fn bytes(text: &str, prefix: &str) -> Option<Zeroizing<[u8; 32]>> {
    let decoded = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(prefix)?).ok()?);
    Some(Zeroizing::new(decoded.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &BackupKey, b: &BackupKey) -> bool {
        a.0.expose() == b.0.expose()
    }

    #[test]
    fn only_the_private_part_opens_and_only_this_backup() {
        let (owner, stranger) = (BackupPrivateKey::generate(), BackupPrivateKey::generate());
        let public: BackupPublicKey = owner.public().to_string().parse().unwrap();
        let key = BackupKey::generate();
        let locked = public.lock(&key, "one");
        let again: BackupPrivateKey = owner.reveal().parse().unwrap();
        assert!(same(&again.unlock(&locked, "one").unwrap(), &key));
        assert!(matches!(owner.unlock(&locked, "two"), Err(VaultError::WrongKey)));
        assert!(matches!(stranger.unlock(&locked, "one"), Err(VaultError::WrongKey)));
        let mut bent = STANDARD.decode(&locked).unwrap();
        for at in 0..bent.len() {
            bent[at] ^= 1;
            assert!(owner.unlock(&STANDARD.encode(&bent), "one").is_err(), "byte {at}");
            bent[at] ^= 1;
        }
        assert_ne!(locked, public.lock(&key, "one"), "each lock has a key of its own");
    }

    #[test]
    fn keys_are_told_apart_and_bad_ones_refused() {
        let private = BackupPrivateKey::generate();
        let mistaken = private.reveal().parse::<BackupPublicKey>().unwrap_err().to_string();
        assert!(mistaken.contains("private"), "{mistaken}");
        assert!(private.public().to_string().parse::<BackupPrivateKey>().is_err());
        let zero = format!("{PUBLIC_PREFIX}{}", URL_SAFE_NO_PAD.encode([0; 32]));
        assert!(zero.parse::<BackupPublicKey>().is_err());
        assert!("pbk_short".parse::<BackupPublicKey>().is_err());
    }
}
