//! The folder of sealed files.

use super::audit::Sight;
use super::pictures::Room;
use crate::jobs::Turns;
use crate::kernel::{Error, Result};
use crate::vault::{SealedError, SealedFile, SealedReader, Sealer, random};
use parking_lot::{Mutex, MutexGuard};
use rustix::fs::statvfs;
use std::collections::HashSet;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// For those who draw none.
const PICTURE_BYTES: u64 = 64 << 20;

/// Bytes of a file that is only looked at.
const LOOKED_AT_ONCE: usize = 256 << 10;

/// Pictures drawn at once …
const DRAWING_MAX: usize = 2;
/// … and waiting for that; a further one is told "busy".
const WAITING_MAX: usize = 16;

/// The store must go on writing when files have filled the disk: so many bytes …
const FREE_BYTES_MIN: u64 = 512 << 20;
/// … and one part in so many of the file system are not for files.
const FREE_PART_MIN: u64 = 50;

/// Cheap to clone.
#[derive(Clone)]
pub struct Files(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    sealer: Sealer,
    drawing: Turns,
    /// Files that have no row yet.
    in_hand: Mutex<HashSet<String>>,
    room: Room,
    /// How many need every file to stay. Locked while one goes.
    keeping: Mutex<usize>,
}

/// As long as this lives every file stays, whatever becomes of its row.
pub struct Kept(Files);

impl Drop for Kept {
    fn drop(&mut self) {
        *self.0.0.keeping.lock() -= 1;
    }
}

impl Files {
    /// Makes what is missing of `folder`: a few hundred shelves, so that no directory grows too long and an upload never has
    /// to make one.
    pub fn open(folder: PathBuf, sealer: Sealer) -> io::Result<Files> {
        Files::with_room(folder, sealer, PICTURE_BYTES)
    }

    /// Likewise; pictures take so much memory at once, all together.
    pub fn with_room(folder: PathBuf, sealer: Sealer, picture_bytes: u64) -> io::Result<Files> {
        for shelf in shelves(&folder) {
            DirBuilder::new().recursive(true).mode(0o700).create(shelf)?;
        }
        File::open(&folder)?.sync_all()?;
        let drawing = Turns::new(DRAWING_MAX, WAITING_MAX);
        let (in_hand, room, keeping) = (Mutex::default(), Room::new(picture_bytes), Mutex::default());
        Ok(Files(Arc::new(Inner { folder, sealer, drawing, in_hand, room, keeping })))
    }

    /// That the disk has room for more than what the store itself needs.
    pub(super) fn require_room(&self) -> Result<()> {
        require_room(&self.0.folder)
    }

    /// A new file under a random name. It is there once it is finished, and then it is on the disk.
    pub(super) fn create(&self) -> Result<(InHand, SealedFile)> {
        let file = format!("{:032x}", u128::from_be_bytes(random()));
        self.0.in_hand.lock().insert(file.clone());
        let in_hand = InHand { file, files: self.clone() };
        let file = in_hand.file();
        let sealed = self.0.sealer.create_file(&self.path(file), file).map_err(|e| failure(file, &e))?;
        Ok((in_hand, sealed))
    }

    /// Whether somebody is about to write a row for it.
    pub(super) fn is_in_hand(&self, file: &str) -> bool {
        self.0.in_hand.lock().contains(file)
    }

    pub(super) fn read(&self, file: &str) -> Result<SealedReader<File>> {
        self.0.sealer.open_file(&self.path(file), file).map_err(|e| failure(file, &e))
    }

    /// For a backup: what its moment of the store names must be there when it comes to it.
    pub fn keep_all(&self) -> Kept {
        *self.0.keeping.lock() += 1;
        Kept(self.clone())
    }

