//! How much memory a process may have: what the machine has, or less if a control group says so.

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
