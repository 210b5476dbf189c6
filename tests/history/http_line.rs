//! A line over plain HTTP, as docs/protocol.md has it ("Without WebSocket").

use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// A poll is answered after 25 s at the latest.
const POLL_TIME: Duration = Duration::from_secs(35);
const CONNECT_TIME: Duration = Duration::from_secs(4);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answers {
    Streamed,
    Polled,
}

/// Where requests go, and as whom.
#[derive(Clone)]
pub struct Post {
    http: Client,
    url: String,
    headers: Vec<(String, String)>,
}

impl Post {
    pub fn new(url: &str, headers: &[(String, String)]) -> Post {
        let http = Client::builder().connect_timeout(CONNECT_TIME).build().unwrap();
        Post { http, url: url.to_owned(), headers: headers.to_vec() }
    }

    async fn send(&self, path: &str, body: &Value) -> Result<Response, u16> {
        let mut request = self.http.post(format!("{}/api/v1/line/{path}", self.url)).json(body);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let answer = request.header("x-parlor-request", "1").send().await.map_err(|_| 1006_u16)?;
        match answer.status().as_u16() {
            200 => Ok(answer),
            400 => Err(1008),
            401 | 403 => Err(4401),
            _ => Err(1013),
        }
    }

    async fn json(&self, path: &str, body: &Value, patience: Duration) -> Result<Value, u16> {
        let answer = async { self.send(path, body).await?.json().await.map_err(|_| 1006) };
        tokio::time::timeout(patience, answer).await.map_err(|_| 1006_u16)?
    }
}

/// What came, or the code with which the line ended.
type Heard = Result<Value, u16>;

pub struct HttpLine {
    post: Post,
    secret: Value,
    tell: UnboundedSender<Heard>,
    heard: UnboundedReceiver<Heard>,
    reader: JoinHandle<()>,
}

impl HttpLine {
    /// The hello's token travels as in REST.
    pub async fn open(mut post: Post, answers: Answers, mut hello: Value) -> Result<HttpLine, u16> {
        if let Some(token) = hello.as_object_mut().and_then(|hello| hello.remove("token")) {
            let token = format!("Bearer {}", token.as_str().unwrap_or_default());
            post.headers.push(("authorization".into(), token));
        }
        let (tell, heard) = unbounded_channel();
        let (secret, reader) = match answers {
            Answers::Polled => {
                let first = post.json("poll", &hello, POLL_TIME).await?;
                let secret = first["line"].clone();
                hand_on(&tell, &first["frames"]);
                let reader = tokio::spawn(polled(post.clone(), secret.clone(), tell.clone()));
                (secret, reader)
            }
            Answers::Streamed => {
                let mut events = Events::of(post.send("stream", &hello).await?)?;
                let first = events.next().await?;
                let secret = first["line"].clone();
                let reader = tokio::spawn(streamed(events, post.clone(), secret.clone(), tell.clone()));
                (secret, reader)
            }
        };
        if secret.as_str().is_none_or(str::is_empty) {
            return Err(1007);
        }
        Ok(HttpLine { post, secret, tell, heard, reader })
    }

    /// Whether the line goes on. `Err`: nobody knows whether it arrived.
    pub async fn say(&mut self, frame: &Value, patience: Duration) -> Result<bool, u16> {
        let answer = self.post.json("frames", &json!({"line": self.secret, "frames": [frame]}), patience).await?;
        Ok(hand_on(&self.tell, &answer["frames"]))
    }

    pub async fn next(&mut self) -> Heard {
        self.heard.recv().await.unwrap_or(Err(1006))
    }
}

impl Drop for HttpLine {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// Whether the line goes on.
fn hand_on(tell: &UnboundedSender<Heard>, frames: &Value) -> bool {
    let Some(frames) = frames.as_array() else {
        let _ = tell.send(Err(1007));
        return false;
    };
    frames.iter().all(|frame| {
        let close = (frame["type"] == "close").then(|| frame["code"].as_u64().map_or(1007, |code| code as u16));
        let _ = tell.send(close.map_or(Ok(frame.clone()), Err));
        close.is_none()
    })
}

async fn polled(post: Post, line: Value, tell: UnboundedSender<Heard>) {
    for after in 1_u64.. {
        let ended = match post.json("poll", &json!({"line": line, "after": after}), POLL_TIME).await {
            Ok(batch) if batch["batch"] != after + 1 => Err(1007),
            Ok(batch) => Ok(hand_on(&tell, &batch["frames"])),
            Err(code) => Err(code),
        };
        match ended {
            Ok(true) => {}
            Ok(false) => return,
            Err(code) => return drop(tell.send(Err(code))),
        }
    }
}

async fn streamed(mut events: Events, post: Post, line: Value, tell: UnboundedSender<Heard>) {
    let ended = loop {
        let frame = match events.next().await {
            Ok(frame) => frame,
            Err(code) => break code,
        };
        if frame["type"] == "tick" {
            let _ = post.json("frames", &json!({"line": line, "frames": [{"type": "tick"}]}), POLL_TIME).await;
        }
        if !hand_on(&tell, &json!([frame])) {
            return;
        }
    };
    let _ = tell.send(Err(ended));
}

/// The frames of a `text/event-stream`.
struct Events {
    answer: Response,
    text: Vec<u8>,
}

impl Events {
    fn of(answer: Response) -> Result<Events, u16> {
        let headed = |name: &str, value: &str| answer.headers().get(name).is_some_and(|header| header == value);
        let is_stream = headed("content-type", "text/event-stream") && headed("x-accel-buffering", "no");
        if is_stream { Ok(Events { answer, text: Vec::new() }) } else { Err(1007) }
    }

    async fn next(&mut self) -> Heard {
        loop {
            while let Some(end) = self.text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(data) = event.strip_prefix(b"data: ") {
                    return serde_json::from_slice(data).map_err(|_| 1007);
                }
                if !event.starts_with(b":") {
                    return Err(1007);
                }
            }
            let chunk = self.answer.chunk().await.ok().flatten().ok_or(1006_u16)?;
            self.text.extend_from_slice(&chunk);
        }
    }
}
