//! Where a backup comes to lie: written beside its name, and named when it is whole and on the disk.
//!
//! It is opened with the rights of whoever wants it there. The server then only writes into the open file: a stick that is
//! mounted for root alone, say, is no place where it may go itself.

use super::error::{BackupError, Result};
use super::names;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const PARTIAL: &str = ".partial";

/// A backup file in the making. Dropped before its end, it leaves nothing.
pub struct Destination {
    file: File,
    partial: PathBuf,
    path: PathBuf,
}

impl Destination {
    /// `to`: a new file, by its ending, or a folder, which is made if it is missing; there it is called `name`.
    pub fn open(to: &Path, name: &str) -> Result<Destination> {
        let is_file = to.extension().is_some_and(|ending| names::ENDING.ends_with(ending.to_string_lossy().as_ref()));
        let path = if is_file { to.to_owned() } else { to.join(name) };
        let folder = folder_of(&path);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(BackupError::io(folder))?;
        remove_partials(folder)?;
        if path.exists() {
            return Err(BackupError::Refused(format!("{} is there already", path.display())));
        }
        let partial = with_ending(&path, PARTIAL);
        remove_abandoned(&partial)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
        let file = file.map_err(BackupError::io(&partial))?;
        // Says for others that somebody is at it.
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|e| BackupError::io(&partial)(e.into()))?;
        Ok(Destination { file, partial, path })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it lies until it has its name.
    pub fn partial(&self) -> &Path {
        &self.partial
    }

    /// When this returns, the file and its name are on the disk.
    pub fn finish(self) -> Result<()> {
        let finish = || {
            self.file.sync_all()?;
            fs::rename(&self.partial, &self.path)?;
            File::open(folder_of(&self.path))?.sync_all()
        };
        finish().map_err(BackupError::io(&self.path))
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        // After the rename there is nothing left under this name, which is fine.
        let _ = fs::remove_file(&self.partial);
    }
}

pub fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What backups that were killed have left in a folder.
fn remove_partials(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(BackupError::io(folder))? {
        let path = entry.map_err(BackupError::io(folder))?.path();
        let ending = format!("{}{PARTIAL}", names::ENDING);
        if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&ending)) {
            remove_abandoned(&path)?;
        }
    }
    Ok(())
}

fn remove_abandoned(partial: &Path) -> Result<()> {
    match File::open(partial) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BackupError::io(partial)(error)),
        Ok(file) if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() => Err(BackupError::Busy),
        Ok(_) => fs::remove_file(partial).map_err(BackupError::io(partial)),
    }
}
