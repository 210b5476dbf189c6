//! The bytes of a backup on their way to the disk: at a pace, sent on without anybody's waiting, and only where there is room.

use super::error::{BackupError, Result};
use crate::kernel::{self, Stopwatch};
use rustix::fs::{Advice, fadvise, fstatfs, statfs};
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::Path;
use std::time::Duration;

/// So much is sent on to the disk at once: the store's own syncs wait behind it.
const SEND_BYTES: u64 = 512 << 10;
/// What is so far back is on the disk by now and need not stay in memory.
const BEHIND_BYTES: u64 = 8 << 20;
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

/// An open file that a backup goes into; or nowhere, for who only wants to know what would.
pub struct Place<'a> {
    file: Option<&'a File>,
    pace: Pace,
    unsent: u64,
    untold: u64,
    done: u64,
    of: u64,
    report: Report<'a>,
    /// Why it was told to stop.
    stopped: Option<kernel::Error>,
}

impl<'a> Place<'a> {
    /// `of`: how many bytes it will be, about.
    pub fn new(file: Option<&'a File>, pace: Pace, of: u64, report: Report<'a>) -> Place<'a> {
        Place { file, pace, unsent: 0, untold: 0, done: 0, of, report, stopped: None }
    }

    /// When this returns, the bytes are on the disk. So many they were.
    pub fn finish(self) -> io::Result<u64> {
        if let Some(file) = self.file {
            file.sync_all()?;
        }
        Ok(self.done)
    }

    pub fn stopped(&mut self) -> Option<kernel::Error> {
        self.stopped.take()
    }

    /// Without waiting, and without a sync: each of those would end a transaction of the file system, for which the store's
    /// log would wait. To give pages up begins their way to the disk, and those that are there leave memory.
    fn send_on(&self, file: &File) -> io::Result<()> {
        let from = self.done.saturating_sub(BEHIND_BYTES);
        fadvise(file, from, NonZeroU64::new(self.done - from), Advice::DontNeed)?;
        Ok(())
    }
}

impl Write for Place<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pace.wait(bytes.len() as u64);
        self.done += bytes.len() as u64;
        self.untold += bytes.len() as u64;
        self.unsent += bytes.len() as u64;
        if let Some(mut file) = self.file {
            file.write_all(bytes)?;
            if self.unsent >= SEND_BYTES {
                self.unsent = 0;
                self.send_on(file)?;
            }
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

/// More than that no file of FAT can be.
const FAT_FILE_MAX: u64 = u32::MAX as u64;
const FAT: i64 = 0x4d44;

/// That an open file's disk has room for so many bytes.
pub fn require_room_for(file: &File, path: &Path, bytes: u64) -> Result<()> {
    let disk = fstatfs(file).map_err(|e| BackupError::io(path)(e.into()))?;
    if disk.f_type as i64 == FAT && bytes > FAT_FILE_MAX {
        let text = format!(
            "{} lies on a FAT file system, where no file is longer than 4 GiB, and about {} MB are needed: take one with \
             exFAT or ext4",
            path.display(),
            bytes >> 20
        );
        return Err(BackupError::Refused(text));
    }
    has_room(path, disk.f_bavail.saturating_mul(disk.f_frsize as u64), bytes)
}

/// That a folder's disk has room for so many bytes.
pub fn require_room(folder: &Path, bytes: u64) -> Result<()> {
    let disk = statfs(folder).map_err(|e| BackupError::io(folder)(e.into()))?;
    has_room(folder, disk.f_bavail.saturating_mul(disk.f_frsize as u64), bytes)
}

/// And a little more for others.
fn has_room(path: &Path, free: u64, bytes: u64) -> Result<()> {
    const SPARE: u64 = 64 << 20;
    let needed = bytes.saturating_add(SPARE);
    match free >= needed {
        true => Ok(()),
        false => Err(BackupError::NoRoom { path: path.to_owned(), needed: needed >> 20, free: free >> 20 }),
    }
}
