//! Somebody who talks and listens as docs/protocol.md asks for, and writes everything down.

use super::dice::Dice;
use super::record::{Act, Recorder, Side, What};
use super::wire::{Line, Reply, Wire};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Messages on their way at once.
const WINDOW: usize = 8;

/// What everybody is to do.
#[derive(Clone)]
pub enum Phase {
    Talk,
    /// Say nothing new, get everything acknowledged.
    Finish,
    /// Listen until these were shown, by client name: conversation and own seq.
    Hear(Arc<HashMap<String, Vec<(String, i64)>>>),
}

pub struct Client {
    pub name: String,
    pub side: Side,
    pub principal: String,
    pub wire: Wire,
    pub cursor: Option<String>,
    pub dice: Dice,
    pub recorder: Recorder,
    /// Between two deeds.
    pub pace: Duration,
    /// One message in so many has one.
    pub files: usize,
    pub phase: watch::Receiver<Phase>,
    /// Whether, after talking, everything is acknowledged.
    pub quiet: Arc<AtomicBool>,
    /// Where to look after a `reset`.
    pub channels: Vec<String>,
    /// Of the whole crowd: on a server there may be others, which are none of its business.
    pub ours: Vec<String>,
    pub memory: Memory,
}

#[derive(Default)]
pub struct Memory {
    said: u64,
    /// Not acknowledged yet, in the order of saying.
    outbox: Vec<Message>,
    /// On the present line, by client id: operations that wait for an ack.
    asked: HashMap<String, Vec<u64>>,
    acknowledged: Vec<Message>,
    /// Agents: conversations heard of, and who is believed to own them.
    owners: BTreeMap<String, Option<String>>,
    newest: HashMap<String, i64>,
    shown: HashSet<(String, i64)>,
    finished: bool,
}

#[derive(Clone)]
struct Message {
    id: String,
    conversation: Option<String>,
    kind: &'static str,
    text: String,
    attachments: Vec<String>,
}

impl Message {
    fn act(&self) -> Act {
        Act::Send {
            id: self.id.clone(),
            conversation: self.conversation.clone(),
            kind: self.kind.to_owned(),
            text: self.text.clone(),
            attachments: self.attachments.clone(),
        }
    }

    fn body(&self) -> Value {
        json!({"client_id": self.id, "kind": self.kind, "text": self.text, "attachments": self.attachments})
    }

    fn frame(&self) -> Value {
        let (id, kind, text, attachments) = (&self.id, self.kind, &self.text, &self.attachments);
        let mut frame = json!({"type": "send", "id": id, "kind": kind, "text": text, "attachments": attachments});
        if let Some(conversation) = &self.conversation {
            frame["conversation"] = conversation.as_str().into();
        }
        frame
    }
}

/// A file whose name says what is in it.
pub fn file_named(name: &str) -> Option<Vec<u8>> {
    let (seed, bytes) = name.strip_suffix(".txt")?.split_once('-')?;
    let mut dice = Dice::new(seed.parse().ok()?);
    Some((0..bytes.parse().ok()?).map(|_| b'a' + dice.below(26) as u8).collect())
}

impl Client {
    /// Until everything is said and heard, however often the line breaks.
    pub async fn live(mut self) {
        while !self.memory.finished {
            let line = self.recorder.number();
            self.note(What::Opened { line, cursor: self.cursor.clone() });
            let code = self.connected(line).await.err().unwrap_or(1000);
            self.note(What::Closed { line, code });
            for op in self.memory.asked.drain().flat_map(|(_, ops)| ops).collect::<Vec<_>>() {
                self.note(What::Unknown { op });
            }
            let pause = Duration::from_millis(10 + self.dice.below(150) as u64);
            tokio::time::sleep(pause).await;
        }
        self.note(What::Stopped);
    }

    fn note(&self, what: What) {
        self.recorder.note(&self.name, what);
    }

    fn has_heard_all(&self) -> bool {
        match &*self.phase.borrow() {
            Phase::Hear(wanted) => match wanted.get(&self.name) {
                Some(wanted) => wanted.iter().all(|key| self.memory.shown.contains(key)),
                None => true,
            },
            _ => false,
        }
    }

