//! The records, sorted out: who asked for what and what became of it, what was told on each line, and how it all ended.

use super::record::{Act, Record, Side, What};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Somebody of the run.
pub struct Person<'r> {
    pub name: &'r str,
    pub principal: &'r str,
    pub side: Side,
    pub channels: HashSet<&'r str>,
    pub lines: Vec<Line<'r>>,
    pub loads: Vec<Load<'r>>,
    pub inbox: Vec<&'r Value>,
    pub stopped: bool,
}

pub struct Line<'r> {
    pub opened: usize,
    pub hello: Option<i64>,
    pub welcome: Option<(bool, i64)>,
    pub live: Option<(usize, i64)>,
    pub heard: Vec<(usize, &'r Value)>,
}

pub struct Load<'r> {
    pub since: u64,
    pub conversation: &'r str,
    pub messages: &'r [Value],
}

pub struct Operation<'r> {
    /// The place of its record.
    pub begun: usize,
    pub who: &'r str,
    pub act: &'r Act,
    pub end: End<'r>,
}

/// With the place and the time of its record.
pub enum End<'r> {
    Ok { place: usize, at: u64, answer: &'r Value },
    Fail(&'r str),
    Unknown,
}

/// A webhook: of which channels, and what it was sent.
#[derive(Default)]
pub struct Hook<'r> {
    pub channels: HashSet<&'r str>,
    pub deliveries: Vec<(&'r str, &'r Value)>,
}

/// A conversation as it was at the end.
pub struct Truth<'r> {
    pub state: &'r Value,
    pub messages: &'r [Value],
    /// By the customer's own count: which of `messages`.
    pub public: Vec<usize>,
}

pub struct Story<'r> {
    pub people: BTreeMap<&'r str, Person<'r>>,
    pub operations: Vec<Operation<'r>>,
    pub truth: BTreeMap<&'r str, Truth<'r>>,
    pub webhooks: BTreeMap<&'r str, Hook<'r>>,
    /// Of messages, from the frames that told them.
    positions: HashMap<(&'r str, i64), i64>,
}

pub fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or("")
}

pub fn number(value: &Value, field: &str) -> i64 {
    value[field].as_i64().unwrap_or(-1)
}

/// The position within a cursor, `"<epoch>-<position>"`.
pub fn position_of(cursor: &str) -> Option<i64> {
    cursor.rsplit_once('-')?.1.parse().ok()
}

fn is_public(message: &Value) -> bool {
    match text(message, "kind") {
        "text" => true,
        "activity" => matches!(text(&message["activity"], "verb"), "resolved" | "reopened"),
        _ => false,
    }
}

impl<'r> Story<'r> {
    pub fn of(records: &'r [Record]) -> Story<'r> {
        let mut story = Story {
            people: BTreeMap::new(),
            operations: Vec::new(),
            truth: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            positions: HashMap::new(),
        };
        let (mut operations, mut lines) = (HashMap::new(), HashMap::new());
        for (place, record) in records.iter().enumerate() {
            story.take(place, record, &mut operations, &mut lines);
        }
        story.learn_positions();
        story
    }

    fn take(
        &mut self,
        place: usize,
        record: &'r Record,
        operations: &mut HashMap<u64, usize>,
        lines: &mut HashMap<u64, usize>,
    ) {
        let who = record.who.as_str();
        let end = match &record.what {
            What::Ok { op, answer } => Some((op, End::Ok { place, at: record.at, answer })),
            What::Fail { op, code } => Some((op, End::Fail(code))),
            What::Unknown { op } => Some((op, End::Unknown)),
            _ => None,
        };
        if let Some((op, end)) = end {
            self.operations[operations[op]].end = end;
            return;
        }
        match &record.what {
            What::Invoke { op, act } => {
                operations.insert(*op, self.operations.len());
                self.operations.push(Operation { begun: place, who, act, end: End::Unknown });
            }
            What::Truth { conversation, messages } => {
                let public = (0..messages.len()).filter(|n| is_public(&messages[*n])).collect();
                self.truth.insert(text(conversation, "id"), Truth { state: conversation, messages, public });
            }
            What::Subscribed { channels } => {
                self.webhooks.entry(who).or_default().channels = channels.iter().map(String::as_str).collect();
            }
            What::Delivered { id, frame } => {
                self.webhooks.entry(who).or_default().deliveries.push((id, frame));
            }
            What::Person { principal, side, channels } => {
                let person = Person {
                    name: who,
                    principal,
                    side: *side,
                    channels: channels.iter().map(String::as_str).collect(),
                    lines: Vec::new(),
                    loads: Vec::new(),
                    inbox: Vec::new(),
                    stopped: false,
                };
                self.people.insert(who, person);
            }
            what => {
                if let Some(person) = self.people.get_mut(who) {
                    person.take(place, what, lines);
                }
            }
        }
    }

    /// Where a message stands in its conversation, as one side counts.
    pub fn message(&self, side: Side, conversation: &str, seq: i64) -> Option<&'r Value> {
        let truth = self.truth.get(conversation)?;
        let index = usize::try_from(seq - 1).ok()?;
        match side {
            Side::Visitor => truth.public.get(index).map(|n| &truth.messages[*n]),
            Side::Agent | Side::Follower => truth.messages.get(index),
        }
    }

