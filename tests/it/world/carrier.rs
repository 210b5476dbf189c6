//! What carries frames: a WebSocket, or a line over plain HTTP. `PARLOR_TEST_CARRIER=stream` or `poll` runs the same tests
//! over the others.

use super::PATIENCE;
use crate::history::http_line::{Answers, HttpLine, Post};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub type Headers = [(String, String)];

pub enum Carrier {
    WebSocket(Box<WebSocketStream<MaybeTlsStream<TcpStream>>>),
    Http(Http),
}

/// Its first frame is the hello, and opens the line.
pub enum Http {
    Closed(Post, Answers),
    Open(HttpLine),
    Refused(u16),
}

impl Carrier {
    /// `None` if there is nobody, or who there is refuses.
    pub async fn open(url: &str, headers: &Headers) -> Option<Carrier> {
        match std::env::var("PARLOR_TEST_CARRIER").as_deref() {
            Err(_) | Ok("websocket") => websocket(url, headers).await,
            Ok("stream") => Some(Carrier::Http(Http::Closed(Post::new(url, headers), Answers::Streamed))),
            Ok("poll") => Some(Carrier::Http(Http::Closed(Post::new(url, headers), Answers::Polled))),
            Ok(other) => panic!("PARLOR_TEST_CARRIER={other}"),
        }
    }

    /// Whether the line still took it.
    pub async fn say(&mut self, frame: &Value) -> bool {
        match self {
            Carrier::WebSocket(stream) => stream.send(Message::text(frame.to_string())).await.is_ok(),
            Carrier::Http(http) => http.say(frame).await,
        }
    }

    /// The next frame, or `Err(code)` if the server closes.
    pub async fn next(&mut self) -> Result<Value, u16> {
        match self {
            Carrier::WebSocket(stream) => heard(stream).await,
            Carrier::Http(http) => http.next().await,
        }
    }
}

impl Http {
    async fn say(&mut self, frame: &Value) -> bool {
        match self {
            Http::Closed(post, answers) => {
                let opened = HttpLine::open(post.clone(), *answers, frame.clone()).await;
                *self = opened.map_or_else(Http::Refused, Http::Open);
                true
            }
            // Nobody knows whether it arrived; why the line ended, if it did, is heard from the other side.
            Http::Open(line) => line.say(frame, PATIENCE).await.unwrap_or(true),
            Http::Refused(_) => false,
        }
    }

    async fn next(&mut self) -> Result<Value, u16> {
        match self {
            Http::Closed(..) => Err(1006),
            Http::Open(line) => line.next().await,
            Http::Refused(code) => Err(*code),
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
