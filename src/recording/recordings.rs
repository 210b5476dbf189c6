//! The folder of recordings, and those that go on.

use super::chain::Chain;
use super::commands::{self, Begin};
use super::contents::Contents;
use super::model::{EndReason, Ended, Party, Recording};
use super::reading::Opened;
use super::recorder::{self, Ending, Listener, Recorder, Told};
use super::scribe::{Room, Scribe};
use super::{recover, store};
use crate::attachments::{Files, path_of, require_room, shelves};
use crate::db::Db;
use crate::kernel::{CallId, ChannelId, Clock, ConversationId, Ctx, Error, RecordingId, Result};
use crate::vault::{Sealer, Secret, SigningKey, Vault, random};
use parking_lot::{Mutex, RwLock};
use std::collections::HashMap;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// In the data folder.
pub const FOLDER: &str = "recordings";
/// A store of an older schema knows no recordings.
pub const SINCE_SCHEMA: i64 = 12;

/// Bounds, as they are configured.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One is not longer than this.
    pub longest_ms: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { longest_ms: crate::kernel::Millis::hours(8) }
    }
}

/// What is to be recorded.
pub struct Start {
    pub call: CallId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    /// Who is in it already; whoever comes later joins the [`Recorder`].
    pub parties: Vec<Party>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Recordings(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    sealer: Sealer,
    db: Db,
    clock: Clock,
    /// Whoever needs every file to stay says so there.
    files: Files,
    limits: Limits,
    live: Mutex<HashMap<RecordingId, Live>>,
}

struct Live {
    contents: Arc<RwLock<Contents>>,
    ending: Ending,
}

impl Recordings {
    /// Makes what is missing of the folder.
    pub fn open(
        data: &Path,
        vault: &Vault,
        db: &Db,
        clock: &Clock,
        files: &Files,
        limits: Limits,
    ) -> io::Result<Recordings> {
        let folder = data.join(FOLDER);
        for shelf in shelves(&folder) {
            DirBuilder::new().recursive(true).mode(0o700).create(shelf)?;
        }
        File::open(&folder)?.sync_all()?;
        let (sealer, live) = (vault.sealer(FOLDER), Mutex::default());
        let (db, clock, files) = (db.clone(), clock.clone(), files.clone());
        Ok(Recordings(Arc::new(Inner { folder, sealer, db, clock, files, limits, live })))
    }

