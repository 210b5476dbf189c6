//! Root may run every command; what it writes must stay the service's.

use anyhow::{Context, Result};
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;

/// From here on this process is the folder's owner, if it was root and the folder is somebody else's. To be called
/// before there is a second thread: the kernel knows only threads, and those to come inherit.
pub fn become_that_of(data: &Path) -> Result<()> {
    let Ok(folder) = fs::metadata(data) else { return Ok(()) };
    if !geteuid().is_root() || folder.uid() == 0 {
        return Ok(());
    }
    let (uid, gid) = (Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid()));
    set_thread_groups(&[gid])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .with_context(|| format!("cannot become the owner of {}", data.display()))
}

/// Runs `work` as the folder's owner, on a thread of its own: this one keeps the rights of whoever called.
pub fn as_that_of<T: Send>(data: &Path, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let run = || become_that_of(data).and_then(|()| work());
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Whether the folder's owner may read a file, by what stands at the file itself; root reads everything and notices nothing.
/// `true` where nobody can say.
pub fn may_read(data: &Path, file: &Path) -> bool {
    let (Ok(folder), Ok(file)) = (fs::metadata(data), fs::metadata(file)) else { return true };
    let bit = match () {
        () if folder.uid() == 0 => return true,
        () if file.uid() == folder.uid() => 0o400,
        () if file.gid() == folder.gid() => 0o040,
        () => 0o004,
    };
    file.mode() & bit != 0
}
