//! What the machine says about this process and its disk.

use rustix::fs::statvfs;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub struct Process {
    pub memory_bytes: u64,
    /// Of its control group, or the machine's.
    pub memory_max_bytes: u64,
    pub cpu_s: f64,
    pub descriptors: u64,
    pub descriptors_max: u64,
}

#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub struct Disk {
    /// What is left for us, without what is kept for root.
    pub free_bytes: u64,
    pub total_bytes: u64,
}

impl Disk {
    pub fn of(folder: &Path) -> Option<Disk> {
        let disk = statvfs(folder).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Some(Disk { free_bytes: bytes(disk.f_bavail), total_bytes: bytes(disk.f_blocks) })
    }

    pub fn free_percent(&self) -> f64 {
        if self.total_bytes == 0 { 0.0 } else { self.free_bytes as f64 * 100.0 / self.total_bytes as f64 }
    }
}

/// What cannot be read counts as nothing.
pub fn process() -> Process {
    let cpu = clock_gettime(ClockId::ProcessCPUTime);
    let pages = fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok()).unwrap_or(0);
    Process {
        memory_bytes: pages * rustix::param::page_size() as u64,
        memory_max_bytes: memory_max().unwrap_or(0),
        cpu_s: cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
        // The folder that is read is one of them.
        descriptors: fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count().saturating_sub(1) as u64),
        descriptors_max: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
    }
}

fn memory_max() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok()?;
    let machine: u64 = machine.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse().ok()?;
    let group = group_folder().and_then(|folder| group_memory_max(&folder));
    Some(group.unwrap_or(u64::MAX).min(machine << 10))
}

/// Of the unified hierarchy; the older ones are not looked at.
fn group_folder() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Some(Path::new("/sys/fs/cgroup").join(own))
}

/// The least of the limits on the way up: a slice may hold less than its services may.
fn group_memory_max(folder: &Path) -> Option<u64> {
    let limit = |folder: &Path| fs::read_to_string(folder.join("memory.max")).ok()?.trim().parse::<u64>().ok();
    folder.ancestors().take_while(|folder| folder.starts_with("/sys/fs/cgroup")).filter_map(limit).min()
}

/// A database with what belongs to it while it is open.
pub fn database_bytes(path: &Path) -> u64 {
    let bytes = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        fs::metadata(name).map_or(0, |file| file.len())
    };
    bytes("") + bytes("-wal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_sees_itself() {
        let _held: Vec<fs::File> = (0..10).map(|_| fs::File::open("/proc/self/statm").unwrap()).collect();
        let process = process();
        assert!(process.memory_bytes > 1 << 20 && process.memory_bytes < process.memory_max_bytes, "{process:?}");
        assert!(process.descriptors >= 13 && process.descriptors <= process.descriptors_max, "{process:?}");
        assert!(process.cpu_s > 0.0);
    }

    #[test]
    fn a_disk_says_how_much_is_left() {
        let disk = Disk::of(Path::new("/")).unwrap();
        assert!(disk.total_bytes >= disk.free_bytes && disk.free_percent() <= 100.0, "{disk:?}");
        assert_eq!(Disk { free_bytes: 5, total_bytes: 50 }.free_percent(), 10.0);
        assert_eq!(Disk::default().free_percent(), 0.0);
        assert!(Disk::of(Path::new("/nowhere/at/all")).is_none());
    }
}
