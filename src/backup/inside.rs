//! The sealed inside of a backup: parts one after the other, and at the end a manifest of what they are.
//!
//! ```text
//! part  kind 1 | length of the name 2 | name | length 8 | bytes | SHA-256 of the bytes 32
//! end   where the manifest begins 8
//! ```
//!
//! The seal vouches for every byte already. The hashes are for people and for what is restored: they say that the bytes
//! on the new disk are the ones that were read from the old one.

use super::error::{BackupError, Result};
use crate::kernel::Error;
use crate::vault::{SealedError, SealedReader};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// At once in memory.
const PORTION: usize = 256 << 10;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// The root key, for whoever opens with a private key.
    Root = 1,
    Store = 2,
    Attachment = 3,
    Manifest = 4,
    Recording = 5,
}

impl Kind {
    fn of(byte: u8) -> Option<Kind> {
        [Kind::Root, Kind::Store, Kind::Attachment, Kind::Manifest, Kind::Recording]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// What a backup says it holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub id: String,
    pub made_at: i64,
    pub version: String,
    pub schema: i64,
    pub epoch: String,
    pub store_bytes: u64,
    pub store_sha256: String,
    /// Every table and how many rows it has.
    pub rows: Vec<(String, i64)>,
    pub with_attachments: bool,
    pub attachments: u64,
    pub attachments_bytes: u64,
    /// Where there are attachments there are recordings.
    #[serde(default)]
    pub recordings: u64,
    #[serde(default)]
    pub recordings_bytes: u64,
    /// Named by the store, but not on the disk when the backup was made.
    pub missing: Vec<String>,
    /// Parts before this one, and a hash of all their hashes.
    pub parts: u64,
    pub parts_sha256: String,
}

impl Manifest {
    /// Of everything that comes back.
    pub fn bytes(&self) -> u64 {
        self.store_bytes + self.attachments_bytes + self.recordings_bytes
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes parts.
pub struct Parts<'p, W> {
    out: W,
    /// For the messages.
    path: &'p Path,
    at: u64,
    count: u64,
    chain: Sha256,
}

impl<'p, W: Write> Parts<'p, W> {
    pub fn new(out: W, path: &'p Path) -> Self {
        Parts { out, path, at: 0, count: 0, chain: Sha256::new() }
    }

    /// A part of `length` bytes, which `fill` puts in. Gives its hash.
    pub fn part(
        &mut self,
        kind: Kind,
        name: &str,
        length: u64,
        fill: impl FnOnce(&mut Part<'_, W>) -> Result<()>,
    ) -> Result<String> {
        let name_length = (name.len() as u16).to_be_bytes();
        let begin = [&[kind as u8][..], &name_length, name.as_bytes(), &length.to_be_bytes()].concat();
        self.out.write_all(&begin).map_err(BackupError::io(self.path))?;
        let mut part = Part { out: &mut self.out, path: self.path, hash: Sha256::new(), left: length };
        fill(&mut part)?;
        let (hash, left) = (part.hash.finalize(), part.left);
        if left > 0 {
            return Err(BackupError::Missing(format!("{name} is {left} bytes shorter than it was")));
        }
        self.out.write_all(&hash).map_err(BackupError::io(self.path))?;
        self.at += begin.len() as u64 + length + hash.len() as u64;
        self.count += 1;
        self.chain.update(hash);
        Ok(hex(&hash))
    }

    /// The manifest, which is told how many parts there are and the hash of their hashes, and the end.
    pub fn end(mut self, manifest: impl FnOnce(u64, String) -> Manifest) -> Result<(W, Manifest)> {
        let manifest = manifest(self.count, hex(&self.chain.clone().finalize()));
        let (begins, text) = (self.at, serde_json::to_vec(&manifest).map_err(Error::internal)?);
        self.part(Kind::Manifest, "manifest", text.len() as u64, |part| part.put(&text))?;
        self.out.write_all(&begins.to_be_bytes()).map_err(BackupError::io(self.path))?;
        Ok((self.out, manifest))
    }
}

/// One part while it is written.
pub struct Part<'a, W> {
    out: &'a mut W,
    path: &'a Path,
    hash: Sha256,
    left: u64,
}

impl<W: Write> Part<'_, W> {
    pub fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| BackupError::Missing("a file grew while it was read".into()))?;
        self.out.write_all(bytes).map_err(BackupError::io(self.path))?;
        self.hash.update(bytes);
        Ok(())
    }
}

/// The beginning of a part.
#[derive(Debug)]
pub struct Began {
    pub kind: Kind,
    pub name: String,
    pub length: u64,
}

/// Reads parts, one after the other, and remembers what they came to.
pub struct Walk<'a, R> {
    inside: SealedReader<R>,
    path: &'a Path,
    at: u64,
    manifest_at: u64,
    count: u64,
    chain: Sha256,
    buffer: Vec<u8>,
}

