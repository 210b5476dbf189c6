//! Somebody who talks and listens as docs/protocol.md asks for, and writes everything down.

use super::dice::Dice;
use super::record::{Act, Recorder, Side, What};
use super::wire::{Line, Reply, Way, Wire};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Messages on their way at once.
pub(super) const WINDOW: usize = 8;

/// What everybody is to do.
#[derive(Clone)]
pub enum Phase {
    Talk,
    /// Say nothing new, get everything acknowledged.
    Finish,
    /// Listen until these were shown, by client name: conversation and own seq.
    Hear(Wanted),
    /// Likewise; then come back once more, and go.
    Leave(Wanted),
}

pub type Wanted = Arc<HashMap<String, Vec<(String, i64)>>>;

/// Numbered, so that everybody can say which one they have done.
pub type Phases = watch::Receiver<(usize, Phase)>;

pub struct Client {
    pub name: String,
    pub side: Side,
    pub principal: String,
    pub wire: Wire,
    /// Each line by one of them.
    pub ways: Vec<Way>,
    pub cursor: Option<String>,
    pub dice: Dice,
    pub recorder: Recorder,
    /// Between two deeds.
    pub pace: Duration,
    /// One message in so many has one.
    pub files: usize,
    pub phase: Phases,
    /// The last phase of which nothing is left to do.
    pub done: Arc<AtomicUsize>,
    /// Where to look after a `reset`.
    pub channels: Vec<String>,
    /// Of the whole crowd: on a server there may be others, which are none of its business.
    pub ours: Vec<String>,
    pub memory: Memory,
}

#[derive(Default)]
pub struct Memory {
    pub(super) said: u64,
    /// Not acknowledged yet, in the order of saying.
    pub(super) outbox: Vec<Message>,
    /// On the present line, by client id: operations that wait for an ack.
    pub(super) asked: HashMap<String, Vec<u64>>,
    pub(super) acknowledged: Vec<Message>,
    /// Agents: conversations heard of, and who is believed to own them.
    pub(super) owners: BTreeMap<String, Option<String>>,
    pub(super) newest: HashMap<String, i64>,
    pub(super) shown: HashSet<(String, i64)>,
    pub(super) finished: bool,
}

#[derive(Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) conversation: Option<String>,
    pub(super) kind: &'static str,
    pub(super) text: String,
    pub(super) attachments: Vec<String>,
}

impl Message {
    pub(super) fn act(&self) -> Act {
        Act::Send {
            id: self.id.clone(),
            conversation: self.conversation.clone(),
            kind: self.kind.to_owned(),
            text: self.text.clone(),
            attachments: self.attachments.clone(),
        }
    }

    pub(super) fn body(&self) -> Value {
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

impl Client {
    /// Until everything is said and heard, however often the line breaks.
    pub async fn live(mut self) {
        while !self.memory.finished {
            let line = self.recorder.number();
            let way = self.ways[self.dice.below(self.ways.len())];
            self.note(What::Opened { line, way, cursor: self.cursor.clone() });
            let code = self.connected(line, way).await.err().unwrap_or(1000);
            self.note(What::Closed { line, code });
            for op in self.memory.asked.drain().flat_map(|(_, ops)| ops).collect::<Vec<_>>() {
                self.note(What::Unknown { op });
            }
            let pause = Duration::from_millis(10 + self.dice.below(150) as u64);
            tokio::time::sleep(pause).await;
        }
        self.note(What::Stopped);
    }

    pub(super) fn note(&self, what: What) {
        self.recorder.note(&self.name, what);
    }

    /// Whether nothing of this phase is left to do.
    fn has_done(&self, phase: &Phase) -> bool {
        let unanswered = self.memory.asked.values().any(|ops| !ops.is_empty());
        let said = self.memory.outbox.is_empty() && !unanswered;
        match phase {
            Phase::Talk => false,
            Phase::Finish => said,
            Phase::Hear(wanted) | Phase::Leave(wanted) => {
                let mut own = wanted.get(&self.name).into_iter().flatten();
                said && own.all(|key| self.memory.shown.contains(key))
            }
        }
    }

    /// Whether it is time to go.
    fn may_leave(&self) -> bool {
        let (number, phase) = &*self.phase.borrow();
        let done = self.has_done(phase);
        if done {
            self.done.store(*number, Ordering::Relaxed);
        }
        done && matches!(phase, Phase::Leave(_))
    }

    /// One line from hello to its end. `Ok`: left on purpose.
    async fn connected(&mut self, number: u64, way: Way) -> Result<(), u16> {
        let mut line = self.wire.line_by(way, self.cursor.as_deref()).await?;
        let may_leave = self.may_leave();
        self.greeted(&mut line, number).await?;
        if may_leave {
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
            if self.may_leave() {
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

    pub(super) fn remember(&mut self, frame: &Value) {
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
    pub(super) fn settle(&mut self, op: u64, id: &str, reply: Reply) {
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

    pub(super) async fn say(&mut self, line: &mut Line, message: &Message) -> Result<(), u16> {
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: message.act() });
        self.memory.asked.entry(message.id.clone()).or_default().push(op);
        line.say(&message.frame()).await
    }

    pub(super) async fn post(&mut self, message: &Message) {
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: message.act() });
        let path = match &message.conversation {
            Some(conversation) => format!("/conversations/{conversation}/messages"),
            None => "/visitor/messages".to_owned(),
        };
        let reply = self.wire.post(&path, &message.body()).await;
        self.settle(op, &message.id, reply);
    }
}

pub(super) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or("").to_owned()
}