    /// Whether files may go just now. What stays although nothing names it any more goes with the orphans.
    pub fn may_go(&self) -> Option<MutexGuard<'_, usize>> {
        Some(self.0.keeping.lock()).filter(|keeping| **keeping == 0)
    }

    /// Whether it is there, and what was written: as far as its head tells, or to its end.
    pub(super) fn look(&self, file: &str, whole: bool) -> Sight {
        let mut reader = match self.0.sealer.open_file(&self.path(file), file) {
            Ok(reader) => reader,
            Err(SealedError::Io(error)) if error.kind() == io::ErrorKind::NotFound => return Sight::Missing,
            Err(_) => return Sight::Damaged,
        };
        let mut portion = vec![0; if whole { LOOKED_AT_ONCE } else { 0 }];
        let mut at = 0;
        while whole && at < reader.len() {
            match reader.read_at(at, &mut portion) {
                Ok(read) if read > 0 => at += read as u64,
                _ => return Sight::Damaged,
            }
        }
        Sight::Whole
    }

    pub(super) fn remove(&self, file: &str) -> io::Result<()> {
        let Some(_going) = self.may_go() else { return Ok(()) };
        match std::fs::remove_file(self.path(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        path_of(&self.0.folder, file)
    }

    pub(super) fn shelves(&self) -> impl Iterator<Item = PathBuf> + use<> {
        shelves(&self.0.folder)
    }

    /// Runs work on a picture off the async workers, a few at a time. `work` is handed the room that all of them have.
    pub(super) async fn draw<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Room) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let files = self.clone();
        self.0.drawing.run(move || work(&files.0.room)).await?
    }
}

/// That the disk of this folder has room for more than what the store itself needs.
pub fn require_room(folder: &Path) -> Result<()> {
    let disk = statvfs(folder).map_err(|e| Error::unavailable(format!("the disk of {}: {e}", folder.display())))?;
    match has_room(disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize)) {
        true => Ok(()),
        false => Err(Error::unavailable("the disk is nearly full: files wait until there is room")),
    }
}

/// A few hundred, so that no directory grows too long.
pub fn shelves(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let folder = folder.to_owned();
    (0..=u8::MAX).map(move |shelf| folder.join(format!("{shelf:02x}")))
}

/// A file on its way to its row. As long as this lives the purge leaves the file alone: by its age alone a clock that was set
/// forward would make an orphan of it.
pub struct InHand {
    file: String,
    files: Files,
}

impl InHand {
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.files.0.in_hand.lock().remove(&self.file);
    }
}

/// Where a file lies in the folder.
pub fn path_of(folder: &Path, file: &str) -> PathBuf {
    folder.join(&file[..2]).join(file)
}

fn has_room(free: u64, total: u64) -> bool {
    free >= FREE_BYTES_MIN && free >= total / FREE_PART_MIN
}

/// Runs what waits for the disk or computes off the async workers.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Error::internal("the work panicked")))
}

/// The operator reads which file; the caller only that it did not work.
pub(super) fn failure(file: &str, error: &SealedError) -> Error {
    match error {
        SealedError::Io(e) => disk(file, e),
        damaged => Error::internal(format!("attachment {file}: {damaged}")),
    }
}

/// A full disk passes; a missing file does not.
pub(super) fn disk(file: &str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => Error::internal(format!("attachment {file} is missing")),
        _ => Error::unavailable(format!("attachment {file}: {error}")),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::vault::{KeySource, Vault};

    pub fn files() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("master.key"));
        let (vault, _) = Vault::create(folder.path(), &source, crate::kernel::Millis(1)).unwrap();
        let files = Files::open(folder.path().join("attachments"), vault.sealer("attachments")).unwrap();
        (folder, files)
    }

    #[test]
    fn a_nearly_full_disk_takes_no_more_files() {
        let gib = 1 << 30;
        for (free, total, room) in [
            (gib, 10 * gib, true),
            (FREE_BYTES_MIN, 10 * gib, true),
            (FREE_BYTES_MIN - 1, 10 * gib, false),
            (20 * gib, 1_000 * gib, true),
            (20 * gib - 1, 1_000 * gib, false),
            (0, 0, false),
        ] {
            assert_eq!(has_room(free, total), room, "{free} of {total}");
        }
        files().1.require_room().unwrap();
    }

    #[tokio::test]
    async fn too_many_pictures_at_once_are_told_to_come_back() {
        let (_folder, files) = files();
        let (release, wait) = crossbeam_channel::bounded::<()>(0);
        let mut drawings = Vec::new();
        for _ in 0..18 {
            let (files, wait) = (files.clone(), wait.clone());
            drawings.push(tokio::spawn(async move { files.draw(move |_| Ok(wait.recv().is_err())).await }));
        }
        tokio::task::yield_now().await;
        assert_eq!(files.draw(|_| Ok(())).await.unwrap_err().code, "server.busy");
        drop(release);
        for drawing in drawings {
            assert!(drawing.await.unwrap().unwrap());
        }
        files.draw(|_| Ok(())).await.unwrap();
    }
}
