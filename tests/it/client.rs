//! A client that does what docs/protocol.md asks for: keeps each message until it is acknowledged, comes back with its
//! cursor, and looks closely at what it is told.

use crate::world::{Agent, Door, Socket, Visitor, new_id};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::time::timeout;

/// Messages on their way at once.
const WINDOW: usize = 8;

/// What somebody sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: String,
    pub text: String,
    /// Agents say where.
    pub conversation: Option<String>,
    /// Null until it is acknowledged.
    pub receipt: Value,
}

/// Every message in the order in which it came, across reconnects. Panics at a loss, a repetition or a wrong order.
#[derive(Default)]
pub struct Screen {
    position: i64,
    pub conversations: HashMap<String, Vec<Value>>,
    pub texts: usize,
    /// Up to which seq a snapshot told: the socket may tell it once more.
    loaded: HashMap<String, i64>,
}

impl Screen {
    fn take(&mut self, frame: &Value) {
        let position = frame["position"].as_i64().unwrap();
        assert!(position > self.position, "an event twice or too late, after {}: {frame}", self.position);
        self.position = position;
        if frame["type"] == "message.created" {
            let message = frame["message"].clone();
            let loaded = self.loaded.get(message["conversation"].as_str().unwrap()).copied();
            if message["seq"].as_i64() <= loaded {
                return;
            }
            self.add(message);
        }
    }

    fn add(&mut self, message: Value) {
        let shown = self.conversations.entry(message["conversation"].as_str().unwrap().to_owned()).or_default();
        let expected = shown.last().map_or(1, |last| last["seq"].as_i64().unwrap() + 1);
        assert_eq!(message["seq"], expected, "a gap or a wrong order: {message}");
        self.texts += usize::from(message["kind"] == "text");
        shown.push(message);
    }

    /// The texts of a conversation.
    pub fn texts_of(&self, conversation: &str) -> Vec<&str> {
        texts(self.conversations.get(conversation).map_or(&[], Vec::as_slice))
    }
}

pub fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().filter(|m| m["kind"] == "text").map(|m| m["text"].as_str().unwrap()).collect()
}

/// What to say next, and for agents where.
pub type Words = (Option<String>, String);

pub struct Client {
    door: Door,
    token: Option<String>,
    cursor: Option<String>,
    pub screen: Screen,
    pub sent: Vec<Sent>,
    waiting: HashMap<String, usize>,
    /// How each connection ended.
    pub ends: Vec<u16>,
}

impl Client {
    pub fn visitor(visitor: &Visitor) -> Client {
        Client::new(visitor.door.clone(), Some(visitor.token.clone()), Some(visitor.cursor.clone()))
    }

    /// Hears everything from now on.
    pub async fn agent(agent: &Agent) -> Client {
        let cursor = agent.socket().await.welcome["cursor"].as_str().unwrap().to_owned();
        Client::new(agent.door.clone(), None, Some(cursor))
    }

    fn new(door: Door, token: Option<String>, cursor: Option<String>) -> Client {
        let (screen, sent, waiting, ends) = (Screen::default(), Vec::new(), HashMap::new(), Vec::new());
        Client { door, token, cursor, screen, sent, waiting, ends }
    }

