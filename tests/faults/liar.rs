//! A server that breaks a promise: stands between a crowd and an honest server and lies in one way.
//!
//! It is how the checker is checked: each lie is what a real fault of a server would look like to its clients.

use crate::history::Dice;
use futures_util::{SinkExt, StreamExt};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{accept_async, connect_async};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Acknowledges before it is written down, and then it is not.
    AcknowledgesUnsaved,
    /// Stores other bytes than were sent.
    BendsWords,
    /// Forgets that it has seen a client id.
    ForgetsIds,
    /// Leaves something out when somebody comes back.
    DropsOnResume,
    TellsTwice,
    /// Publishes in another order than it commits.
    Swaps,
    /// Welcomes somebody at an older place than they were at.
    TurnsBack,
    /// Reads from a copy that lags behind.
    ReadsOld,
    /// Two who want the same conversation both get it.
    TwoWinners,
    /// Says no and does it.
    RefusesAndDoes,
    /// The feed's follower misses something.
    SkipsFollower,
    /// A webhook misses something.
    SkipsWebhook,
    /// What is sent to a webhook again has another id.
    RenamesDelivery,
    Miscounts,
    /// Tells a visitor what belongs to another one.
    Leaks,
}

/// Each with the promise it breaks.
pub const LIES: [(Lie, u8); 15] = [
    (Lie::AcknowledgesUnsaved, 1),
    (Lie::BendsWords, 1),
    (Lie::ForgetsIds, 2),
    (Lie::DropsOnResume, 3),
    (Lie::TellsTwice, 3),
    (Lie::Swaps, 3),
    (Lie::TurnsBack, 4),
    (Lie::ReadsOld, 4),
    (Lie::TwoWinners, 5),
    (Lie::RefusesAndDoes, 6),
    (Lie::SkipsFollower, 7),
    (Lie::SkipsWebhook, 7),
    (Lie::RenamesDelivery, 7),
    (Lie::Miscounts, 8),
    (Lie::Leaks, 9),
];

pub struct Liar {
    pub url: String,
    shared: Arc<Shared>,
    life: tokio::task::JoinHandle<()>,
}

struct Shared {
    lie: Lie,
    server: String,
    follower: String,
    dice: Mutex<Dice>,
    told: AtomicUsize,
    visitors: Mutex<HashMap<usize, mpsc::UnboundedSender<Value>>>,
    lines: AtomicUsize,
    http: reqwest::Client,
}

impl Liar {
    /// In front of `server`. `follower` is the token of the one who follows the feed.
    pub async fn before(server: &str, follower: &str, lie: Lie, seed: u64) -> Liar {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            lie,
            server: server.to_owned(),
            follower: follower.to_owned(),
            dice: Mutex::new(Dice::new(seed)),
            told: AtomicUsize::new(0),
            visitors: Mutex::new(HashMap::new()),
            lines: AtomicUsize::new(0),
            http: reqwest::Client::new(),
        });
        let serving = shared.clone();
        let life = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = serving.clone();
                // Whoever breaks off, breaks off.
                tokio::spawn(async move { shared.serve(stream).await });
            }
        });
        Liar { url, shared, life }
    }

    /// How often it has lied.
    pub fn lies(&self) -> usize {
        self.shared.told.load(Ordering::Relaxed)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.life.abort();
    }
}

