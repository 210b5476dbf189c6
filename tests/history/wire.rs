//! HTTP and WebSocket to a server that may be slow, silent, gone or lying: nothing here panics because of it.

use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Whoever gets no answer for so long knows nothing.
const ANSWER_TIME: Duration = Duration::from_secs(4);
const HELLO_TIME: Duration = Duration::from_secs(4);
/// A line that shows no sign of life between two questions for one is dead.
const PING_EVERY: Duration = Duration::from_millis(1_500);
/// As docs/protocol.md asks for.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// What became of a request.
pub enum Reply {
    Ok(Value),
    /// Certainly not done.
    Refused {
        code: String,
        retry_after: Option<u64>,
    },
    /// Done or not.
    Unknown,
}

impl Reply {
    /// By the codes of docs/protocol.md: a store that failed in the middle cannot say what the disk has kept.
    pub fn of_refusal(body: &Value) -> Reply {
        match body["code"].as_str() {
            None | Some("server.unavailable" | "server.error") => Reply::Unknown,
            Some(code) => Reply::Refused { code: code.to_owned(), retry_after: body["retry_after"].as_u64() },
        }
    }
}

/// Somebody's way to the server.
#[derive(Clone)]
pub struct Wire {
    pub url: String,
    pub token: String,
    http: reqwest::Client,
}

impl Wire {
    pub fn new(url: &str, token: &str) -> Wire {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(ANSWER_TIME).build().unwrap();
        Wire { url: url.trim_end_matches('/').to_owned(), token: token.to_owned(), http }
    }

    pub fn with_token(&self, token: &str) -> Wire {
        Wire { token: token.to_owned(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.request(Method::POST, path, Some(body)).await
    }

    pub async fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let mut request =
            self.http.request(method, format!("{}/api/v1{path}", self.url)).header("x-parlor-request", "1");
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.reply(request).await
    }

    pub async fn upload(&self, path: &str, name: &str, bytes: Vec<u8>) -> Reply {
        let request = self.http.post(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        self.reply(request.header("content-type", "text/plain").header("x-parlor-filename", name).body(bytes)).await
    }

    pub async fn download(&self, path: &str) -> Option<Vec<u8>> {
        let request = self.http.get(format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token);
        let response = request.send().await.ok().filter(|response| response.status().is_success())?;
        Some(response.bytes().await.ok()?.to_vec())
    }

    async fn reply(&self, request: reqwest::RequestBuilder) -> Reply {
        let Ok(response) = request.send().await else { return Reply::Unknown };
        let success = response.status().is_success();
        let Ok(bytes) = response.bytes().await else { return Reply::Unknown };
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(body) if success => Reply::Ok(body),
            Err(_) if success && bytes.is_empty() => Reply::Ok(Value::Null),
            Ok(problem) => Reply::of_refusal(&problem),
            Err(_) => Reply::Unknown,
        }
    }

    /// Upgraded and greeted, or nobody there.
    pub async fn line(&self, cursor: Option<&str>) -> Result<Line, u16> {
        let address = format!("{}/api/v1/socket", self.url.replacen("http", "ws", 1));
        let (stream, _) =
            timeout(HELLO_TIME, connect_async(address)).await.map_err(|_| 1006_u16)?.map_err(|_| 1006_u16)?;
        let now = Instant::now();
        let mut line = Line { stream, heard: now, asked: now, patience: PING_EVERY };
        let mut hello = json!({"type": "hello", "protocol": 1, "token": self.token});
        if let Some(cursor) = cursor {
            hello["cursor"] = cursor.into();
        }
        line.say(&hello).await?;
        Ok(line)
    }
}

/// A WebSocket that speaks JSON and looks whether somebody is still there.
pub struct Line {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: Instant,
    asked: Instant,
    /// How long nothing may be heard after asking.
    patience: Duration,
}

impl Line {
    /// On a line that is slow on purpose, silence means nothing for a while.
    pub fn patient(mut self) -> Line {
        self.patience = SILENCE_MAX;
        self
    }

    pub async fn say(&mut self, frame: &Value) -> Result<(), u16> {
        self.send(Message::text(frame.to_string())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), u16> {
        timeout(ANSWER_TIME.max(self.patience), self.stream.send(message))
            .await
            .map_err(|_| 1006_u16)?
            .map_err(|_| 1006)
    }

    /// The next frame, `None` if none came within `patience`, or the code with which the line ended.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Value>, u16> {
        let until = Instant::now() + patience;
        loop {
            self.look().await?;
            let left = until.saturating_duration_since(Instant::now());
            let Ok(message) = timeout(left, self.stream.next()).await else { return Ok(None) };
            self.heard = Instant::now();
            match message {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).map(Some).map_err(|_| 1007),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(1006),
                Some(Ok(_)) => {}
            }
        }
    }

    async fn look(&mut self) -> Result<(), u16> {
        if self.asked.elapsed() < self.patience {
            return Ok(());
        }
        if self.asked > self.heard + self.patience {
            return Err(1006);
        }
        self.asked = Instant::now();
        self.send(Message::Ping(Vec::new().into())).await
    }

    pub async fn close(mut self) {
        let _ = timeout(Duration::from_millis(200), self.stream.close(None)).await;
    }
}
