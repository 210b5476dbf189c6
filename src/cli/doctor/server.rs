//! Whether a server holds the data folder, and which process it is.

use super::super::config::Config;
use super::findings::Findings;
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    Nobody,
    /// `None`: another one's process whose number is not shown to us.
    Process(Option<u32>),
}

impl Holder {
    /// Without making a lock file: as root it would be root's, and in the server's way.
    pub fn find(data: &Path) -> Holder {
        let Ok(file) = File::open(data.join("lock")) else { return Holder::Nobody };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Holder::Nobody,
            Err(_) => Holder::Process(file.metadata().ok().and_then(|meta| process_with_lock(meta.ino()))),
        }
    }

    pub fn pid(self) -> Option<u32> {
        match self {
            Holder::Nobody => None,
            Holder::Process(pid) => pid,
        }
    }
}

/// `1: FLOCK  ADVISORY  WRITE 1234 08:02:131 0 EOF`
fn process_with_lock(inode: u64) -> Option<u32> {
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let held: u64 = words.get(5)?.rsplit(':').next()?.parse().ok()?;
        let is_ours = words.get(1) == Some(&"FLOCK") && words.get(3) == Some(&"WRITE") && held == inode;
        is_ours.then(|| words[4].parse().ok()).flatten()
    })
}

pub fn examine(found: &mut Findings, config: &Config, holder: Holder) {
    let data = config.data.display();
    match holder {
        Holder::Process(Some(pid)) => found.ok("server.running", format!("process {pid} serves {data}")),
        Holder::Process(None) => found.ok("server.running", format!("a process holds {data}")),
        Holder::Nobody => found.note("server.running", format!("no server holds {data}"), "start it, if it should run"),
    }
}
