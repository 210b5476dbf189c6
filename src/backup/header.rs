//! The beginning of a backup file, in the clear: what it is, and the locks on its key.
//!
//! ```text
//! PARLORBK 8 | length 4 | header, JSON | the sealed inside (vault::SealedWriter)
//! ```
//!
//! The sealed inside is bound to a hash of all that comes before it, so a header that somebody changed does not open.

use super::error::{BackupError, Result};
use crate::kernel::Millis;
use crate::vault::{BackupKey, BackupPrivateKey, KeySource, SealedReader, Vault};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"PARLORBK";
pub const FORMAT: u32 = 1;
/// A longer header is damage.
const HEADER_MAX: u32 = 1 << 20;

/// Why it was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    Asked,
    Scheduled,
    /// Before migrations. Holds the store alone: an upgrade touches no files.
    Upgrade,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// Random; part of what every lock is bound to.
    pub id: String,
    /// Milliseconds since 1970.
    pub made_at: i64,
    /// Of the program that made it.
    pub version: String,
    /// Of the store inside.
    pub schema: i64,
    pub reason: Reason,
    /// Without them it can be restored only where they still lie.
    pub with_attachments: bool,
    /// As in the data folder; sealed themselves.
    pub keyslots: String,
    /// The backup's key, locked for the vault …
    pub for_vault: String,
    /// … and for a public key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub public_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub for_public: Option<String>,
}

/// What every format says about itself, whatever else changes.
#[derive(Deserialize)]
struct Told {
    format: u32,
    version: String,
}

impl Header {
    pub fn made_at(&self) -> Millis {
        Millis(self.made_at)
    }

    /// Writes it and says what the inside is bound to.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<String> {
        let text = serde_json::to_vec(self).map_err(io::Error::other)?;
        let begin = [&MAGIC[..], &(text.len() as u32).to_be_bytes(), &text].concat();
        out.write_all(&begin)?;
        Ok(bound_to(&begin))
    }
}

fn bound_to(begin: &[u8]) -> String {
    let hash: String = Sha256::digest(begin).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("backup {hash}")
}

/// What opens a backup.
pub enum Opener {
    /// Any way into its store: the recovery key, its master key, its passphrase.
    Keyslot(KeySource),
    /// The vault that made it.
    Vault(Vault),
    Private(BackupPrivateKey),
}

/// A backup file whose beginning was read.
pub struct Closed {
    pub path: PathBuf,
    pub header: Header,
    file: File,
    bound_to: String,
    inside_at: u64,
}

impl Closed {
    pub fn open(path: &Path) -> Result<Closed> {
        let no_backup = || BackupError::NotABackup { path: path.to_owned() };
        let mut file = File::open(path).map_err(BackupError::io(path))?;
        let mut begin = vec![0; 12];
        file.read_exact(&mut begin).map_err(|_| no_backup())?;
        let length = u32::from_be_bytes([begin[8], begin[9], begin[10], begin[11]]);
        if begin[..8] != *MAGIC {
            return Err(no_backup());
        }
        if length > HEADER_MAX {
            return Err(BackupError::damaged(path, "its header is not what was written"));
        }
        begin.resize(12 + length as usize, 0);
        file.read_exact(&mut begin[12..]).map_err(|_| BackupError::Truncated { path: path.to_owned() })?;
        let unreadable = |_| BackupError::damaged(path, "its header is not what was written");
        let told: Told = serde_json::from_slice(&begin[12..]).map_err(unreadable)?;
        if told.format > FORMAT {
            return Err(BackupError::TooNew { path: path.to_owned(), version: told.version });
        }
        let header = serde_json::from_slice(&begin[12..]).map_err(unreadable)?;
        let inside_at = begin.len() as u64;
        Ok(Closed { path: path.to_owned(), header, file, bound_to: bound_to(&begin), inside_at })
    }

    /// The vault it is of, if one of its keyslots opens. `None`: a private key knows nothing of vaults.
    pub(super) fn key(&self, opener: Opener) -> Result<(BackupKey, Option<Vault>)> {
        let vault = match opener {
            Opener::Private(private) => {
                let locked = self.header.for_public.as_deref();
                let locked = locked.ok_or_else(|| BackupError::NoPublicKey { path: self.path.clone() })?;
                return Ok((private.unlock(locked, &self.header.id)?, None));
            }
            Opener::Keyslot(source) => Vault::open_kept(&self.header.keyslots, &self.path, &source)?,
            Opener::Vault(vault) => vault,
        };
        Ok((vault.unlock_backup(&self.header.for_vault, &self.header.id)?, Some(vault)))
    }

    /// The inside. That it opens at all says that its end is there and that the header is the one it was written with.
    pub(super) fn inside(&self, key: &BackupKey) -> Result<SealedReader<Inside>> {
        let file = self.file.try_clone().map_err(BackupError::io(&self.path))?;
        let inside = Inside { file, begin: self.inside_at };
        let reader = key.sealer().reader(inside, &self.bound_to);
        reader.map_err(BackupError::sealed(&self.path))
    }
}

/// A file without its beginning.
pub struct Inside {
    file: File,
    begin: u64,
}

impl Read for Inside {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.file.read(out)
    }
}

impl Seek for Inside {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(at + self.begin),
            other => other,
        };
        self.file.seek(to).map(|at| at.saturating_sub(self.begin))
    }
}
