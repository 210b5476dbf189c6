//! Keeping the index: a consumer of the event log.

use super::tokens::{self, Query};
use super::{forgetting, store};
use crate::conversations::{
    Kind, Message, MessageKey,
    events::{MESSAGE_CREATED, MESSAGE_UPDATED, PURGED},
    queries, revising,
};
use crate::db::{Db, RecordedEvent, SideReaders, SideStore, Snapshot, Turn};
use crate::http::{Limiter, Rate};
use crate::jobs::Consumer;
use crate::kernel::{ConversationId, Error, ErrorKind, Result, UserId};
use crate::vault::PageKey;
use parking_lot::RwLock;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// Searches at once, and waiting for that.
const READERS: usize = 2;
const QUERIES_WAITING_MAX: usize = 64;
const OPENING_MAX: Duration = Duration::from_secs(3);
/// Of one person: a box that searches at every letter typed stays within it.
const SEARCHES: Rate = Rate { times: NonZeroU32::new(50).unwrap(), seconds: NonZeroU32::new(10).unwrap() };

/// The index as queries see it. Cheap to clone.
#[derive(Clone)]
pub struct Search(Arc<Shared>);

struct Shared {
    /// `None` until the file is open, and while it is made again.
    readers: RwLock<Option<Arc<SideReaders>>>,
    opened: Notify,
    /// A query met a page that cannot be read.
    damaged: AtomicBool,
    searches: Limiter<UserId>,
}

/// The index at `path` and what feeds it. Nothing is opened here: the feeding thread does, and again if it must; then it asks
/// for the key, which may be another one by then.
pub fn open(path: PathBuf, key: impl Fn() -> PageKey + Send + 'static) -> (Search, Indexer) {
    let (readers, damaged, searches) = (RwLock::new(None), AtomicBool::new(false), Limiter::new(SEARCHES));
    let search = Search(Arc::new(Shared { readers, opened: Notify::new(), damaged, searches }));
    (search.clone(), Indexer { path, key: Box::new(key), search, file: None })
}

/// Seals the file anew under another key, beside whoever feeds and asks it.
pub fn reseal(path: &Path, key: &PageKey, turn: &mut Turn<'_>) -> Result<()> {
    SideStore::reseal(path, key, turn)
}

impl Search {
    /// Counts one search of this person, or says when to come back.
    pub(super) fn admit(&self, user: UserId) -> Result<()> {
        self.0.searches.check(&user)
    }

    /// Just after a start the index is being opened: whoever searches then waits a moment.
    async fn readers(&self) -> Result<Arc<SideReaders>> {
        let opened = self.0.opened.notified();
        if let Some(readers) = self.0.readers.read().clone() {
            return Ok(readers);
        }
        // Too late is the same as never: the answer below says when to ask again.
        let _ = timeout(OPENING_MAX, opened).await;
        let readers = self.0.readers.read().clone();
        readers.ok_or_else(|| Error::unavailable("the search index is not open yet"))
    }

    pub(super) async fn matching(&self, wanted: Query, before: i64, limit: usize) -> Result<Vec<i64>> {
        let readers = self.readers().await?;
        let found = readers.read(move |snapshot| store::list_matching(snapshot, &wanted, before, limit)).await;
        if found.as_ref().is_err_and(|error| error.is_damage) {
            self.0.damaged.store(true, Ordering::Relaxed);
        }
        found
    }
}

pub struct Indexer {
    path: PathBuf,
    key: Box<dyn Fn() -> PageKey + Send>,
    search: Search,
    file: Option<SideStore>,
}

impl Consumer for Indexer {
    fn name(&self) -> &'static str {
        "search"
    }

    fn cursor(&mut self, db: &Db) -> Result<i64> {
        if self.search.0.damaged.swap(false, Ordering::Relaxed) {
            self.begin_again("a query could not read it")?;
        }
        let (epoch, newest) = db.read_blocking(|snapshot| Ok((snapshot.epoch()?, snapshot.position()?)))?;
        if let Some(file) = &self.file {
            return position(file);
        }
        let file = self.open(&epoch, newest)?;
        let readers = SideReaders::open(&self.path, &(self.key)(), READERS, QUERIES_WAITING_MAX, store::warm);
        let readers = readers.map_err(closed)?;
        let position = position(&file)?;
        *self.search.0.readers.write() = Some(Arc::new(readers));
        self.search.0.opened.notify_waiters();
        self.file = Some(file);
        Ok(position)
    }

    fn consume(&mut self, db: &Db, events: &[RecordedEvent]) -> Result<()> {
        let Some(last) = events.last().map(|event| event.position) else { return Ok(()) };
        let Some(file) = &self.file else { return Err(Error::internal("the index was not opened")) };
        let said = said(events);
        let texts = db.read_blocking(move |snapshot| texts(snapshot, &said))?;
        let written = file.write(|tx| {
            for (position, text) in &texts {
                store::insert(tx, *position, &tokens::for_index(text))?;
            }
            store::update_position(tx, last)
        });
        let written = written.and_then(|()| match events.iter().any(|event| event.kind == PURGED) {
            true => forgetting::sweep(db, file, last),
            false => Ok(()),
        });
        if written.as_ref().is_err_and(|error| error.is_damage) {
            self.begin_again("it could not be written")?;
        }
        written
    }
}