impl<'a, R: Read + Seek> Walk<'a, R> {
    /// `path` is for the messages.
    pub fn new(mut inside: SealedReader<R>, path: &'a Path) -> Result<Self> {
        let end = inside.len().checked_sub(8).ok_or_else(|| BackupError::Truncated { path: path.to_owned() })?;
        let manifest_at = inside.read_range(end, 8).map_err(BackupError::sealed(path))?;
        let manifest_at = u64::from_be_bytes(manifest_at.try_into().unwrap_or_default());
        let buffer = vec![0; PORTION];
        Ok(Walk { inside, path, at: 0, manifest_at, count: 0, chain: Sha256::new(), buffer })
    }

    /// Of the whole inside.
    pub fn bytes(&self) -> u64 {
        self.inside.len()
    }

    /// What the end says; nothing else was looked at.
    pub fn manifest(&mut self) -> Result<Manifest> {
        let back = std::mem::replace(&mut self.at, self.manifest_at);
        let began = self.begin()?;
        let text = self.read(began.length)?;
        self.at = back;
        if began.kind != Kind::Manifest {
            return Err(self.damaged("its manifest is not where it says"));
        }
        serde_json::from_slice(&text).map_err(|e| self.damaged(format!("its manifest: {e}")))
    }

    /// The key of the store, which is there in a backup to a public key.
    pub fn root(&mut self) -> Result<Option<Zeroizing<[u8; 32]>>> {
        let back = std::mem::replace(&mut self.at, 0);
        let began = self.begin()?;
        let key = match began.kind {
            Kind::Root => Zeroizing::new(self.read(began.length)?).as_slice().try_into().ok().map(Zeroizing::new),
            _ => None,
        };
        self.at = back;
        Ok(key)
    }

    /// The next part but the manifest. Its bytes go to `take`; its hash is compared.
    pub fn next(&mut self, take: impl FnOnce(&Began, &mut Bytes<'_, 'a, R>) -> Result<()>) -> Result<bool> {
        if self.at >= self.manifest_at {
            return Ok(false);
        }
        let began = self.begin()?;
        let mut bytes = Bytes { left: began.length, hash: Sha256::new(), walk: self };
        take(&began, &mut bytes)?;
        bytes.each(|_| Ok(()))?;
        let hash = bytes.hash.finalize();
        if self.read(32)? != hash[..] {
            return Err(self.damaged(format!("the hash of {}", began.name)));
        }
        self.count += 1;
        self.chain.update(hash);
        Ok(true)
    }

    /// That the parts were those that the manifest means.
    pub fn compare(&self, manifest: &Manifest) -> Result<()> {
        if (self.count, hex(&self.chain.clone().finalize())) == (manifest.parts, manifest.parts_sha256.clone()) {
            return Ok(());
        }
        Err(self.damaged(format!("it has {} parts that are not the {} of its manifest", self.count, manifest.parts)))
    }

    fn begin(&mut self) -> Result<Began> {
        let begin = self.read(3)?;
        let kind =
            Kind::of(begin[0]).ok_or_else(|| self.damaged(format!("a part of the unknown kind {}", begin[0])))?;
        let name = self.read(u64::from(u16::from_be_bytes([begin[1], begin[2]])))?;
        let length = self.read(8)?;
        let length = u64::from_be_bytes(length.try_into().unwrap_or_default());
        let name = String::from_utf8(name).map_err(|_| self.damaged("a name"))?;
        Ok(Began { kind, name, length })
    }

    fn read(&mut self, length: u64) -> Result<Vec<u8>> {
        let left = self.inside.len().saturating_sub(self.at);
        let length = usize::try_from(length).ok().filter(|length| *length as u64 <= left);
        let length = length.ok_or_else(|| self.damaged("a length"))?;
        let bytes = self.inside.read_range(self.at, length).map_err(BackupError::sealed(self.path))?;
        self.at += bytes.len() as u64;
        Ok(bytes)
    }

    fn damaged(&self, what: impl Into<String>) -> BackupError {
        BackupError::damaged(self.path, what)
    }
}

/// The bytes of one part.
pub struct Bytes<'w, 'a, R> {
    walk: &'w mut Walk<'a, R>,
    left: u64,
    hash: Sha256,
}

impl<R: Read + Seek> Bytes<'_, '_, R> {
    /// Hands all of them on, a portion at a time.
    pub fn each(&mut self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        while self.left > 0 {
            let wanted = self.left.min(PORTION as u64) as usize;
            let walk = &mut *self.walk;
            let read = walk.inside.read_at(walk.at, &mut walk.buffer[..wanted]);
            let read = read.map_err(|e: SealedError| BackupError::sealed(walk.path)(e))?;
            if read == 0 {
                return Err(walk.damaged("a length"));
            }
            walk.at += read as u64;
            self.left -= read as u64;
            self.hash.update(&walk.buffer[..read]);
            take(&walk.buffer[..read])?;
        }
        Ok(())
    }
}