    /// When anybody first heard a message: by its author and client id, the place of that record.
    pub fn first_heard(&self) -> HashMap<(&'r str, &'r str), usize> {
        let mut first = HashMap::new();
        for person in self.people.values() {
            for (place, frame) in person.lines.iter().flat_map(|line| &line.heard) {
                let message = &frame["message"];
                // A visitor is told the ids of their own messages alone, and not who they are.
                let author = message["author"]["id"].as_str().unwrap_or(person.principal);
                if let Some(id) = message["client_id"].as_str() {
                    let known = first.entry((author, id)).or_insert(*place);
                    *known = (*known).min(*place);
                }
            }
        }
        first
    }

    pub fn position(&self, message: &Value) -> Option<i64> {
        self.positions.get(&(text(message, "conversation"), number(message, "seq"))).copied()
    }

    pub fn may_see(&self, person: &Person<'_>, conversation: &str) -> bool {
        let Some(truth) = self.truth.get(conversation) else { return false };
        match person.side {
            Side::Visitor => text(&truth.state["customer"], "id") == person.principal,
            Side::Agent | Side::Follower => person.channels.contains(text(truth.state, "channel")),
        }
    }

    /// Every message that somebody may see, as they count: conversation, seq, message.
    pub fn visible_to(&self, person: &Person<'_>) -> Vec<(&'r str, i64, &'r Value)> {
        let mut visible = Vec::new();
        for (id, truth) in self.truth.iter().filter(|(id, _)| self.may_see(person, id)) {
            match person.side {
                Side::Visitor => {
                    let own = truth.public.iter().zip(1..);
                    visible.extend(own.map(|(n, seq)| (*id, seq, &truth.messages[*n])));
                }
                Side::Agent | Side::Follower => {
                    visible.extend(truth.messages.iter().zip(1..).map(|(message, seq)| (*id, seq, message)));
                }
            }
        }
        visible
    }

    fn learn_positions(&mut self) {
        let mut learnt = HashMap::new();
        for person in self.people.values() {
            for (_, frame) in person.lines.iter().flat_map(|line| &line.heard) {
                let message = &frame["message"];
                let Some(told) = self.message(person.side, text(message, "conversation"), number(message, "seq"))
                else {
                    continue;
                };
                // A liar may tell a message of one place as that of another: only what agrees teaches anything.
                if text(told, "text") == text(message, "text") {
                    learnt.insert((text(told, "conversation"), number(told, "seq")), number(frame, "position"));
                }
            }
        }
        self.positions = learnt;
    }
}

impl<'r> Person<'r> {
    fn take(&mut self, place: usize, what: &'r What, lines: &mut HashMap<u64, usize>) {
        match what {
            What::Opened { line, cursor, .. } => {
                lines.insert(*line, self.lines.len());
                let hello = cursor.as_deref().and_then(position_of);
                self.lines.push(Line { opened: place, hello, welcome: None, live: None, heard: Vec::new() });
            }
            What::Welcome { line, reset, cursor } => {
                self.lines[lines[line]].welcome = Some((*reset, position_of(cursor).unwrap_or(-1)));
            }
            What::Live { line, cursor } => {
                self.lines[lines[line]].live = Some((place, position_of(cursor).unwrap_or(-1)));
            }
            What::Heard { line, frame } => self.lines[lines[line]].heard.push((place, frame)),
            What::Loaded { since, conversation, messages } => {
                self.loads.push(Load { since: *since, conversation, messages });
            }
            What::Inbox { conversation } => self.inbox.push(conversation),
            What::Stopped => self.stopped = true,
            _ => {}
        }
    }

    /// Every message this person was shown, by line or load: conversation and own seq.
    pub fn shown(&self) -> HashSet<(&'r str, i64)> {
        let heard = self.lines.iter().flat_map(|line| &line.heard).map(|(_, frame)| &frame["message"]);
        let loaded = self.loads.iter().flat_map(|load| load.messages);
        heard.filter(|m| m.is_object()).chain(loaded).map(|m| (text(m, "conversation"), number(m, "seq"))).collect()
    }
}
