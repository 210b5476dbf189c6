//! systemd ends and restarts a service that no longer proves it lives (`WatchdogSec=`). Each proof here is earned: since the
//! last one the store's writer has finished something, and every thread that answers requests has had its turn.

use super::tell;
use crate::db::Db;
use crate::http::Workers;
use crate::kernel::Watched;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use sd_notify::NotifyState;
use std::convert::Infallible;
use std::io;

/// Proofs in the time systemd grants: one that comes late by itself must not end anything.
const PROOFS: u32 = 4;

/// Gives proofs while it lives.
pub struct Watchdog {
    _alive: Sender<Infallible>,
}

impl Watchdog {
    /// `None` if systemd asks for no proofs.
    pub fn start(db: Db, workers: Workers) -> io::Result<Option<Watchdog>> {
        let Some(granted) = sd_notify::watchdog_enabled() else { return Ok(None) };
        let (alive, ended) = bounded::<Infallible>(0);
        std::thread::Builder::new().name("systemd-watchdog".into()).spawn(move || {
            let mut proof = Proof::begin(db, workers);
            while ended.recv_timeout(granted / PROOFS) == Err(RecvTimeoutError::Timeout) {
                match proof.look() {
                    Ok(()) => tell(&[NotifyState::Watchdog]),
                    Err(who) => tracing::error!(who, "no proof of life for systemd"),
                }
            }
        })?;
        Ok(Some(Watchdog { _alive: alive }))
    }
}

struct Proof {
    db: Db,
    workers: Workers,
    writer: Watched,
}

impl Proof {
    fn begin(db: Db, workers: Workers) -> Proof {
        let writer = Watched::new(db.writer_pulse());
        let mut proof = Proof { db, workers, writer };
        // Nobody has done anything yet. From here on they have something to do.
        let _ = proof.look();
        proof
    }

    /// Who has not moved since the last look.
    fn look(&mut self) -> Result<(), &'static str> {
        let writer_moved = self.writer.has_moved();
        self.db.prod_writer();
        match (writer_moved, self.workers.standing_still()) {
            (false, _) => Err("the store's writer stands still"),
            (true, 1..) => Err("a thread that answers requests stands still"),
            (true, 0) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Options;
    use crate::kernel::Millis;
    use crate::vault::{PageKey, random};
    use crossbeam_channel::after;
    use std::time::Duration;

    #[test]
    fn a_writer_that_hangs_is_no_proof_and_one_with_nothing_to_do_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, key) = (folder.path().join("parlor.db"), PageKey::new(random()));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let mut proof = Proof::begin(db.clone(), Workers::default());
        // The prod is answered in its own time: look until it is.
        let mut until = |wanted: Result<(), &str>| {
            let found = (0..500).any(|_| {
                let _ = after(Duration::from_millis(10)).recv();
                proof.look() == wanted
            });
            assert!(found, "never {wanted:?}");
        };
        until(Ok(()));
        let (release, held) = bounded::<()>(0);
        let hanging = std::thread::spawn({
            let db = db.clone();
            move || db.write_blocking(move |_| held.recv().or(Ok(())))
        });
        until(Err("the store's writer stands still"));
        until(Err("the store's writer stands still"));
        drop(release);
        hanging.join().unwrap().unwrap();
        until(Ok(()));
    }
}
