//! The disk under the data: room, names, how fast it keeps what it is given, and what kind it is.

use super::super::config::Config;
use super::findings::{Findings, amount};
use crate::kernel::Stopwatch;
use rustix::fs::{StatVfsMountFlags, statfs, statvfs};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Uploads wait below this (`attachments`), one part in fifty of the disk likewise.
const UPLOADS_BYTES_MIN: u64 = 512 << 20;
const UPLOADS_PART_MIN: u64 = 50;
/// The store itself will soon fail.
const STORE_BYTES_MIN: u64 = 64 << 20;
const INODES_MIN: u64 = 10_000;
const SYNCS: usize = 20;
/// Everybody waits for a sync at each commit.
const SYNC_SLOW: Duration = Duration::from_millis(20);

pub fn examine(found: &mut Findings, config: &Config) {
    let place = existing(&config.data);
    space(found, &place);
    kind(found, &place);
    if place == config.data {
        speed(found, &place);
    }
}

/// The folder, or what is above it.
fn existing(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    whole.ancestors().find(|place| place.exists()).map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn space(found: &mut Findings, place: &Path) {
    let disk = match statvfs(place) {
        Ok(disk) => disk,
        Err(error) => return found.error("disk.space", format!("{}: {error}", place.display()), "look at the mount"),
    };
    let (free, total) = (disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_blocks.saturating_mul(disk.f_frsize));
    let said = format!("{} of {} free", amount(free), amount(total));
    if free < STORE_BYTES_MIN {
        found.error("disk.space", said, "make room: the store cannot write much longer");
    } else if free < UPLOADS_BYTES_MIN || free < total / UPLOADS_PART_MIN {
        found.warn("disk.space", said, "make room: uploads are refused until there is more");
    } else {
        found.ok("disk.space", said);
    }
    // Some file systems count none.
    if disk.f_files > 0 && disk.f_favail < INODES_MIN {
        found.warn(
            "disk.inodes",
            format!("only {} more files fit", disk.f_favail),
            "each attachment is a file: remove other files, or use a file system with more inodes",
        );
    }
    if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
        found.error("disk.writable", format!("{} is mounted read-only", place.display()), "mount it for writing");
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Trust {
    Fine,
    /// Forgets everything, or keeps it somewhere unexpected.
    Fleeting,
    /// Locks and syncs are promises of another machine or of a program.
    Remote,
}

/// By the number in `statfs`.
fn file_system(number: u32) -> Option<(&'static str, Trust)> {
    Some(match number {
        0xef53 => ("ext4", Trust::Fine),
        0x5846_5342 => ("xfs", Trust::Fine),
        0x9123_683e => ("btrfs", Trust::Fine),
        0x2fc1_2fc1 => ("zfs", Trust::Fine),
        0xf2f5_2010 => ("f2fs", Trust::Fine),
        0x0102_1994 => ("tmpfs", Trust::Fleeting),
        0x8584_58f6 => ("ramfs", Trust::Fleeting),
        0x794c_7630 => ("overlay", Trust::Fleeting),
        0x6969 => ("NFS", Trust::Remote),
        0x517b | 0xfe53_4d42 | 0xff53_4d42 => ("SMB", Trust::Remote),
        0x0102_1997 => ("9p", Trust::Remote),
        0x6573_5546 => ("FUSE", Trust::Remote),
        0x00c3_6400 => ("Ceph", Trust::Remote),
        _ => return None,
    })
}

fn kind(found: &mut Findings, place: &Path) {
    let Ok(stat) = statfs(place) else { return };
    match file_system(stat.f_type as u32) {
        Some((name, Trust::Fine)) => found.ok("disk.kind", name),
        Some((name, Trust::Fleeting)) => found.warn(
            "disk.kind",
            format!("{} is on {name}: it may be gone at the next start of the machine or container", place.display()),
            "put the data on a disk or a volume that stays",
        ),
        Some((name, Trust::Remote)) => found.warn(
            "disk.kind",
            format!(
                "{} is on {name}: the store needs locks, shared memory and syncs that it may not keep",
                place.display()
            ),
            "put the data on a local disk",
        ),
        None => found.note("disk.kind", format!("a file system of number {:#x}", stat.f_type), ""),
    }
}

fn speed(found: &mut Findings, place: &Path) {
    match sync_time(place) {
        Ok(median) if median > SYNC_SLOW => found.warn(
            "disk.sync",
            format!("the disk takes {:.1} ms to keep a small write: every message waits for that", ms(median)),
            "a disk with power-loss protection, or one that nobody else keeps busy",
        ),
        Ok(median) => found.ok("disk.sync", format!("the disk keeps a small write in {:.2} ms", ms(median))),
        Err(error) => found.error(
            "disk.writable",
            format!("nothing can be written in {}: {error}", place.display()),
            "run as the user that serves; otherwise look at owner, mode and mount",
        ),
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn sync_time(place: &Path) -> io::Result<Duration> {
    let path = place.join(format!("doctor-{}.tmp", std::process::id()));
    let mut file = File::options().create_new(true).write(true).open(&path)?;
    let mut measure = || {
        let mut times = Vec::with_capacity(SYNCS);
        for _ in 0..SYNCS {
            let watch = Stopwatch::start();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            times.push(watch.elapsed());
        }
        times.sort_unstable();
        Ok(times[SYNCS / 2])
    };
    let measured = measure();
    fs::remove_file(&path)?;
    measured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_that_forget_or_only_promise_are_told_apart() {
        for (number, trust) in [(0xef53, Trust::Fine), (0x0102_1994, Trust::Fleeting), (0x6969, Trust::Remote)] {
            assert_eq!(file_system(number).unwrap().1, trust);
        }
        assert!(file_system(1).is_none());
    }
}
