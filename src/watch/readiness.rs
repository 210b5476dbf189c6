//! Whether requests should be sent here: `/readyz` for those who distribute them.

use super::machine::Disk;
use super::model::Sources;
use super::store;
use crate::kernel::{ErrorKind, Millis, Result, Steady, Stopwatch};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// For a write, and for a read.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// Anybody may ask, and a write costs a sync.
const ASK_EVERY_MS: i64 = Millis::seconds(1);
/// Less is a disk on which the next minutes may fail.
const FREE_BYTES_MIN: u64 = 64 << 20;
const FREE_PERCENT_MIN: f64 = 1.0;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Readiness(Arc<Inner>);

#[derive(Default)]
struct Inner {
    stopping: AtomicBool,
    last: Mutex<Option<(Steady, Vec<Check>)>>,
}

/// One thing that was looked at. The words hold nothing that only some may know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    pub detail: &'static str,
    pub ms: u64,
}

impl Readiness {
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub async fn checks(&self, sources: &Sources) -> Vec<Check> {
        let stopping = self.0.stopping.load(Ordering::Relaxed);
        let serving = Check { name: "serving", ok: !stopping, detail: if stopping { "stopping" } else { "ok" }, ms: 0 };
        let mut last = self.0.last.lock().await;
        let now = sources.clock.steady();
        let checks = match &*last {
            Some((at, checks)) if now.since(*at) < ASK_EVERY_MS => checks.clone(),
            _ => {
                let checks = Readiness::look(sources).await;
                *last = Some((now, checks.clone()));
                checks
            }
        };
        [vec![serving], checks].concat()
    }

    async fn look(sources: &Sources) -> Vec<Check> {
        let (db, now) = (&sources.db, sources.clock.now());
        let write = async { db.write(move |tx| store::update_probe(tx, now)).await };
        let read = async { db.read(store::find_probe).await.map(drop) };
        let migrations = async { db.read(|snapshot| snapshot.pending_migrations()).await.map(|pending| pending == 0) };
        let migrations = match timeout(ANSWER_TIME, migrations).await {
            Ok(Ok(done)) => Check { name: "migrations", ok: done, detail: if done { "ok" } else { "pending" }, ms: 0 },
            _ => Check { name: "migrations", ok: false, detail: "unknown", ms: 0 },
        };
        let room = Disk::of(&sources.data).is_some_and(has_room);
        let disk = Check { name: "disk", ok: room, detail: if room { "ok" } else { "nearly full" }, ms: 0 };
        vec![check("store_write", write).await, check("store_read", read).await, migrations, disk]
    }
}

fn has_room(disk: Disk) -> bool {
    disk.free_bytes >= FREE_BYTES_MIN && disk.free_percent() >= FREE_PERCENT_MIN
}

/// A store that is merely busy is ready: to send everybody elsewhere, where there is no elsewhere, helps nobody.
async fn check(name: &'static str, work: impl Future<Output = Result<()>>) -> Check {
    let begun = Stopwatch::start();
    let outcome = timeout(ANSWER_TIME, work).await;
    let ms = begun.elapsed().as_millis() as u64;
    let (ok, detail) = match outcome {
        Ok(Ok(())) => (true, "ok"),
        Ok(Err(error)) if error.kind == ErrorKind::Busy => (true, "busy"),
        Ok(Err(_)) => (false, "failed"),
        Err(_) => (false, "too slow"),
    };
    Check { name, ok, detail, ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Error;

    #[test]
    fn a_nearly_full_disk_is_not_ready() {
        let mib = 1 << 20;
        for (free, total, room) in [(64, 1_000, true), (63, 1_000, false), (99, 10_000, false), (100, 10_000, true)] {
            assert_eq!(has_room(Disk { free_bytes: free * mib, total_bytes: total * mib }), room, "{free} of {total}");
        }
    }

    #[tokio::test]
    async fn slow_and_failed_are_told_apart_and_busy_is_well() {
        let said = async |work: Result<()>| check("x", async { work }).await;
        assert_eq!((said(Ok(())).await.ok, said(Ok(())).await.detail), (true, "ok"));
        assert_eq!(said(Err(Error::busy())).await.detail, "busy");
        assert!(!said(Err(Error::unavailable("disk"))).await.ok);
        let never = check("x", std::future::pending()).await;
        assert_eq!((never.ok, never.detail), (false, "too slow"));
    }
}
