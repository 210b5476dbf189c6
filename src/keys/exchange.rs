//! Exchanging the root key, on a thread of its own.

use super::pace::{Pace, Progress, Step};
use crate::db::{Db, Resealing, forget_former_key, give_way};
use crate::kernel::{Error, ErrorKind, Result};
use crate::vault::{Vault, VaultError};
use crate::{attachments, recording, search};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// After something failed: a full disk, say.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    vault: Vault,
    db: Db,
    data: PathBuf,
    progress: Mutex<Progress>,
    work: Mutex<Work>,
    stop: Receiver<Infallible>,
}

struct Work {
    thread: Option<JoinHandle<()>>,
    /// Dropped, everything ends.
    running: Option<Sender<Infallible>>,
}

impl Keys {
    pub fn new(data: &Path, vault: &Vault, db: &Db) -> Keys {
        let (running, stop) = bounded(0);
        let work = Mutex::new(Work { thread: None, running: Some(running) });
        let (vault, db, data) = (vault.clone(), db.clone(), data.to_owned());
        Keys(Arc::new(Inner { vault, db, data, progress: Mutex::default(), work, stop }))
    }

    pub fn vault(&self) -> &Vault {
        &self.0.vault
    }

    /// Goes on with an exchange that was not finished when the program ended.
    pub fn resume(&self) -> Result<()> {
        if self.0.vault.is_exchanging() {
            tracing::info!("the exchange of the root key goes on");
            self.work()?;
        }
        Ok(())
    }

    /// Begins the exchange: from here on it is only a matter of time.
    pub fn begin(&self) -> Result<()> {
        self.0.vault.begin_exchange().map_err(refused)?;
        tracing::info!("the root key is exchanged: everything is sealed anew");
        self.work()
    }

    /// How far it is; `None` when there is nothing to do.
    pub fn progress(&self) -> Option<Progress> {
        self.0.vault.is_exchanging().then(|| *self.0.progress.lock())
    }

    /// Waits so long, or until everything ends: then it says so.
    pub(super) fn has_stopped(&self, time: Duration) -> bool {
        self.0.stop.recv_timeout(time) != Err(RecvTimeoutError::Timeout)
    }

    /// Before [`Db::stop`]. What is not finished goes on at the next start.
    pub fn stop(&self) {
        let thread = {
            let mut work = self.0.work.lock();
            drop(work.running.take());
            work.thread.take()
        };
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the exchange of the root key ended by a panic");
        }
    }

    fn work(&self) -> Result<()> {
        let mut work = self.0.work.lock();
        if work.thread.as_ref().is_some_and(|thread| !thread.is_finished()) || work.running.is_none() {
            return Ok(());
        }
        *self.0.progress.lock() = Progress::default();
        let inner = self.0.clone();
        let thread = std::thread::Builder::new().name("keys".into()).spawn(move || {
            give_way();
            inner.until_done();
        });
        work.thread = Some(thread.map_err(Error::internal)?);
        Ok(())
    }
}

impl Inner {
    fn until_done(&self) {
        let mut pace = Pace::new(&self.db, &self.stop, &self.progress);
        while let Err(error) = self.run(&mut pace) {
            if pace.rest(Duration::ZERO).is_err() {
                return;
            }
            tracing::error!(%error, "the exchange of the root key met trouble; it is tried again");
            if pace.rest(TRY_AGAIN).is_err() {
                return;
            }
        }
        tracing::info!("the root key is exchanged; the former one is forgotten");
    }

    /// All of it; what is done already is only looked at.
    fn run(&self, pace: &mut Pace<'_>) -> Result<()> {
        let (main, index) = (self.vault.page_key("main"), self.vault.page_key("search"));
        self.db.reseal(&main, &mut |work| pace.after(Step::Store, work))?;
        search::reseal(&self.data.join("search.db"), &index, &mut |work| pace.after(Step::Search, work))?;
        let sealer = self.vault.sealer("attachments");
        attachments::reseal(&self.data.join("attachments"), &sealer, &mut |work| pace.after(Step::Files, work))?;
        let (folder, sealer) = (self.data.join(recording::FOLDER), self.vault.sealer(recording::FOLDER));
        recording::reseal(&folder, &sealer, &mut |work| pace.after(Step::Recordings, work))?;
        // Nothing is under the former key, and that is on the disk.
        while let Err(error) = self.vault.end_exchange() {
            if !matches!(error, VaultError::Held) {
                return Err(refused(error));
            }
            pace.after(Step::Keyslots, Resealing { done: 0, total: 1, worked: Duration::ZERO })?;
        }
        forget_former_key(&main)?;
        forget_former_key(&index)
    }
}

/// The vault's words are for the operator, who is the only one to hear them.
pub(super) fn refused(error: VaultError) -> Error {
    let kind = match &error {
        VaultError::Io { .. } => ErrorKind::Unavailable,
        VaultError::NoSuchId { .. } => ErrorKind::NotFound,
        _ => ErrorKind::Conflict,
    };
    Error::new(kind, error.code(), error.to_string())
}