    /// Says what `words` gives as long as it gives something, and listens, until `done`. Comes back whenever the line breaks.
    pub async fn live(&mut self, mut words: impl FnMut(&Client) -> Option<Words>, done: impl Fn(&Client) -> bool) {
        while !done(self) {
            match self.connected(&mut words, &done).await {
                Ok(()) => return,
                Err(code) => self.ends.push(code),
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub fn all_acknowledged(&self) -> bool {
        self.waiting.is_empty()
    }

    async fn connected(
        &mut self,
        words: &mut impl FnMut(&Client) -> Option<Words>,
        done: &impl Fn(&Client) -> bool,
    ) -> Result<(), u16> {
        let mut socket = Socket::try_open(&self.door.url, &self.door.headers).await.ok_or(1006_u16)?;
        let mut hello = json!({"type": "hello", "protocol": 1, "token": self.token, "cursor": self.cursor});
        hello.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.say(&mut socket, &hello).await?;
        for unknown in self.sent.iter().filter(|sent| sent.receipt.is_null()) {
            self.say(&mut socket, &frame(unknown)).await?;
        }
        loop {
            while self.waiting.len() < WINDOW {
                let Some((conversation, text)) = words(self) else { break };
                let sent = Sent { id: new_id(), text, conversation, receipt: Value::Null };
                let frame = frame(&sent);
                self.waiting.insert(sent.id.clone(), self.sent.len());
                self.sent.push(sent);
                self.say(&mut socket, &frame).await?;
            }
            if done(self) {
                return Ok(());
            }
            if let Ok(heard) = timeout(Duration::from_millis(50), socket.next_or_close()).await {
                let frame = heard?;
                self.hear(&frame);
                // Too far behind to be told one by one.
                if frame["reset"] == true {
                    self.load_all().await;
                }
            }
        }
    }

    /// Agents: all open conversations as they are now, from where we had got to.
    async fn load_all(&mut self) {
        let agent = Agent { id: String::new(), door: self.door.clone() };
        let mut after = String::new();
        loop {
            let page = agent.get(&format!("/conversations?view=all&limit=100{after}")).await.ok(200);
            for conversation in page["items"].as_array().unwrap() {
                let id = conversation["id"].as_str().unwrap();
                let known = self.screen.conversations.get(id).map_or(0, Vec::len);
                for message in agent.history(id).await.into_iter().skip(known) {
                    self.screen.loaded.insert(id.to_owned(), message["seq"].as_i64().unwrap());
                    self.screen.add(message);
                }
            }
            let Some(next) = page["next"].as_str() else { return };
            after = format!("&after={next}");
        }
    }

    async fn say(&self, socket: &mut Socket, frame: &Value) -> Result<(), u16> {
        socket.try_say(frame).await.then_some(()).ok_or(1006)
    }

    fn hear(&mut self, frame: &Value) {
        match frame["type"].as_str().unwrap() {
            "welcome" => assert!(frame["reset"] == false || self.token.is_none(), "{frame}"),
            "ack" => {
                // One that came twice was answered twice: with the same receipt.
                if let Some(at) = self.waiting.remove(frame["id"].as_str().unwrap()) {
                    self.sent[at].receipt = frame.clone();
                }
            }
            // It stays in the outbox and goes again with the next connection.
            "reject" => assert!(frame["code"] == "server.unavailable" || frame["code"] == "server.busy", "{frame}"),
            "error" => panic!("{frame}"),
            _ if frame["position"].is_i64() => self.screen.take(frame),
            _ => {}
        }
        if let Some(cursor) = frame["cursor"].as_str() {
            self.cursor = Some(cursor.to_owned());
        }
    }
}

fn frame(sent: &Sent) -> Value {
    let mut frame = json!({"type": "send", "id": sent.id, "text": sent.text, "kind": "text"});
    if let Some(conversation) = &sent.conversation {
        frame["conversation"] = conversation.as_str().into();
    }
    frame
}

/// Posts until it is acknowledged; everything else means "unknown".
pub async fn post_until_acknowledged(visitor: &Visitor, id: &str, text: &str) -> Value {
    loop {
        let request = visitor.http.post(format!("{}/api/v1/visitor/messages", visitor.url));
        let request = request.bearer_auth(&visitor.token).json(&json!({"client_id": id, "text": text}));
        if let Ok(response) = request.send().await {
            let status = response.status().as_u16();
            match response.json::<Value>().await {
                Ok(receipt) if status == 201 => return receipt,
                Ok(problem) => assert!(status == 503 || status == 429, "{problem}"),
                Err(_) => {}
            }
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}