/// The head of a request, read but left in the stream.
async fn peek_head(stream: &TcpStream) -> Option<String> {
    let mut buffer = vec![0; 16 << 10];
    for _ in 0..200 {
        let read = stream.peek(&mut buffer).await.ok().filter(|read| *read > 0)?;
        let head = String::from_utf8_lossy(&buffer[..read]).into_owned();
        if let Some(end) = head.find("\r\n\r\n") {
            return Some(head[..end + 4].to_owned());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    None
}

impl Shared {
    async fn serve(self: Arc<Shared>, stream: TcpStream) -> Option<()> {
        let head = peek_head(&stream).await?;
        match head.to_ascii_lowercase().contains("upgrade: websocket") {
            true => self.socket(stream).await,
            false => self.request(stream, &head).await,
        }
    }

    /// Whether to lie now; it is counted.
    fn lies(&self, lie: Lie, one_in: usize) -> bool {
        let now = self.lie == lie && self.dice.lock().one_in(one_in);
        self.told.fetch_add(usize::from(now), Ordering::Relaxed);
        now
    }

    /// One request and its answer; then the connection is closed.
    async fn request(&self, mut stream: TcpStream, head: &str) -> Option<()> {
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ');
        let (method, path) = (first.next()?, first.next()?);
        let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(": ")).collect();
        let named = |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
        let length: usize = named("content-length").map_or(Some(0), |length| length.parse().ok())?;
        let mut request = vec![0; head.len() + length];
        stream.read_exact(&mut request).await.ok()?;
        let mut onward = self.http.request(method.parse().ok()?, format!("{}{path}", self.server));
        for (name, value) in &headers {
            if !["host", "content-length", "connection"].iter().any(|own| name.eq_ignore_ascii_case(own)) {
                onward = onward.header(*name, *value);
            }
        }
        let asked = serde_json::from_slice(&request[head.len()..]).unwrap_or(Value::Null);
        let answer = onward.body(request.split_off(head.len())).send().await.ok()?;
        let mut status = answer.status().as_u16();
        let mut bytes = answer.bytes().await.ok()?.to_vec();
        if let Ok(mut body) = serde_json::from_slice(&bytes) {
            self.bend_answer(path, &asked, &mut status, &mut body);
            bytes = body.to_string().into_bytes();
        }
        let reply = format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
        stream.write_all(&[reply.as_bytes(), &bytes].concat()).await.ok()
    }

    fn bend_answer(&self, path: &str, asked: &Value, status: &mut u16, body: &mut Value) {
        let items = body["items"].as_array_mut();
        let is_history = path.contains("/messages?");
        if let Some(items) = items {
            if is_history && !items.is_empty() && self.lies(Lie::ReadsOld, 2) {
                // Far enough that words of whoever asks are likely among what is not there yet.
                items.truncate(items.len() / 2);
            }
            if path.contains("/conversations?") && !items.is_empty() && self.lies(Lie::Miscounts, 1) {
                for item in items {
                    item["unread"] = (item["unread"].as_i64().unwrap_or(0) + 1).into();
                }
            }
        }
        if path.ends_with("/assign") && *status == 409 && self.lies(Lie::TwoWinners, 1) {
            let id = path.split('/').nth_back(1).unwrap_or("");
            (*status, *body) = (200, json!({"id": id, "assignee": asked["assignee"], "position": 1}));
        }
    }

    async fn socket(self: Arc<Shared>, stream: TcpStream) -> Option<()> {
        let client = accept_async(stream).await.ok()?;
        let address = format!("{}/api/v1/socket", self.server.replacen("http", "ws", 1));
        let (server, _) = connect_async(address).await.ok()?;
        let (mut to_client, mut from_client) = client.split();
        let (mut to_server, mut from_server) = server.split();
        let (leak, mut leaked) = mpsc::unbounded_channel();
        let number = self.lines.fetch_add(1, Ordering::Relaxed);
        let mut line = Line { number, leak: Some(leak), ..Line::default() };
        loop {
            let (up, down) = tokio::select! {
                message = from_client.next() => match message?.ok()? {
                    Message::Text(text) => line.heard_client(&self, serde_json::from_str(&text).ok()?),
                    // Signs of life go between each pair by themselves.
                    Message::Close(_) => break,
                    _ => continue,
                },
                message = from_server.next() => match message?.ok()? {
                    Message::Text(text) => (Vec::new(), line.heard_server(&self, serde_json::from_str(&text).ok()?)),
                    close @ Message::Close(_) => {
                        to_client.send(close).await.ok()?;
                        break;
                    }
                    _ => continue,
                },
                frame = leaked.recv() => (Vec::new(), vec![frame?]),
            };
            for frame in up {
                to_server.send(Message::text(frame.to_string())).await.ok()?;
            }
            for frame in down {
                to_client.send(Message::text(frame.to_string())).await.ok()?;
            }
        }
        self.visitors.lock().remove(&number);
        to_server.close().await.ok()
    }
}

/// What a lie about one line must remember.
#[derive(Default)]
struct Line {
    number: usize,
    leak: Option<mpsc::UnboundedSender<Value>>,
    is_visitor: bool,
    follows: bool,
    is_live: bool,
    was_reset: bool,
    seen: HashMap<String, usize>,
    /// Ids of our own making, and what they stand for.
    renamed: HashMap<String, String>,
    refused: Vec<String>,
    held: Option<Value>,
    last_ack: Value,
}

impl Line {
    /// What goes on to the server, and what the client is told at once.
    fn heard_client(&mut self, shared: &Shared, mut frame: Value) -> (Vec<Value>, Vec<Value>) {
        if frame["type"] == "hello" {
            let token = frame["token"].as_str().unwrap_or("");
            (self.is_visitor, self.follows) = (token.starts_with("plv_"), token == shared.follower);
            if let Some(leak) = self.leak.take_if(|_| self.is_visitor) {
                shared.visitors.lock().insert(self.number, leak);
            }
        }
        if frame["type"] != "send" {
            return (vec![frame], Vec::new());
        }
        let id = frame["id"].as_str().unwrap_or("").to_owned();
        let times = self.seen.entry(id.clone()).or_default();
        *times += 1;
        if *times > 1 && shared.lies(Lie::ForgetsIds, 1) {
            let other = uuid::Uuid::now_v7().to_string();
            frame["id"] = other.as_str().into();
            self.renamed.insert(other, id);
        } else if self.last_ack.is_object() && shared.lies(Lie::AcknowledgesUnsaved, 15) {
            let mut ack = self.last_ack.clone();
            ack["id"] = frame["id"].clone();
            return (Vec::new(), vec![ack]);
        } else if *times == 1 && shared.lies(Lie::RefusesAndDoes, 15) {
            self.refused.push(id.clone());
            return (vec![frame], vec![json!({"type": "reject", "id": id, "code": "rate.limited"})]);
        } else if shared.lies(Lie::BendsWords, 15) {
            frame["text"] = format!("{} ", frame["text"].as_str().unwrap_or("")).into();
        }
        (vec![frame], Vec::new())
    }

    fn heard_server(&mut self, shared: &Shared, mut frame: Value) -> Vec<Value> {
        match frame["type"].as_str().unwrap_or("") {
            "welcome" => {
                self.was_reset = frame["reset"] == true;
                if !self.was_reset && shared.lies(Lie::TurnsBack, 2) {
                    let cursor = frame["cursor"].as_str().unwrap_or("").to_owned();
                    let (epoch, position) = cursor.rsplit_once('-').unwrap_or(("", "0"));
                    frame["cursor"] = format!("{epoch}-{}", position.parse::<i64>().unwrap_or(0) - 3).into();
                }
            }
            "live" => self.is_live = true,
            "ack" => {
                let id = frame["id"].as_str().unwrap_or("").to_owned();
                if self.refused.contains(&id) {
                    return Vec::new();
                }
                if let Some(first) = self.renamed.get(&id) {
                    frame["id"] = first.as_str().into();
                }
                self.last_ack = frame.clone();
            }
            "message.created" => return self.message(shared, frame),
            _ => {}
        }
        vec![frame]
    }

    fn message(&mut self, shared: &Shared, frame: Value) -> Vec<Value> {
        if let Some(held) = self.held.take() {
            return vec![frame, held];
        }
        let is_resumed = !self.is_live && !self.was_reset;
        if (is_resumed && shared.lies(Lie::DropsOnResume, 2)) || (self.follows && shared.lies(Lie::SkipsFollower, 20)) {
            return Vec::new();
        }
        if shared.lies(Lie::Swaps, 20) {
            self.held = Some(frame);
            return Vec::new();
        }
        if shared.lies(Lie::TellsTwice, 20) {
            return vec![frame.clone(), frame];
        }
        if self.is_visitor && shared.lies(Lie::Leaks, 20) {
            for (_, other) in shared.visitors.lock().iter().filter(|(number, _)| **number != self.number) {
                // Gone meanwhile: they are not told.
                let _ = other.send(frame.clone());
            }
        }
        vec![frame]
    }
}
