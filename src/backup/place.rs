//! Where a backup file comes to lie: written beside its name, at a pace, and named when it is whole and on the disk.

use super::error::{BackupError, Result};
use crate::kernel::{self, Stopwatch};
use rustix::fs::{FlockOperation, flock, statvfs};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PARTIAL: &str = ".partial";
/// So much goes to the disk at once: the store's own syncs wait behind it.
const SYNC_BYTES: u64 = 4 << 20;
/// How far it is, is told so often.
const TELL_BYTES: u64 = 256 << 10;

/// How far a piece of work is, of how much.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    pub done: u64,
    pub of: u64,
}

/// Is told how far the work is; an error means: stop.
pub type Report<'a> = &'a mut dyn FnMut(Progress) -> kernel::Result<()>;

/// How fast bytes may go.
pub struct Pace {
    bytes_per_second: u64,
    begun: Stopwatch,
    bytes: u64,
}

impl Pace {
    pub fn new(bytes_per_second: u64) -> Pace {
        Pace { bytes_per_second: bytes_per_second.max(1), begun: Stopwatch::start(), bytes: 0 }
    }

    /// Waits until so many more may go.
    fn wait(&mut self, bytes: u64) {
        self.bytes += bytes;
        let due = Duration::from_secs_f64(self.bytes as f64 / self.bytes_per_second as f64);
        let early = due.saturating_sub(self.begun.elapsed());
        if !early.is_zero() {
            // Nothing is ever sent here.
            let _ = crossbeam_channel::after(early).recv();
        }
    }
}

/// A backup file in the making. Dropped before its end, it leaves nothing.
pub struct Place<'a> {
    file: File,
    path: PathBuf,
    partial: PathBuf,
    pace: Pace,
    unsynced: u64,
    untold: u64,
    done: u64,
    of: u64,
    report: Report<'a>,
    /// Why it was told to stop.
    stopped: Option<kernel::Error>,
}

impl<'a> Place<'a> {
    /// `of`: how many bytes it will be, about.
    pub fn create(path: &Path, pace: Pace, of: u64, report: Report<'a>) -> Result<Place<'a>> {
        if path.exists() {
            return Err(BackupError::Refused(format!("{} is there already", path.display())));
        }
        let partial = with_ending(path, PARTIAL);
        remove_abandoned(&partial)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial);
        let file = file.map_err(BackupError::io(&partial))?;
        // Says for others that somebody is at it.
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|e| BackupError::io(&partial)(e.into()))?;
        let path = path.to_owned();
        Ok(Place { file, path, partial, pace, unsynced: 0, untold: 0, done: 0, of, report, stopped: None })
    }

    /// When this returns, the file and its name are on the disk.
    pub fn finish(self) -> io::Result<u64> {
        self.file.sync_all()?;
        fs::rename(&self.partial, &self.path)?;
        File::open(folder_of(&self.path))?.sync_all()?;
        Ok(self.done)
    }

    pub fn stopped(&mut self) -> Option<kernel::Error> {
        self.stopped.take()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for Place<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pace.wait(bytes.len() as u64);
        self.file.write_all(bytes)?;
        self.done += bytes.len() as u64;
        self.untold += bytes.len() as u64;
        self.unsynced += bytes.len() as u64;
        if self.unsynced >= SYNC_BYTES {
            self.file.sync_data()?;
            self.unsynced = 0;
        }
        if self.untold >= TELL_BYTES {
            self.untold = 0;
            let told = (self.report)(Progress { done: self.done.min(self.of), of: self.of });
            told.map_err(|error| {
                self.stopped = Some(error);
                io::Error::other("it was told to stop")
            })?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Place<'_> {
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
pub fn remove_partials(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(BackupError::io(folder))? {
        let path = entry.map_err(BackupError::io(folder))?.path();
        let ending = format!("{}{PARTIAL}", super::names::ENDING);
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

/// That a folder's disk has room for so many bytes, and a little more for others.
pub fn require_room(folder: &Path, bytes: u64) -> Result<()> {
    const SPARE: u64 = 64 << 20;
    let disk = statvfs(folder).map_err(|e| BackupError::io(folder)(e.into()))?;
    let (free, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), bytes.saturating_add(SPARE));
    match free >= needed {
        true => Ok(()),
        false => Err(BackupError::NoRoom { path: folder.to_owned(), needed: needed >> 20, free: free >> 20 }),
    }
}