impl Indexer {
    /// Opens the file, and replaces it if it is not an index of this store as this program makes them.
    fn open(&self, epoch: &str, newest: i64) -> Result<SideStore> {
        let reason = match SideStore::open(&self.path, &(self.key)(), store::SCHEMA) {
            Ok(file) => match file.read(store::find_progress) {
                Ok(None) => "it is new",
                Ok(Some(progress)) if progress.format != store::FORMAT => "another version made it",
                Ok(Some(progress)) if progress.epoch != epoch || progress.position > newest => "it is of another store",
                Ok(Some(_)) => return Ok(file),
                // Damage, or tables of another making.
                Err(error) if error.kind == ErrorKind::Internal => {
                    tracing::warn!(%error, "the search index cannot be read");
                    "it cannot be read"
                }
                Err(error) => return Err(error),
            },
            Err(error) if error.is_damage() => {
                tracing::warn!(%error, "the search index cannot be read");
                "it cannot be read"
            }
            Err(error) => return Err(closed(error)),
        };
        tracing::info!(reason, "the search index is built from the beginning");
        self.remove()?;
        let file = SideStore::open(&self.path, &(self.key)(), store::SCHEMA).map_err(closed)?;
        file.write(|tx| store::begin(tx, epoch))?;
        Ok(file)
    }

    /// Closes and removes the file; the next turn makes a new one.
    fn begin_again(&mut self, reason: &str) -> Result<()> {
        tracing::warn!(reason, "the search index is thrown away");
        *self.search.0.readers.write() = None;
        self.file = None;
        self.remove()
    }

    fn remove(&self) -> Result<()> {
        SideStore::remove(&self.path).map_err(|e| Error::unavailable(format!("the search index stays: {e}")))
    }
}

fn position(file: &SideStore) -> Result<i64> {
    file.read(store::find_progress)?.map(|p| p.position).ok_or_else(|| Error::internal("the index lost its place"))
}

fn closed(error: crate::db::OpenError) -> Error {
    Error::unavailable(format!("the search index: {error}"))
}

/// A message among events: found by what it said when it was sent, and, at the place of its change, by what it says since.
#[derive(Clone, Copy)]
pub(super) struct Said {
    position: i64,
    key: MessageKey,
    first: bool,
}

pub(super) fn said(events: &[RecordedEvent]) -> Vec<Said> {
    let words = events.iter().filter(|event| event.kind == MESSAGE_CREATED || event.kind == MESSAGE_UPDATED);
    let said = words.map(|event| Said {
        position: event.position,
        key: key(event.subject),
        first: event.kind == MESSAGE_CREATED,
    });
    said.collect()
}

pub(super) fn key((conversation, seq): (i64, i64)) -> MessageKey {
    MessageKey::new(ConversationId(conversation), seq)
}

pub(super) fn texts(snapshot: &Snapshot<'_>, said: &[Said]) -> Result<Vec<(i64, String)>> {
    let mut texts = Vec::with_capacity(said.len());
    for Said { position, key, first } in said {
        let message = queries::find_message(snapshot, *key)?.filter(|message| message.kind != Kind::Activity);
        let Some(message) = message else { continue };
        let words = if *first { revising::first_words(snapshot, &message)? } else { message.text.clone() };
        texts.push((*position, searchable(&words, &message)));
    }
    Ok(texts)
}

/// What was said, and the names of the files that came with it.
fn searchable(words: &str, message: &Message) -> String {
    let names = message.attachments.iter().map(|file| file.name.as_str());
    std::iter::once(words).chain(names).collect::<Vec<_>>().join("\n")
}
