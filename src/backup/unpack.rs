//! A backup's content on its way to a disk: into a folder that is no data folder yet, compared with its manifest.

use super::error::{BackupError, Result};
use super::header::{Closed, Inside, Opener};
use super::inside::{Began, Bytes, Kind, Manifest, Walk};
use super::place::{Progress, Report};
use crate::attachments::{path_of, shelves};
use crate::db::{self, Thawing};
use crate::recording;
use crate::vault::{Sealer, Vault};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub const STORE: &str = "parlor.db";
pub const ATTACHMENTS: &str = "attachments";

/// Is told how many bytes came.
type Told<'a> = &'a mut dyn FnMut(usize) -> Result<()>;

/// An opened backup: whoever holds it has the keys of its store.
pub struct Opened<'a> {
    walk: Walk<'a, Inside>,
    pub vault: Vault,
    pub manifest: Manifest,
    path: &'a Path,
}

impl<'a> Opened<'a> {
    pub fn open(closed: &'a Closed, opener: Opener) -> Result<Opened<'a>> {
        let path = closed.path.as_path();
        let (key, vault) = closed.key(opener)?;
        let mut walk = Walk::new(closed.inside(&key)?, path)?;
        let manifest = walk.manifest()?;
        let (known, found) = (db::known_schema(), manifest.schema);
        if found > known {
            let (path, version) = (path.to_owned(), manifest.version);
            return Err(BackupError::SchemaTooNew { path, found, known, version });
        }
        let vault = match vault {
            Some(vault) => vault,
            None => {
                let root = walk.root()?.ok_or_else(|| BackupError::damaged(path, "the store's key is not in it"))?;
                Vault::from_root(&closed.header.keyslots, path, &root)?
            }
        };
        Ok(Opened { walk, vault, manifest, path })
    }

    /// Writes the store and the files into `folder` and looks at what came of it. The caller syncs. `keep_files`: otherwise
    /// each is looked at and removed.
    pub fn unpack(&mut self, folder: &Path, keep_files: bool, report: Report<'_>) -> Result<()> {
        let (of, mut done) = (self.walk.bytes(), 0);
        let (mut attachments, mut attachments_bytes) = (0, 0);
        let vault = &self.vault;
        let (mut recordings, mut recordings_bytes) = (0, 0);
        let (sealer, of_recordings) = (vault.sealer("attachments"), vault.sealer(recording::FOLDER));
        let mut part = |began: &Began, bytes: &mut Bytes<'_, 'a, Inside>| {
            let mut told = |n: usize| {
                done += n as u64;
                report(Progress { done, of }).map_err(BackupError::Stopped)
            };
            match began.kind {
                Kind::Store => thaw(vault, &folder.join(STORE), bytes, &mut told),
                Kind::Attachment => {
                    attachments += 1;
                    attachments_bytes += began.length;
                    let path = file_path(folder, ATTACHMENTS, &began.name)?;
                    copy(&path, bytes, &mut told)?;
                    check_file(&sealer, &path, &began.name)?;
                    let_go(&path, keep_files)
                }
                Kind::Recording => {
                    recordings += 1;
                    recordings_bytes += began.length;
                    let path = file_path(folder, recording::FOLDER, &began.name)?;
                    copy(&path, bytes, &mut told)?;
                    recording::check_file(&of_recordings, &path, &began.name).map_err(BackupError::sealed(&path))?;
                    let_go(&path, keep_files)
                }
                Kind::Root | Kind::Manifest => Ok(()),
            }
        };
        while self.walk.next(&mut part)? {}
        self.walk.compare(&self.manifest)?;
        let manifest = &self.manifest;
        for (what, found, promised) in [
            ("files", (attachments, attachments_bytes), (manifest.attachments, manifest.attachments_bytes)),
            ("recordings", (recordings, recordings_bytes), (manifest.recordings, manifest.recordings_bytes)),
        ] {
            if found != promised {
                let what = format!("{} {what} of {} bytes, not {} of {}", found.0, found.1, promised.0, promised.1);
                return Err(BackupError::damaged(self.path, what));
            }
        }
        self.examine(&folder.join(STORE))
    }

    /// The store as it lies on the new disk: every page opened, indexes and tables agree, rows are as many as they were.
    fn examine(&self, path: &Path) -> Result<()> {
        let examined = db::examine(path, &self.vault.page_key("main"))?;
        if let Some(fault) = examined.faults.first() {
            return Err(BackupError::damaged(self.path, format!("its store: {fault}")));
        }
        if super::inside::hex(&examined.sha256) != self.manifest.store_sha256 {
            return Err(BackupError::damaged(path, "what is read back from this disk is not what was written to it"));
        }
        if examined.rows != self.manifest.rows {
            let differs = |(table, n): &(String, i64)| {
                let found = examined.rows.iter().find(|(name, _)| name == table).map(|(_, n)| *n);
                (found != Some(*n)).then(|| format!("{table} has {} rows instead of {n}", found.unwrap_or(0)))
            };
            let what: Vec<String> = self.manifest.rows.iter().filter_map(differs).collect();
            return Err(BackupError::damaged(self.path, what.join(", ")));
        }
        Ok(())
    }
}

fn thaw(vault: &Vault, path: &Path, bytes: &mut Bytes<'_, '_, Inside>, told: Told<'_>) -> Result<()> {
    let mut thawing = Thawing::create(path, &vault.page_key("main")).map_err(BackupError::io(path))?;
    bytes.each(|some| {
        told(some.len())?;
        thawing.write(some).map_err(BackupError::io(path))
    })?;
    thawing.finish().map_err(BackupError::io(path))
}

fn copy(path: &Path, bytes: &mut Bytes<'_, '_, Inside>, told: Told<'_>) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(BackupError::io(path))?;
    bytes.each(|some| {
        told(some.len())?;
        file.write_all(some).map_err(BackupError::io(path))
    })
}

/// That a sealed file opens from its beginning to its end.
pub fn check_file(sealer: &Sealer, path: &Path, name: &str) -> Result<()> {
    let mut reader = sealer.open_file(path, name).map_err(BackupError::sealed(path))?;
    let (mut at, mut buffer) = (0, vec![0; 64 << 10]);
    while at < reader.len() {
        at += reader.read_at(at, &mut buffer).map_err(BackupError::sealed(path))? as u64;
    }
    Ok(())
}

fn let_go(path: &Path, keep: bool) -> Result<()> {
    if keep { Ok(()) } else { fs::remove_file(path).map_err(BackupError::io(path)) }
}

/// Nothing but the names that this program gives.
fn file_path(folder: &Path, of: &str, name: &str) -> Result<PathBuf> {
    let ours = name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match ours {
        true => Ok(path_of(&folder.join(of), name)),
        false => Err(BackupError::damaged(folder, format!("the name {name:?}"))),
    }
}

/// An empty folder with a place for everything.
pub fn make_folder(folder: &Path) -> Result<()> {
    let make = |path: &Path| DirBuilder::new().mode(0o700).create(path).map_err(BackupError::io(path));
    make(folder)?;
    for of in [ATTACHMENTS, recording::FOLDER] {
        let of = folder.join(of);
        make(&of)?;
        shelves(&of).try_for_each(|shelf| make(&shelf))?;
    }
    Ok(())
}

/// Everything on the disk that `folder` is on.
pub fn sync_disk(folder: &Path) -> Result<()> {
    let opened = File::open(folder).map_err(BackupError::io(folder))?;
    rustix::fs::syncfs(&opened).map_err(|e| BackupError::io(folder)(e.into()))
}