    /// One line from hello to its end. `Ok`: left on purpose.
    async fn connected(&mut self, number: u64) -> Result<(), u16> {
        let mut line = self.wire.line(self.cursor.as_deref()).await?;
        let had_heard_all = self.has_heard_all();
        self.greeted(&mut line, number).await?;
        if had_heard_all && self.memory.outbox.is_empty() {
            // Came back once more with everything in hand: there was nothing to add.
            self.memory.finished = true;
            line.close().await;
            return Ok(());
        }
        for message in self.memory.outbox.clone() {
            self.say(&mut line, &message).await?;
        }
        loop {
            if self.side != Side::Follower && !self.deed(&mut line).await? {
                line.close().await;
                return Ok(());
            }
            let pause = self.pace.mul_f64(0.5 + self.dice.share());
            if let Some(frame) = line.next(pause).await? {
                self.hear(number, &frame);
                // Whatever came in the meantime.
                while let Some(frame) = line.next(Duration::ZERO).await? {
                    self.hear(number, &frame);
                }
            }
            if self.has_heard_all() && self.memory.outbox.is_empty() {
                line.close().await;
                return Ok(());
            }
        }
    }

    /// Up to `live`; after a `reset` with a fresh look at everything.
    async fn greeted(&mut self, line: &mut Line, number: u64) -> Result<(), u16> {
        let patience = Duration::from_secs(5);
        let welcome = line.next(patience).await?.filter(|frame| frame["type"] == "welcome").ok_or(1006_u16)?;
        let (reset, cursor) = (welcome["reset"] == true, text(&welcome, "cursor"));
        self.note(What::Welcome { line: number, reset, cursor: cursor.clone() });
        if reset {
            self.cursor = None;
        }
        loop {
            let frame = line.next(patience).await?.ok_or(1006_u16)?;
            if frame["type"] == "live" {
                let live = text(&frame, "cursor");
                self.note(What::Live { line: number, cursor: live.clone() });
                if reset {
                    self.load_all().await.ok_or(1006_u16)?;
                }
                self.cursor = Some(live);
                return Ok(());
            }
            self.hear(number, &frame);
        }
    }

    fn hear(&mut self, line: u64, frame: &Value) {
        match frame["type"].as_str().unwrap_or("") {
            "ack" => self.answered(&text(frame, "id"), Reply::Ok(frame.clone())),
            "reject" => self.answered(&text(frame, "id"), Reply::of_refusal(frame)),
            _ if frame["position"].is_i64() => {
                self.cursor = Some(text(frame, "cursor"));
                if self.side != Side::Visitor && !self.is_ours(frame) {
                    return;
                }
                self.note(What::Heard { line, frame: frame.clone() });
                self.remember(frame);
            }
            _ => {}
        }
    }

    fn is_ours(&self, frame: &Value) -> bool {
        let channel = [&frame["channel"], &frame["conversation"]["channel"], &frame["customer"]["channel"]];
        let read = frame["conversation"].as_str().is_some_and(|id| self.memory.owners.contains_key(id));
        read || channel.iter().any(|channel| self.ours.iter().any(|ours| **channel == **ours))
    }

    fn remember(&mut self, frame: &Value) {
        let (message, state) = (&frame["message"], &frame["conversation"]);
        if message.is_object() {
            let (conversation, seq) = (text(message, "conversation"), message["seq"].as_i64().unwrap_or(0));
            self.memory.newest.insert(conversation.clone(), seq);
            self.memory.owners.entry(conversation.clone()).or_default();
            self.memory.shown.insert((conversation, seq));
        }
        if state.is_object() {
            self.memory.owners.insert(text(state, "id"), state["assignee"].as_str().map(str::to_owned));
        }
    }

    /// An ack or a reject for what was sent on this line.
    fn answered(&mut self, id: &str, reply: Reply) {
        let Some(ops) = self.memory.asked.get_mut(id).filter(|ops| !ops.is_empty()) else { return };
        let op = ops.remove(0);
        self.settle(op, id, reply);
    }

    /// What an operation came to. `true`: it need not be asked again.
    fn settle(&mut self, op: u64, id: &str, reply: Reply) {
        let place = self.memory.outbox.iter().position(|message| message.id == id);
        match reply {
            Reply::Ok(answer) => {
                self.note(What::Ok { op, answer });
                if let Some(place) = place {
                    let message = self.memory.outbox.remove(place);
                    self.memory.acknowledged.push(message);
                }
            }
            Reply::Refused { code, retry_after } => {
                self.note(What::Fail { op, code });
                if let Some(place) = place.filter(|_| retry_after.is_none()) {
                    self.memory.outbox.remove(place);
                }
            }
            Reply::Unknown => self.note(What::Unknown { op }),
        }
    }

