//! A bound on a process's memory, by the kernel.

use std::fs;
use std::path::{Path, PathBuf};

pub struct Cage {
    folder: PathBuf,
    is_v2: bool,
}

impl Cage {
    /// `None` where control groups cannot be made.
    pub fn around(pid: u32, bytes: u64) -> Option<Cage> {
        let cage = Cage::empty(&pid.to_string(), bytes)?;
        fs::write(cage.folder.join("cgroup.procs"), pid.to_string()).ok()?;
        Some(cage)
    }

    /// What a program is started by that is in it from its beginning.
    pub fn entrance(&self) -> Vec<String> {
        let enter = format!("echo $$ > {}/cgroup.procs && exec \"$@\"", self.folder.display());
        ["sh", "-c", &enter, "sh"].map(str::to_owned).to_vec()
    }

    /// The most memory it had, with what the kernel may take back.
    pub fn peak_mib(&self) -> u64 {
        let file = if self.is_v2 { "memory.peak" } else { "memory.max_usage_in_bytes" };
        fs::read_to_string(self.folder.join(file)).ok().and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(0)
            >> 20
    }

    pub fn empty(name: &str, bytes: u64) -> Option<Cage> {
        let name = format!("parlor-torture-{name}");
        let root = Path::new("/sys/fs/cgroup");
        let is_v2 = fs::read_to_string(root.join("cgroup.controllers")).is_ok_and(|all| all.contains("memory"));
        let folder = if is_v2 { root.join(name) } else { root.join("memory").join(name) };
        fs::create_dir(&folder).ok()?;
        let cage = Cage { folder, is_v2 };
        let limit = if is_v2 { "memory.max" } else { "memory.limit_in_bytes" };
        fs::write(cage.folder.join(limit), bytes.to_string()).ok()?;
        Some(cage)
    }

    /// Processes that the kernel ended because it did not suffice.
    pub fn kills(&self) -> u64 {
        let file = if self.is_v2 { "memory.events" } else { "memory.oom_control" };
        let text = fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        // Possible only when its process has ended.
        let _ = fs::remove_dir(&self.folder);
    }
}

/// The most memory a process had so far.
pub fn peak_mib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kib| kib >> 10)
}
