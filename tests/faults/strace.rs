//! A server whose system calls fail, or are its last.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Holds a running process until dropped.
pub struct Strace(Child);

impl Strace {
    /// Every sync fails.
    pub const NO_SYNC: &str = "fsync,fdatasync:error=EIO";
    /// As after a remount: nothing can be written or made.
    pub const READ_ONLY: &str = "pwrite64,ftruncate,rename,mkdir,unlink:error=EROFS";

    /// Injects into a running process. `None` where that cannot be done.
    pub async fn attach(pid: u32, inject: &str) -> Option<Strace> {
        let mut strace = Command::new("strace");
        let calls = format!("trace={}", inject.split(':').next()?);
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &calls, "-e", &format!("inject={inject}")]);
        let mut child = strace.args(["-p", &pid.to_string()]).stderr(Stdio::null()).spawn().ok()?;
        // Until every thread is held.
        for _ in 0..100 {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            if is_held(pid) {
                return Some(Strace(child));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Some(Strace(child))
    }

    /// In front of a command: it dies at the `n`th of these calls of one of its threads.
    pub fn wrapper(calls: &str, n: usize) -> Vec<String> {
        let inject = format!("inject={calls}:signal=SIGKILL:when={n}");
        // -D: the command stays our child, and dies as one.
        let all = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject];
        all.map(str::to_owned).to_vec()
    }

    /// In front of a command: these calls are written down, with what they write.
    pub fn writing_down(calls: &str, file: &Path) -> Vec<String> {
        let (trace, file) = (format!("trace={calls}"), file.to_str().unwrap());
        let all = ["strace", "-D", "-f", "-y", "-qq", "-ttt", "-T", "-xx", "-s", "300000", "-o", file, "-e", &trace];
        all.map(str::to_owned).to_vec()
    }

    pub fn is_there() -> bool {
        Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success())
    }
}

/// Whether each thread has a tracer.
fn is_held(pid: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return false };
    threads.flatten().all(|thread| {
        let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|tracer| tracer.trim() != "0"))
    })
}

impl Drop for Strace {
    fn drop(&mut self) {
        // With time to let go of the process.
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        self.0.wait().unwrap();
    }
}
