//! HTTP and WebSocket to a server that may be slow, silent, gone or lying: nothing here panics because of it.

use super::http_line::{Answers, HttpLine, Post};
use futures_util::{SinkExt, StreamExt};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, protocol::Message};
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
        Wire::waiting(url, token, ANSWER_TIME)
    }

    /// For what must be done before anything begins, however busy the machine is.
    pub fn patient(url: &str, token: &str) -> Wire {
        Wire::waiting(url, token, SILENCE_MAX)
    }

    fn waiting(url: &str, token: &str, patience: Duration) -> Wire {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(patience).build().unwrap();
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
        self.line_by(Way::Socket, cursor).await
    }

    /// Likewise, by any way.
    pub async fn line_by(&self, way: Way, cursor: Option<&str>) -> Result<Line, u16> {
        let mut hello = json!({"type": "hello", "protocol": 1, "token": self.token});
        if let Some(cursor) = cursor {
            hello["cursor"] = cursor.into();
        }
        let carrier = match way {
            Way::Socket => Carrier::Socket(Box::new(self.socket().await?)),
            Way::Stream => self.http_line(Answers::Streamed, &hello).await?,
            Way::Poll => self.http_line(Answers::Polled, &hello).await?,
        };
        let now = Instant::now();
        let mut line = Line { carrier, heard: now, asked: now, patience: PING_EVERY };
        if way == Way::Socket {
            line.say(&hello).await?;
        }
        Ok(line)
    }

    async fn socket(&self) -> Result<WebSocketStream<MaybeTlsStream<TcpStream>>, u16> {
        let address = format!("{}/api/v1/socket", self.url.replacen("http", "ws", 1));
        let opened = timeout(HELLO_TIME, connect_async(address)).await.map_err(|_| 1006_u16)?;
        Ok(opened.map_err(|_| 1006_u16)?.0)
    }

    async fn http_line(&self, answers: Answers, hello: &Value) -> Result<Carrier, u16> {
        let opening = HttpLine::open(Post::new(&self.url, &[]), answers, hello.clone());
        Ok(Carrier::Http(timeout(HELLO_TIME, opening).await.map_err(|_| 1006_u16)??))
    }
}

/// How frames come and go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    Socket,
    Stream,
    Poll,
}

impl Way {
    pub const ALL: [Way; 3] = [Way::Socket, Way::Stream, Way::Poll];
}

enum Carrier {
    Socket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Http(HttpLine),
}

/// Speaks JSON and looks whether somebody is still there.
pub struct Line {
    carrier: Carrier,
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
        let patience = ANSWER_TIME.max(self.patience);
        match &mut self.carrier {
            Carrier::Socket(stream) => send(stream, Message::text(frame.to_string()), patience).await,
            // Why the line ended, if it did, is heard next.
            Carrier::Http(line) => line.say(frame, patience).await.map(|_| ()),
        }
    }

    /// The next frame, `None` if none came within `patience`, or the code with which the line ended.
    pub async fn next(&mut self, patience: Duration) -> Result<Option<Value>, u16> {
        let until = Instant::now() + patience;
        loop {
            self.look().await?;
            let left = until.saturating_duration_since(Instant::now());
            let coming = async {
                match &mut self.carrier {
                    Carrier::Socket(stream) => heard(stream.next().await),
                    Carrier::Http(line) => line.next().await.map(Some),
                }
            };
            let Ok(came) = timeout(left, coming).await else { return Ok(None) };
            self.heard = Instant::now();
            if let Some(frame) = came? {
                return Ok(Some(frame));
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
        match &mut self.carrier {
            Carrier::Socket(stream) => {
                send(stream, Message::Ping(Vec::new().into()), ANSWER_TIME.max(self.patience)).await
            }
            Carrier::Http(line) => {
                line.say(&json!({"type": "tick"}), ANSWER_TIME.max(self.patience)).await?;
                self.heard = Instant::now();
                Ok(())
            }
        }
    }

    pub async fn close(self) {
        let patience = Duration::from_millis(200);
        match self.carrier {
            Carrier::Socket(mut stream) => drop(timeout(patience, (*stream).close(None)).await),
            Carrier::Http(mut line) => drop(line.say(&json!({"type": "close"}), patience).await),
        }
    }
}

async fn send(
    stream: &mut WebSocketStream<MaybeTlsStream<TcpStream>>,
    message: Message,
    patience: Duration,
) -> Result<(), u16> {
    timeout(patience, stream.send(message)).await.map_err(|_| 1006_u16)?.map_err(|_| 1006)
}

/// `None`: a sign of life.
fn heard(message: Option<Result<Message, tungstenite::Error>>) -> Result<Option<Value>, u16> {
    match message {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map(Some).map_err(|_| 1007),
        Some(Ok(Message::Close(Some(frame)))) => Err(frame.code.into()),
        Some(Ok(Message::Close(None)) | Err(_)) | None => Err(1006),
        Some(Ok(_)) => Ok(None),
    }
}
