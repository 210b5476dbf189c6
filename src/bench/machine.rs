//! What the figures were measured on.

use super::report::Machine;
use crate::kernel::Stopwatch;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const PROBE: Duration = Duration::from_millis(500);
const BLOCK: usize = 8 << 10;

/// `store`: where the server's data lies, if it is ours.
pub fn describe(store: Option<&Path>) -> Machine {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
    };
    let kibibytes: u64 = field(&memory, "MemTotal").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    Machine {
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get()),
        cpu: field(&cpu, "model name"),
        memory_bytes: kibibytes * 1_024,
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
        file_system: store.map(file_system),
        syncs_per_s: store.and_then(syncs_per_s),
    }
}

pub fn file_system(folder: &Path) -> String {
    match rustix::fs::statfs(folder).map(|found| found.f_type as u32) {
        Ok(0xef53) => "ext4".into(),
        Ok(0x5846_5342) => "xfs".into(),
        Ok(0x9123_683e) => "btrfs".into(),
        Ok(0x0102_1994) => "tmpfs".into(),
        Ok(0x794c_7630) => "overlay".into(),
        Ok(0x2fc1_2fc1) => "zfs".into(),
        Ok(0x6969) => "nfs".into(),
        Ok(other) => format!("{other:#x}"),
        Err(_) => "unknown".into(),
    }
}

/// How often the disk makes a block durable: what a server without group commit could do at best.
fn syncs_per_s(folder: &Path) -> Option<f64> {
    let path = folder.join("sync-probe");
    let probe = || -> std::io::Result<f64> {
        let mut file = File::create(&path)?;
        let (watch, mut syncs) = (Stopwatch::start(), 0);
        while watch.elapsed() < PROBE {
            file.write_all(&[0x5a; BLOCK])?;
            file.sync_data()?;
            syncs += 1;
        }
        Ok(f64::from(syncs) / watch.elapsed().as_secs_f64())
    };
    let measured = probe().ok();
    let _ = fs::remove_file(&path);
    measured
}
