//! What the process may have: memory, open files.

use super::super::config::Config;
use super::findings::{Findings, amount};
use super::server::Holder;
use crate::upkeep::memory::{self, Means};
use rustix::process::{Resource, getrlimit};
use std::fs;

/// Smaller is not tried.
const MEMORY_MIN: u64 = 128 << 20;
/// Beside the sockets: store, attachments, log.
const OTHER_FILES: u64 = 256;

pub fn examine(found: &mut Findings, config: &Config, holder: Holder) {
    match memory::allowed(holder.pid()) {
        Some(bytes) if bytes < MEMORY_MIN => found.error(
            "memory.limit",
            format!("{} of memory: the kernel will end the server", amount(bytes)),
            format!("give it at least {}", amount(MEMORY_MIN)),
        ),
        Some(bytes) => {
            let megapixels = Means::of(bytes).picture_bytes as f64 / 7e6;
            found.ok(
                "memory.limit",
                format!("{} of memory: photographs up to {megapixels:.0} megapixels", amount(bytes)),
            );
        }
        None => found.note("memory.limit", "the system does not say how much memory there is", ""),
    }
    let wanted = config.limits.sockets as u64 + OTHER_FILES;
    match open_files_max(holder) {
        Some(most) if most < wanted => found.warn(
            "files.open",
            format!("{most} open files are allowed, {} sockets want {wanted}", config.limits.sockets),
            "LimitNOFILE= in the unit, or a smaller limits.sockets",
        ),
        Some(most) => found.ok("files.open", format!("{most} open files are allowed")),
        None => found.ok("files.open", "any number of open files is allowed"),
    }
}

/// The hard limit: the server raises its own to that. Of the server's process if there is one, of ours otherwise.
fn open_files_max(holder: Holder) -> Option<u64> {
    let of_server = || {
        let text = fs::read_to_string(format!("/proc/{}/limits", holder.pid()?)).ok()?;
        text.lines().find(|line| line.starts_with("Max open files"))?.split_whitespace().nth(4)?.parse().ok()
    };
    of_server().or(getrlimit(Resource::Nofile).maximum)
}