    async fn say(&mut self, line: &mut Line, message: &Message) -> Result<(), u16> {
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: message.act() });
        self.memory.asked.entry(message.id.clone()).or_default().push(op);
        line.say(&message.frame()).await
    }

    async fn post(&mut self, message: &Message) {
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: message.act() });
        let path = match &message.conversation {
            Some(conversation) => format!("/conversations/{conversation}/messages"),
            None => "/visitor/messages".to_owned(),
        };
        let reply = self.wire.post(&path, &message.body()).await;
        self.settle(op, &message.id, reply);
    }

    /// Something to do next. `false`: hang up.
    async fn deed(&mut self, line: &mut Line) -> Result<bool, u16> {
        if !matches!(&*self.phase.borrow(), Phase::Talk) {
            self.insist(line).await?;
            let waits = self.memory.asked.values().any(|ops| !ops.is_empty());
            self.quiet.store(self.memory.outbox.is_empty() && !waits, Ordering::Relaxed);
            return Ok(true);
        }
        match self.dice.below(100) {
            0..=1 => return Ok(false),
            2..=4 => self.look_back().await,
            5..=9 => self.repeat(line).await?,
            10..=14 => self.insist(line).await?,
            15..=29 if self.side == Side::Agent => self.take_over().await,
            30..=37 if self.side == Side::Agent => self.read().await,
            38..=39 if self.side == Side::Agent => self.resolve().await,
            n => {
                if let Some(message) = self.new_message().await {
                    match n % 4 {
                        0 => self.post(&message).await,
                        _ => self.say(line, &message).await?,
                    }
                }
            }
        }
        Ok(true)
    }

    async fn new_message(&mut self) -> Option<Message> {
        if self.memory.outbox.len() >= WINDOW {
            return None;
        }
        let conversation = match self.side {
            Side::Visitor => None,
            _ => Some(self.some_conversation()?),
        };
        let kind = if self.side == Side::Agent && self.dice.one_in(4) { "note" } else { "text" };
        self.memory.said += 1;
        let (said, filler) = (self.memory.said, "好 ö \u{1f600} ".repeat(self.dice.below(20)));
        let attachments =
            if self.dice.one_in(self.files) { self.upload().await.into_iter().collect() } else { Vec::new() };
        let id = self.dice.id(self.recorder.now() / 1_000);
        let message =
            Message { id, conversation, kind, text: format!("{} says {said}: {filler}", self.name), attachments };
        self.memory.outbox.push(message.clone());
        Some(message)
    }

    async fn upload(&mut self) -> Option<String> {
        let name = format!("{}-{}.txt", self.dice.below(1 << 30), 1 + self.dice.below(100_000));
        let path = if self.side == Side::Visitor { "/visitor/attachments" } else { "/attachments" };
        match self.wire.upload(path, &name, file_named(&name)?).await {
            Reply::Ok(attachment) => Some(text(&attachment, "id")),
            _ => None,
        }
    }

    fn some_conversation(&mut self) -> Option<String> {
        let n = self.dice.below(self.memory.owners.len());
        self.memory.owners.keys().nth(n).cloned()
    }

    /// Asks once more for what has no answer.
    async fn insist(&mut self, line: &mut Line) -> Result<(), u16> {
        let waits = |m: &Message, asked: &HashMap<String, Vec<u64>>| asked.get(&m.id).is_none_or(Vec::is_empty);
        let next = self.memory.outbox.iter().find(|message| waits(message, &self.memory.asked)).cloned();
        let Some(message) = next else { return Ok(()) };
        match self.dice.one_in(2) {
            true => self.say(line, &message).await,
            false => {
                self.post(&message).await;
                Ok(())
            }
        }
    }

    /// Says something acknowledged again, sometimes with other words.
    async fn repeat(&mut self, line: &mut Line) -> Result<(), u16> {
        let n = self.dice.below(self.memory.acknowledged.len());
        let Some(mut message) = self.memory.acknowledged.get(n).cloned() else { return Ok(()) };
        if self.dice.one_in(3) {
            message.text += " (other words)";
        }
        match self.dice.one_in(2) {
            true => self.say(line, &message).await,
            false => {
                self.post(&message).await;
                Ok(())
            }
        }
    }

    async fn take_over(&mut self) {
        let Some(conversation) = self.some_conversation() else { return };
        // Sometimes somebody looks at an old screen.
        let old = self.dice.one_in(4);
        let expected = self.memory.owners[&conversation].clone().filter(|_| !old);
        let to = if self.dice.one_in(3) { None } else { Some(self.principal.clone()) };
        let op = self.recorder.number();
        let act = Act::Assign { conversation: conversation.clone(), expected: expected.clone(), to: to.clone() };
        self.note(What::Invoke { op, act });
        let body = json!({"assignee": to, "expected": expected});
        let reply = self.wire.post(&format!("/conversations/{conversation}/assign"), &body).await;
        self.settle(op, "", reply);
    }

    async fn read(&mut self) {
        let Some(conversation) = self.some_conversation() else { return };
        let newest = self.memory.newest.get(&conversation).copied().unwrap_or(0);
        let seq = (newest - self.dice.below(3) as i64).max(0);
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: Act::Read { conversation: conversation.clone(), seq } });
        let reply = self.wire.post(&format!("/conversations/{conversation}/read"), &json!({"seq": seq})).await;
        self.settle(op, "", reply);
    }

    /// The customer's next message reopens it.
    async fn resolve(&mut self) {
        if let Some(conversation) = self.some_conversation() {
            self.wire.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await;
        }
    }

    async fn look_back(&mut self) {
        match self.side {
            Side::Visitor => drop(self.load_own().await),
            _ => {
                if let Some(conversation) = self.some_conversation() {
                    self.load(&conversation).await;
                }
            }
        }
    }

    async fn load_all(&mut self) -> Option<()> {
        if self.side == Side::Visitor {
            return self.load_own().await;
        }
        for conversation in inbox(&self.wire, &self.channels).await? {
            self.remember(&json!({"conversation": conversation}));
            self.load(&text(&conversation, "id")).await?;
        }
        Some(())
    }

    async fn load(&mut self, conversation: &str) -> Option<()> {
        let since = self.recorder.now();
        let messages = history(&self.wire, conversation).await?;
        self.loaded(since, conversation, messages);
        Some(())
    }

    async fn load_own(&mut self) -> Option<()> {
        let since = self.recorder.now();
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.first().map_or(String::new(), |m| format!("before={}&", m["order"]));
            let Reply::Ok(page) = self.wire.get(&format!("/visitor/messages?{before}limit=100")).await else {
                return None;
            };
            let mut items = page["items"].as_array()?.clone();
            items.extend(all);
            all = items;
            if page["more"] == false {
                break;
            }
        }
        let mut conversations: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for message in all {
            conversations.entry(text(&message, "conversation")).or_default().push(message);
        }
        for (conversation, messages) in conversations {
            self.loaded(since, &conversation, messages);
        }
        Some(())
    }

    fn loaded(&mut self, since: u64, conversation: &str, messages: Vec<Value>) {
        for message in &messages {
            self.remember(&json!({"message": message}));
        }
        self.note(What::Loaded { since, conversation: conversation.to_owned(), messages });
    }
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or("").to_owned()
}

/// Every conversation of these channels.
pub async fn inbox(wire: &Wire, channels: &[String]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for (channel, view) in channels.iter().flat_map(|channel| [(channel, "all"), (channel, "resolved")]) {
        let mut after = String::new();
        loop {
            let path = format!("/conversations?channel={channel}&view={view}&limit=100{after}");
            let Reply::Ok(page) = wire.get(&path).await else { return None };
            all.extend(page["items"].as_array()?.iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
    }
    Some(all)
}

/// A conversation's messages from the first on.
pub async fn history(wire: &Wire, conversation: &str) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message["seq"].as_i64().unwrap_or(0));
        let page = wire.get(&format!("/conversations/{conversation}/messages?after={after}&limit=100")).await;
        let Reply::Ok(page) = page else { return None };
        let items = page["items"].as_array()?;
        if items.is_empty() {
            return Some(all);
        }
        all.extend(items.iter().cloned());
    }
}
