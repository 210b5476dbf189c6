//! What happened in a run, one line of JSON each, in the order in which it happened.

use super::wire::Way;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Microseconds since the run began.
    pub at: u64,
    /// The client's name in this run.
    pub who: String,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// How the run came about.
    Seed {
        seed: u64,
    },
    /// Who somebody is for the server, and what they may see.
    Person {
        principal: String,
        side: Side,
        channels: Vec<String>,
    },
    /// They ask for something …
    Invoke {
        op: u64,
        act: Act,
    },
    /// … and got it,
    Ok {
        op: u64,
        answer: Value,
    },
    /// … or were refused: it has not happened and never will,
    Fail {
        op: u64,
        code: String,
    },
    /// … or nobody knows.
    Unknown {
        op: u64,
    },
    /// A line to the server, by its number.
    Opened {
        line: u64,
        way: Way,
        cursor: Option<String>,
    },
    Welcome {
        line: u64,
        reset: bool,
        cursor: String,
    },
    Live {
        line: u64,
        cursor: String,
    },
    Closed {
        line: u64,
        code: u16,
    },
    /// An event told on a line.
    Heard {
        line: u64,
        frame: Value,
    },
    /// A conversation's messages from the first to the newest, asked for at `since`.
    Loaded {
        since: u64,
        conversation: String,
        messages: Vec<Value>,
    },
    /// A conversation in somebody's inbox at the end.
    Inbox {
        conversation: Value,
    },
    /// The whole of a conversation at the end, to the one who sees everything.
    Truth {
        conversation: Value,
        messages: Vec<Value>,
    },
    /// A webhook of these channels, made before the first word.
    Subscribed {
        channels: Vec<String>,
    },
    /// What it was sent, under which id.
    Delivered {
        id: String,
        frame: Value,
    },
    /// They listened until they had heard the end.
    Stopped,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Visitor,
    Agent,
    /// An agent that begins before the first event and only listens.
    Follower,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    Send { id: String, conversation: Option<String>, kind: String, text: String, attachments: Vec<String> },
    Assign { conversation: String, expected: Option<String>, to: Option<String> },
    Read { conversation: String, seq: i64 },
}

/// Where clients write down what they do. Cheap to clone.
#[derive(Clone)]
pub struct Recorder(Arc<Inner>);

struct Inner {
    begun: Instant,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    records: Vec<Record>,
    file: Option<BufWriter<File>>,
    next: u64,
}

impl Recorder {
    /// Kept in memory, and in a file if one is named.
    pub fn new(file: Option<&Path>) -> io::Result<Recorder> {
        let file = file.map(File::create).transpose()?.map(BufWriter::new);
        Ok(Recorder(Arc::new(Inner { begun: Instant::now(), log: Mutex::new(Log { file, ..Log::default() }) })))
    }

    pub fn now(&self) -> u64 {
        self.0.begun.elapsed().as_micros() as u64
    }

    /// A number for an operation or a line.
    pub fn number(&self) -> u64 {
        let mut log = self.0.log.lock();
        log.next += 1;
        log.next
    }

    pub fn note(&self, who: &str, what: What) {
        let mut log = self.0.log.lock();
        // Under the lock, so that the order of lines is the order of times.
        let record = Record { at: self.now(), who: who.to_owned(), what };
        if let Some(file) = &mut log.file {
            let line = serde_json::to_string(&record).unwrap();
            writeln!(file, "{line}").unwrap();
        }
        log.records.push(record);
    }

    pub fn records(&self) -> Vec<Record> {
        let mut log = self.0.log.lock();
        if let Some(file) = &mut log.file {
            file.flush().unwrap();
        }
        log.records.clone()
    }
}

/// A history that was written down before.
pub fn read(path: &Path) -> io::Result<Vec<Record>> {
    let lines = BufReader::new(File::open(path)?).lines();
    lines.map(|line| serde_json::from_str(&line?).map_err(io::Error::other)).collect()
}

/// For later.
pub fn write(path: &Path, records: &[Record]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for record in records {
        writeln!(file, "{}", serde_json::to_string(record)?)?;
    }
    file.flush()
}
