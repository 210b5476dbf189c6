//! What carries frames: a WebSocket, or a line over plain HTTP. `PARLOR_TEST_CARRIER=stream` or `poll` runs the same tests
//! over the others.

use super::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Headers = [(String, String)];

pub enum Carrier {
    WebSocket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Http(Box<Line>),
}

impl Carrier {
    /// `None` if there is nobody, or who there is refuses.
    pub async fn open(url: &str, headers: &Headers) -> Option<Carrier> {
        match std::env::var("PARLOR_TEST_CARRIER").as_deref() {
            Err(_) | Ok("websocket") => websocket(url, headers).await,
            Ok("stream") => Some(Carrier::Http(Box::new(Line::new(url, headers, "stream")))),
            Ok("poll") => Some(Carrier::Http(Box::new(Line::new(url, headers, "poll")))),
            Ok(other) => panic!("PARLOR_TEST_CARRIER={other}"),
        }
    }

    /// Whether the line still took it.
    pub async fn say(&mut self, frame: &Value) -> bool {
        match self {
            Carrier::WebSocket(stream) => stream.send(Message::text(frame.to_string())).await.is_ok(),
            Carrier::Http(line) => line.say(frame).await,
        }
    }

    /// The next frame, or `Err(code)` if the server closes.
    pub async fn next(&mut self) -> Result<Value, u16> {
        match self {
            Carrier::WebSocket(stream) => heard(stream).await,
            Carrier::Http(line) => line.heard.recv().await.unwrap_or(Err(1006)),
        }
    }
}

async fn websocket(url: &str, headers: &Headers) -> Option<Carrier> {
    let address = format!("{}/api/v1/socket", url.replacen("http", "ws", 1));
    let mut request = address.into_client_request().unwrap();
    for (name, value) in headers {
        let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let (stream, _) = timeout(PATIENCE, connect_async(request)).await.expect("an upgrade in time").ok()?;
    Some(Carrier::WebSocket(Box::new(stream)))
}

async fn heard(stream: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Result<Value, u16> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
            Some(Ok(Message::Close(None))) | None | Some(Err(_)) => return Err(1006),
            Some(Ok(_)) => {}
        }
    }
}

/// A line over plain HTTP as docs/protocol.md has it.
pub struct Line {
    post: Post,
    kind: &'static str,
    secret: Option<String>,
    tell: UnboundedSender<Result<Value, u16>>,
    heard: UnboundedReceiver<Result<Value, u16>>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Post {
    http: Client,
    url: String,
    headers: Vec<(String, String)>,
}

impl Post {
    async fn send(&self, path: &str, body: &Value) -> Result<reqwest::Response, u16> {
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

    async fn json(&self, path: &str, body: &Value) -> Result<Value, u16> {
        self.send(path, body).await?.json().await.map_err(|_| 1006)
    }
}

impl Line {
    fn new(url: &str, headers: &Headers, kind: &'static str) -> Line {
        let (tell, heard) = unbounded_channel();
        let post = Post { http: Client::new(), url: url.to_owned(), headers: headers.to_vec() };
        Line { post, kind, secret: None, tell, heard, reader: None }
    }

    async fn say(&mut self, frame: &Value) -> bool {
        let said = match &self.secret {
            None => self.open(frame.clone()).await,
            Some(secret) => {
                let answer = self.post.json("frames", &json!({"line": secret, "frames": [frame]})).await;
                answer.map(|answer| hand_on(&self.tell, &answer["frames"]))
            }
        };
        match said {
            Ok(open) => open,
            // Nobody knows whether it arrived; why the line ended, if it did, is heard from the other side.
            Err(_) if self.secret.is_some() => true,
            Err(code) => self.tell.send(Err(code)).is_ok(),
        }
    }

    /// The first frame is the hello; its token travels as in REST.
    async fn open(&mut self, mut hello: Value) -> Result<bool, u16> {
        if let Some(token) = hello.as_object_mut().and_then(|hello| hello.remove("token")) {
            let token = format!("Bearer {}", token.as_str().unwrap_or_default());
            self.post.headers.push(("authorization".into(), token));
        }
        if self.kind == "poll" {
            let first = self.post.json("poll", &hello).await?;
            self.secret = first["line"].as_str().map(str::to_owned);
            hand_on(&self.tell, &first["frames"]);
            self.reader = Some(tokio::spawn(polled(self.post.clone(), first["line"].clone(), self.tell.clone())));
            return Ok(true);
        }
        let mut events = Events::of(self.post.send("stream", &hello).await?);
        let first = events.next().await.ok_or(1006_u16)?;
        assert_eq!(first["type"], "line", "{first}");
        self.secret = first["line"].as_str().map(str::to_owned);
        self.reader = Some(tokio::spawn(streamed(events, self.post.clone(), first["line"].clone(), self.tell.clone())));
        Ok(true)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.abort();
        }
    }
}

/// Whether the line goes on.
fn hand_on(tell: &UnboundedSender<Result<Value, u16>>, frames: &Value) -> bool {
    frames.as_array().unwrap().iter().all(|frame| {
        let close = (frame["type"] == "close").then(|| frame["code"].as_u64().unwrap() as u16);
        let _ = tell.send(close.map_or(Ok(frame.clone()), Err));
        close.is_none()
    })
}

async fn polled(post: Post, line: Value, tell: UnboundedSender<Result<Value, u16>>) {
    let mut after = 1;
    loop {
        match post.json("poll", &json!({"line": line, "after": after})).await {
            Ok(batch) => {
                assert_eq!(batch["batch"], after + 1);
                after += 1;
                if !hand_on(&tell, &batch["frames"]) {
                    return;
                }
            }
            Err(code) => return drop(tell.send(Err(code))),
        }
    }
}

async fn streamed(mut events: Events, post: Post, line: Value, tell: UnboundedSender<Result<Value, u16>>) {
    while let Some(frame) = events.next().await {
        if frame["type"] == "tick" {
            let _ = post.json("frames", &json!({"line": line, "frames": [{"type": "tick"}]})).await;
        }
        if !hand_on(&tell, &json!([frame])) {
            return;
        }
    }
    let _ = tell.send(Err(1006));
}

/// The frames of a `text/event-stream`.
struct Events {
    answer: reqwest::Response,
    text: Vec<u8>,
}

impl Events {
    fn of(answer: reqwest::Response) -> Events {
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["x-accel-buffering"], "no");
        Events { answer, text: Vec::new() }
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.text.windows(2).position(|two| two == b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                if let Some(data) = event.strip_prefix(b"data: ") {
                    return Some(serde_json::from_slice(data).unwrap());
                }
                assert_eq!(event[0], b':', "a comment");
            }
            let chunk = self.answer.chunk().await.ok()??;
            self.text.extend_from_slice(&chunk);
        }
    }
}
