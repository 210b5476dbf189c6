//! Where the key that opens everything comes from.

use super::error::VaultError;
use super::files;
use super::random::random;
use super::recovery::RecoveryKey;
use super::secret::Secret;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

pub const MASTER_KEY_FILE: &str = "master.key";
const CREDENTIAL: &str = "parlor-master-key";
const PASSPHRASE_MIN: usize = 12;

/// A key file and a systemd credential hold the same kind of key: the file may become the
/// credential later without a change to the data.
#[derive(Clone)]
pub enum KeySource {
    /// Made on first start if it is not there.
    File(PathBuf),
    /// Given by the service manager, which also guards it.
    Credential(PathBuf),
    Passphrase(Zeroizing<String>),
    Recovery(RecoveryKey),
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeySource::File(path) => write!(f, "File({})", path.display()),
            KeySource::Credential(path) => write!(f, "Credential({})", path.display()),
            KeySource::Passphrase(_) => f.write_str("Passphrase(..)"),
            KeySource::Recovery(_) => f.write_str("Recovery(..)"),
        }
    }
}

impl KeySource {
    /// The credential if systemd gives one, else a passphrase from the environment or the file it
    /// names, else the key file in the data folder.
    pub fn find(data_dir: &Path, env: impl Fn(&str) -> Option<OsString>) -> Result<Self, VaultError> {
        if let Some(dir) = env("CREDENTIALS_DIRECTORY") {
            let path = Path::new(&dir).join(CREDENTIAL);
            if path.exists() {
                return Ok(KeySource::Credential(path));
            }
        }
        if let Some(passphrase) = env("PARLOR_PASSPHRASE") {
            let text = Zeroizing::new(passphrase.to_string_lossy().into_owned());
            return Ok(KeySource::Passphrase(text));
        }
        if let Some(path) = env("PARLOR_PASSPHRASE_FILE") {
            return Ok(KeySource::Passphrase(read_passphrase(Path::new(&path))?));
        }
        Ok(KeySource::File(data_dir.join(MASTER_KEY_FILE)))
    }

    /// What a slot is called whose maker said nothing.
    pub(super) fn label(&self) -> &'static str {
        match self {
            KeySource::File(_) => "key file",
            KeySource::Credential(_) => "systemd credential",
            KeySource::Passphrase(_) => "passphrase",
            KeySource::Recovery(_) => "recovery key",
        }
    }

    /// The secret, made now if it is a key file that is not there yet.
    pub(super) fn secret_for_creation(&self) -> Result<SlotSecret, VaultError> {
        match self {
            KeySource::File(path) if !path.exists() => create_key_file(path),
            KeySource::Passphrase(text) if text.chars().count() < PASSPHRASE_MIN => {
                Err(VaultError::WeakPassphrase { min: PASSPHRASE_MIN })
            }
            _ => self.secret(),
        }
    }

    pub(super) fn secret(&self) -> Result<SlotSecret, VaultError> {
        match self {
            KeySource::File(path) => {
                check_permissions(path)?;
                read_key(path).map(SlotSecret::Key)
            }
            // systemd guards it with an access list, which shows as group bits in the mode.
            KeySource::Credential(path) => read_key(path).map(SlotSecret::Key),
            KeySource::Passphrase(text) => Ok(SlotSecret::Passphrase(text.clone())),
            KeySource::Recovery(key) => Ok(SlotSecret::Recovery(key.clone())),
        }
    }
}

/// What a keyslot is opened with.
pub(super) enum SlotSecret {
    Key(Secret<32>),
    Passphrase(Zeroizing<String>),
    Recovery(RecoveryKey),
}

fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, VaultError> {
    let text = Zeroizing::new(fs::read_to_string(path).map_err(VaultError::io(path))?);
    Ok(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn check_permissions(path: &Path) -> Result<(), VaultError> {
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o7777,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(VaultError::KeyMissing { path: path.to_owned() });
        }
        Err(e) => return Err(VaultError::io(path)(e)),
    };
    if mode & 0o077 != 0 {
        return Err(VaultError::KeyFilePermissions { path: path.to_owned(), mode });
    }
    Ok(())
}

fn read_key(path: &Path) -> Result<Secret<32>, VaultError> {
    let text = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return Err(VaultError::KeyMissing { path: path.to_owned() });
        }
        Err(e) => return Err(VaultError::io(path)(e)),
    };
    parse_hex(text.trim_ascii()).ok_or_else(|| VaultError::KeyFileInvalid { path: path.to_owned() })
}

fn parse_hex(text: &[u8]) -> Option<Secret<32>> {
    if text.len() != 64 {
        return None;
    }
    let mut key = Zeroizing::new([0; 32]);
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |c: u8| char::from(c).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(Secret::new(*key))
}

pub(super) fn create_key_file(path: &Path) -> Result<SlotSecret, VaultError> {
    let key = Zeroizing::new(random::<32>());
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key.iter() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(b"0123456789abcdef"[usize::from(nibble)]));
        }
    }
    text.push('\n');
    files::write_atomically(path, text.as_bytes(), 0o400)?;
    Ok(SlotSecret::Key(Secret::new(*key)))
}
