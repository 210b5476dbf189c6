//! How much memory a process may have, what the machine has or less if a control group says so, and what it may do with
//! that at once.

use std::fs;
use std::path::{Path, PathBuf};

/// Where control groups are.
const GROUPS: &str = "/sys/fs/cgroup";

/// In bytes; of this process if no other is named. `None` where the system does not say.
pub fn allowed(pid: Option<u32>) -> Option<u64> {
    let pid = pid.map_or_else(|| "self".to_owned(), |pid| pid.to_string());
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    let limited = limits(Path::new(GROUPS), &groups);
    limited.into_iter().chain(machine()).min()
}

/// What one process takes at once, so that all of it together stays below what it may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Means {
    /// For all pictures that are drawn at the same time.
    pub picture_bytes: u64,
    pub password_hashes_max: usize,
    /// Of the store's writer.
    pub cache_kib: u32,
}

/// People, their sockets, the store's other caches, the program itself. An eighth more stays free.
const BASE_BYTES: u64 = 40 << 20;
/// One password that is hashed.
const HASH_BYTES: u64 = 20 << 20;
/// The largest picture that the default limits allow takes that.
const PICTURE_BYTES_MAX: u64 = 512 << 20;
/// An icon can be drawn, whatever the machine.
const PICTURE_BYTES_MIN: u64 = 4 << 20;
const CACHE_KIB: (u64, u64) = (2 << 10, 32 << 10);

impl Means {
    pub fn of(bytes: u64) -> Means {
        let password_hashes_max = ((bytes / 8 / HASH_BYTES) as usize).max(1);
        let hashing = HASH_BYTES * password_hashes_max.min(2) as u64;
        let left = (bytes - bytes / 8).saturating_sub(BASE_BYTES + hashing);
        Means {
            picture_bytes: left.clamp(PICTURE_BYTES_MIN, PICTURE_BYTES_MAX),
            password_hashes_max,
            cache_kib: (bytes / 16 / 1024).clamp(CACHE_KIB.0, CACHE_KIB.1) as u32,
        }
    }
}

fn machine() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let kib: u64 =
        text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}

/// Every limit on the way from the process's group to the root: the smallest one holds.
fn limits(root: &Path, groups: &str) -> Vec<u64> {
    let mut found = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let (base, file): (PathBuf, &str) = match controllers {
            "" => (root.to_owned(), "memory.max"),
            some if some.split(',').any(|name| name == "memory") => (root.join("memory"), "memory.limit_in_bytes"),
            _ => continue,
        };
        let place = base.join(group.trim_start_matches('/'));
        let levels = place.ancestors().take_while(|level| level.starts_with(&base));
        // "max" is no number.
        found.extend(levels.filter_map(|level| fs::read_to_string(level.join(file)).ok()?.trim().parse::<u64>().ok()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_machine_does_less_at_once_and_a_large_one_what_it_always_did() {
        let small = Means::of(128 << 20);
        assert_eq!(small, Means { picture_bytes: 52 << 20, password_hashes_max: 1, cache_kib: 8 << 10 });
        let large = Means::of(8 << 30);
        assert_eq!(large, Means { picture_bytes: 512 << 20, password_hashes_max: 51, cache_kib: 32 << 10 });
        assert_eq!(Means::of(16 << 20).picture_bytes, PICTURE_BYTES_MIN);
    }

    #[test]
    fn the_smallest_limit_on_the_way_to_the_root_holds() {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("system.slice/parlor.service");
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join("memory.max"), "max\n").unwrap();
        fs::write(root.path().join("system.slice/memory.max"), "134217728\n").unwrap();
        let old = root.path().join("memory/a");
        fs::create_dir_all(&old).unwrap();
        fs::write(old.join("memory.limit_in_bytes"), "500\n").unwrap();
        let found = |groups| limits(root.path(), groups);
        assert_eq!(found("0::/system.slice/parlor.service\n"), [128 << 20]);
        assert_eq!(found("5:cpu,memory:/a\n4:pids:/b\n"), [500]);
        assert!(found("0::/../elsewhere\n").is_empty());
        assert!(allowed(None).is_some_and(|bytes| bytes > 16 << 20), "this machine has some");
    }
}