    /// Records from now on. What becomes of it is told to `told`, on a thread of the recording.
    pub async fn start(
        &self,
        start: Start,
        told: impl Fn(RecordingId, Told) + Send + Sync + 'static,
    ) -> Result<Recorder> {
        let recordings = self.clone();
        let work = move || recordings.start_blocking(&start, Arc::new(told));
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Error::internal("the work panicked")))
    }

    pub(super) fn start_blocking(&self, start: &Start, told: Listener) -> Result<Recorder> {
        let inner = &self.0;
        require_room(&inner.folder)?;
        let now = inner.clock.now();
        let chain = Chain::new(self.signing_key()?);
        let file = format!("{:032x}", u128::from_be_bytes(random()));
        let recording = self.insert(start, &file)?;
        let id = recording.id;
        let log = inner.sealer.create_log(&self.path(&file), &file);
        let begun = log.map_err(|e| Error::unavailable(format!("recording {file}: {e}"))).and_then(|log| {
            let contents = Arc::new(RwLock::new(Contents { began_at: now.0, ..Contents::default() }));
            let room = Room { longest_ms: inner.limits.longest_ms };
            let folder = inner.folder.clone();
            let has_room = Box::new(move || require_room(&folder).is_ok());
            let mut scribe = Scribe::new(log, chain, contents.clone(), &inner.clock, room, has_room);
            let (call, conversation) = (start.call.to_string(), start.conversation.to_string());
            let began = scribe.begin(id.to_string(), call, conversation, &start.parties);
            let recordings = self.clone();
            let finish = move |reason, ended| recordings.finish(id, reason, ended);
            let (recorder, ending) = began
                .and_then(|()| recorder::start(id, scribe, told, finish))
                .map_err(|e| Error::unavailable(format!("recording {file}: {e}")))?;
            inner.live.lock().insert(id, Live { contents, ending });
            Ok(recorder)
        });
        // Nothing was recorded: the row says so, and its file is nobody's.
        begun.inspect_err(|_| self.finish(id, EndReason::DiskFailed, Some(Ended::nothing(now, EndReason::DiskFailed))))
    }

    fn insert(&self, start: &Start, file: &str) -> Result<Recording> {
        let people = start.parties.iter().filter_map(|party| party.user).collect();
        let Start { call, channel, conversation, .. } = *start;
        let (begin, ctx) = (Begin { call, channel, conversation, people, file: file.to_owned() }, self.ctx());
        self.0.db.write_blocking(move |tx| commands::begin(tx, &ctx, &begin))
    }

    /// Somebody else takes part in it.
    pub async fn join(&self, recorder: &Recorder, party: Party) -> Result<()> {
        if let Some(user) = party.user {
            let (ctx, id) = (self.ctx(), recorder.id());
            self.0.db.write(move |tx| commands::join(tx, &ctx, id, user)).await?;
        }
        recorder.join(party)
    }

    /// On the recording's thread. What cannot be stored now is found by [`recover`].
    fn finish(&self, id: RecordingId, reason: EndReason, ended: Option<Ended>) {
        if let Some(ended) = ended {
            let ctx = self.ctx();
            if let Err(error) = self.0.db.write_blocking(move |tx| commands::end(tx, &ctx, id, &ended)) {
                tracing::error!(%error, recording = %id, "the end of a recording could not be stored yet");
            }
        }
        if reason.is_failure() {
            tracing::error!(recording = %id, reason = reason.as_str(), "a recording ended before anybody wanted it to");
        }
        self.0.live.lock().remove(&id);
    }

    /// Ends all that go on. Before [`Db::stop`].
    pub fn stop(&self) {
        let all: Vec<Live> = self.0.live.lock().drain().map(|(_, live)| live).collect();
        all.iter().for_each(|live| live.ending.tell());
        all.into_iter().for_each(|live| live.ending.wait());
    }

    /// Closes, as far as they go, those that broke off.
    pub fn recover(&self) -> Result<()> {
        for recording in self.0.db.read_blocking(store::list_open)? {
            // Looked at again for each: it may have begun after the list was read.
            if self.0.live.lock().contains_key(&recording.id) {
                continue;
            }
            let ended = recover::close(&self.0.sealer, &self.path(&recording.file), &recording, self.signing_key()?);
            match ended {
                Ok(ended) => {
                    tracing::info!(recording = %recording.id, ms = ended.duration_ms, "a recording that broke off is closed");
                    let (ctx, id) = (self.ctx(), recording.id);
                    self.0.db.write_blocking(move |tx| commands::end(tx, &ctx, id, &ended))?;
                }
                Err(error) => {
                    tracing::error!(%error, recording = %recording.id, "a recording that broke off cannot be closed yet");
                }
            }
        }
        Ok(())
    }

    /// What is in it, and the file: as it is now, if it goes on.
    pub(super) fn read(&self, recording: &Recording) -> Result<Opened> {
        let path = self.path(&recording.file);
        let reader =
            self.0.sealer.open_log(&path, &recording.file).map_err(|e| super::reading::failure(recording, &e))?;
        match recording.ended {
            Some(ended) => Opened::finished(reader, recording, ended.index),
            None => {
                let contents = self.0.live.lock().get(&recording.id).map(|live| live.contents.clone());
                let contents = contents.ok_or_else(still_closing)?;
                let contents = contents.read().clone();
                Ok(Opened::running(reader, contents))
            }
        }
    }

    pub(super) fn signing_key(&self) -> Result<SigningKey> {
        let (now, new) = (self.0.clock.now(), random());
        let seed = match self.0.db.read_blocking(store::find_seed)? {
            Some(seed) => seed,
            None => self.0.db.write_blocking(move |tx| commands::seed(tx, now, &new))?,
        };
        Ok(SigningKey::new(&Secret::new(seed)))
    }

    fn ctx(&self) -> Ctx {
        Ctx::system(self.0.clock.now())
    }

    pub(super) fn path(&self, file: &str) -> PathBuf {
        path_of(&self.0.folder, file)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.0.folder
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn files(&self) -> &Files {
        &self.0.files
    }
}

fn still_closing() -> Error {
    let detail = "This recording broke off and is being closed; try again in a minute.";
    Error::new(crate::kernel::ErrorKind::Unavailable, "recording.closing", detail).retry_after(60)
}
