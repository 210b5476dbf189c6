//! A store with a past: filled through the real commands before the server starts.

use super::engine::Seat;
use super::own::{Folder, Opened, plainly};
use super::report::History;
use super::rest::Rest;
use super::session::bar;
use super::stop::Stop;
use super::words::{Dice, MessageId, text};
use crate::channels::queries::find_active_by_key;
use crate::conversations::commands::{PostMessage, post};
use crate::conversations::{Kind, MessageLimits, References, queries};
use crate::customers::Device;
use crate::db::Tx;
use crate::jobs::Jobs;
use crate::kernel::{Actor, ChannelId, ConversationId, Ctx, CustomerId, Error, Millis, Stopwatch};
use crate::visitors::commands::{BeginSession, begin_session};
use crate::{customers, search, vault};
use anyhow::{Context, Result, bail, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::time::interval;

/// Of each conversation, about.
const MESSAGES_EACH: u64 = 50;
/// Conversations that go on at the same time; then others do.
const AT_A_TIME: u64 = 1_000;
/// Commands queued at once: less than the writer takes on its worst day.
const QUEUED: usize = 240;
/// Between two messages of the past.
const STEP_MS: i64 = 100;

/// Kept beside the data, so that a folder can be used again.
#[derive(Serialize, Deserialize)]
pub struct Past {
    pub messages: u64,
    pub conversations: u64,
    pub filled_in_s: f64,
    pub channel_keys: Vec<String>,
    /// Of the visitors who will go on talking.
    tokens: Vec<String>,
    /// Said last, and nowhere else.
    last_word: String,
}

const RECORD: &str = "history.json";

impl Past {
    /// What the folder was filled with, if it was.
    pub fn load(folder: &Folder) -> Result<Option<Past>> {
        match fs::read_to_string(folder.path().join(RECORD)) {
            Ok(text) => Ok(Some(serde_json::from_str(&text).context(RECORD)?)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context(RECORD),
        }
    }

    pub fn must_fit(&self, messages: u64, visitors: u32, channels: u32) -> Result<()> {
        ensure!(
            (self.messages, self.tokens.len(), self.channel_keys.len())
                == (messages, visitors as usize, channels as usize),
            "this folder was filled with {} messages for {} visitors and {} channels: say the same, or name another folder",
            self.messages,
            self.tokens.len(),
            self.channel_keys.len()
        );
        Ok(())
    }

    pub fn seats(&self) -> Vec<Seat> {
        self.tokens.iter().map(|token| Seat { token: token.clone(), cursor: String::new() }).collect()
    }

    pub fn report(&self, data: &Path) -> History {
        let bytes =
            |names: &[&str]| names.iter().filter_map(|name| fs::metadata(data.join(name)).ok()).map(|m| m.len()).sum();
        History {
            messages: self.messages,
            conversations: self.conversations,
            filled_in_s: self.filled_in_s,
            store_bytes: bytes(&["parlor.db", "parlor.db-wal"]),
            search_bytes: bytes(&["search.db", "search.db-wal"]),
            ..History::default()
        }
    }
}

/// Fills a founded store. The index is built meanwhile, as a running server does.
pub fn fill(
    folder: &Folder,
    opened: &Opened,
    channel_keys: &[String],
    (messages, visitors, bytes): (u64, u32, usize),
    runtime: &Runtime,
    stop: &Stop,
) -> Result<Past> {
    let begun = opened.db.read_blocking(|snapshot| queries::find(snapshot, ConversationId(1))).map_err(plainly)?;
    ensure!(begun.is_none(), "{} has conversations and no {RECORD}: name another folder", folder.path().display());
    let watch = Stopwatch::start();
    let (_, indexer) = search::open(folder.data().join("search.db"), {
        let vault = opened.vault.clone();
        move || vault.page_key("search")
    });
    let jobs = Jobs::start(&opened.db, &opened.clock, Vec::new(), vec![Box::new(indexer)])?;
    let mut filler = Filler::new(opened, channel_keys, messages, visitors, bytes)?;
    let filled = filler.run(runtime, stop);
    jobs.stop();
    filled?;
    let past = Past {
        messages,
        conversations: filler.conversations,
        filled_in_s: watch.elapsed().as_secs_f64(),
        channel_keys: channel_keys.to_vec(),
        tokens: filler.tokens,
        last_word: filler.last_word,
    };
    fs::write(folder.path().join(RECORD), serde_json::to_string(&past)?).context(RECORD)?;
    Ok(past)
}

fn nobodys_device() -> Device {
    Device::from_user_agent("", "")
}

struct Filler<'o> {
    opened: &'o Opened,
    channels: Vec<(ChannelId, String)>,
    messages: u64,
    conversations: u64,
    visitors: u64,
    bytes: usize,
    began: Millis,
    dice: Dice,
    tokens: Vec<String>,
    last_word: String,
}

impl<'o> Filler<'o> {
    fn new(opened: &'o Opened, keys: &[String], messages: u64, visitors: u32, bytes: usize) -> Result<Filler<'o>> {
        let names = keys.to_vec();
        let channels = opened.db.read_blocking(move |snapshot| {
            let find = |key: String| {
                let channel = find_active_by_key(snapshot, &key)?.ok_or_else(Error::not_found)?;
                Ok((channel.id, key))
            };
            names.into_iter().map(find).collect::<Result<Vec<_>, Error>>()
        });
        Ok(Filler {
            opened,
            channels: channels.map_err(plainly)?,
            messages,
            conversations: (messages / MESSAGES_EACH).max(visitors.into()),
            visitors: visitors.into(),
            bytes,
            began: opened.clock.now().plus(-(messages as i64) * STEP_MS),
            dice: Dice::new(7),
            tokens: Vec::new(),
            last_word: format!("last{}", vault::token("x")[2..12].to_lowercase().replace(['-', '_'], "q")),
        })
    }

    fn run(&mut self, runtime: &Runtime, stop: &Stop) -> Result<()> {
        let bar = bar("history", self.messages);
        let (mut conversation, mut said) = (0, 0);
        while conversation < self.conversations {
            if stop.is_wanted() {
                bail!("stopped before the history was complete");
            }
            let group = conversation..(conversation + AT_A_TIME).min(self.conversations);
            conversation = group.end;
            // Spread evenly, whatever does not divide included.
            let until = (self.messages as u128 * u128::from(conversation) / u128::from(self.conversations)) as u64;
            let people = runtime.block_on(self.introduce(group, said))?;
            runtime.block_on(self.talk(&people, said..until))?;
            said = until;
            bar.set_position(said);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Customers of these conversations, each with a token if they will go on talking.
    async fn introduce(&mut self, group: std::ops::Range<u64>, said: u64) -> Result<Vec<(CustomerId, ChannelId)>> {
        let ctx = Ctx::system(self.began.plus(said as i64 * STEP_MS));
        let mut arrivals = Vec::new();
        for number in group {
            // Evenly among all of them, so that the load meets the whole store.
            let talks_on =
                number * self.visitors / self.conversations != (number + 1) * self.visitors / self.conversations;
            let nth = if talks_on { self.tokens.len() } else { number as usize };
            let (channel, key) = self.channels[nth % self.channels.len()].clone();
            let session = talks_on.then(|| {
                let token = vault::token("plv");
                let fresh = vault::token_hash(&token);
                self.tokens.push(token);
                BeginSession {
                    channel_key: key,
                    returning: None,
                    fresh,
                    locale: String::new(),
                    device: nobodys_device(),
                }
            });
            arrivals.push((channel, session));
        }
        let arrive = |(channel, session): (ChannelId, Option<BeginSession>)| {
            self.opened.db.write(move |tx: &mut Tx<'_>| {
                let customer = match &session {
                    Some(session) => begin_session(tx, &ctx, session)?.customer,
                    None => customers::commands::create(tx, &ctx, channel, "", &nobodys_device())?,
                };
                Ok((customer, channel))
            })
        };
        stream::iter(arrivals).map(arrive).buffered(QUEUED).try_collect().await.map_err(plainly)
    }

    async fn talk(&mut self, people: &[(CustomerId, ChannelId)], numbers: std::ops::Range<u64>) -> Result<()> {
        let (opened, began, messages, bytes) = (self.opened, self.began, self.messages, self.bytes);
        let (dice, last_word) = (&mut self.dice, &self.last_word);
        let say = |number: u64| {
            let (customer, channel) = people[number as usize % people.len()];
            let now = began.plus(number as i64 * STEP_MS);
            let mut text = text(dice, bytes);
            if number + 1 == messages {
                text = format!("{last_word} {text}");
            }
            let id = MessageId { at: now.0, run: 0, number: number as u32 };
            let command = PostMessage {
                conversation: None,
                kind: Kind::Text,
                client_id: id.bits().to_be_bytes(),
                text,
                attachments: Vec::new(),
                refers: References::default(),
                limits: MessageLimits { text_bytes_max: usize::MAX, ..MessageLimits::default() },
            };
            let ctx = Ctx::new(Actor::Visitor { customer, channel }, now);
            opened.db.write(move |tx| post(tx, &ctx, &command))
        };
        let said = stream::iter(numbers).map(say).buffered(QUEUED);
        said.try_for_each(|_| async { Ok(()) }).await.map_err(plainly)
    }
}

/// The running server's index follows the log: waits until it has all of it.
pub async fn indexed(rest: &Rest, past: &Past, stop: &Stop) -> Result<()> {
    let bar = bar("index", 0);
    let mut pause = interval(Duration::from_secs(1));
    loop {
        pause.tick().await;
        let found = rest.get(&format!("/search?q={}", past.last_word)).await;
        let is_there = found.is_ok_and(|page| page["items"].as_array().is_some_and(|items| !items.is_empty()));
        if is_there || stop.is_wanted() {
            bar.finish_and_clear();
            return Ok(());
        }
        bar.tick();
    }
}
