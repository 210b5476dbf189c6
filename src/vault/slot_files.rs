//! The two files that the keyslots are in.
//!
//! A plain hash finds damage before any key is known, a keyed one finds slots that somebody added or altered. The file is
//! kept twice, written one after the other, and read from whichever copy is whole and newer.

use super::error::VaultError;
use super::files;
use super::keyslots::{Keyslots, Roots, VERSION, plain_hash};
use super::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

const FILE: &str = "keyslots.json";
const COPY: &str = "keyslots.bak.json";

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    sha256: String,
    mac: String,
    slots: serde_json::Value,
}

fn paths(dir: &Path) -> [PathBuf; 2] {
    [dir.join(FILE), dir.join(COPY)]
}

pub(super) fn exist(dir: &Path) -> bool {
    paths(dir).iter().any(|path| path.exists())
}

pub(super) fn path(dir: &Path) -> PathBuf {
    dir.join(FILE)
}

/// When this returns, both copies are on the disk: nothing may depend on slots of which there is only one.
pub(super) fn save(dir: &Path, slots: &Keyslots, root: &Secret<32>) -> Result<(), VaultError> {
    let text = stored(slots, root);
    for path in paths(dir) {
        files::write_atomically(&path, text.as_bytes(), 0o600)?;
    }
    Ok(())
}

/// What the files say.
pub(super) fn stored(slots: &Keyslots, root: &Secret<32>) -> String {
    let mac = STANDARD.encode(*slots.mac(root));
    let stored = Stored {
        version: slots.version(),
        sha256: plain_hash(slots, &mac),
        mac,
        slots: serde_json::to_value(slots).expect("keyslots are plain text and numbers"),
    };
    serde_json::to_string_pretty(&stored).expect("keyslots are plain text and numbers")
}

/// From a text that was kept elsewhere; `kept_in` is for the messages.
pub(super) fn from_text(text: &str, kept_in: &Path) -> Result<Loaded, VaultError> {
    let damaged = || VaultError::SlotsDamaged { path: kept_in.to_owned() };
    let (slots, mac) = parse(kept_in, text.as_bytes())?.ok_or_else(damaged)?;
    Ok(Loaded { slots, mac, needs_repair: false })
}

/// Changes the slots as they are now, which another process may have changed since they were read. `change` is handed the
/// root key and gives the one that the slots hold afterwards.
pub(super) fn change<T>(
    dir: &Path,
    roots: &Roots,
    change: impl FnOnce(&mut Keyslots) -> Result<(T, Secret<32>), VaultError>,
) -> Result<T, VaultError> {
    let _lock = lock(dir)?;
    let loaded = load(dir)?;
    loaded.verify(dir, &roots.current)?;
    let mut slots = loaded.slots.clone();
    let (answer, root) = change(&mut slots)?;
    slots.generation += 1;
    if let Err(failed) = save(dir, &slots, &root) {
        // One copy may be new, and whoever asked is told that nothing was changed.
        if let Err(error) = save(dir, &loaded.slots, &roots.current) {
            tracing::error!(%error, "the keyslots may be half changed; both ways they open at the next start");
        }
        return Err(failed);
    }
    Ok(answer)
}

/// Writes the copy that is missing, damaged or old.
pub(super) fn repair(dir: &Path, root: &Secret<32>) -> Result<(), VaultError> {
    let _lock = lock(dir)?;
    let loaded = load(dir)?;
    loaded.verify(dir, root)?;
    save(dir, &loaded.slots, root)
}

/// One at a time, of all processes. The folder itself is what is locked: the files are replaced.
fn lock(dir: &Path) -> Result<File, VaultError> {
    let folder = File::open(dir).map_err(VaultError::io(dir))?;
    flock(&folder, FlockOperation::LockExclusive).map_err(|e| VaultError::io(dir)(e.into()))?;
    Ok(folder)
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
        let slots: Keyslots = serde_json::from_value(stored.slots).ok()?;
        let mac = STANDARD.decode(&stored.mac).ok()?;
        let hash = plain_hash(&slots, &stored.mac);
        (slots.version() == stored.version && hash == stored.sha256).then_some((slots, mac))
    };
    Ok(whole())
}
