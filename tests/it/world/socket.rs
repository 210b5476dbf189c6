//! A WebSocket that speaks JSON.

use super::PATIENCE;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub welcome: Value,
}

impl Socket {
    /// Opened, nothing said yet.
    pub async fn open(url: &str, headers: &[(String, String)]) -> Socket {
        Socket::try_open(url, headers).await.expect("an upgrade")
    }

    /// `None` if there is nobody, or who there is refuses.
    pub async fn try_open(url: &str, headers: &[(String, String)]) -> Option<Socket> {
        let address = format!("{}/api/v1/socket", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        for (name, value) in headers {
            let name: tokio_tungstenite::tungstenite::http::HeaderName = name.parse().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        let (stream, _) = timeout(PATIENCE, connect_async(request)).await.expect("an upgrade in time").ok()?;
        Some(Socket { stream, welcome: Value::Null })
    }

    pub async fn say(&mut self, frame: &Value) {
        self.raw(Message::text(frame.to_string())).await;
    }

    /// Whether the line still took it.
    pub async fn try_say(&mut self, frame: &Value) -> bool {
        self.stream.send(Message::text(frame.to_string())).await.is_ok()
    }

    pub async fn raw(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// The next frame, or `Err(code)` if the server closes.
    pub async fn next_or_close(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("a frame in time") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => return Err(frame.code.into()),
                Some(Ok(Message::Close(None))) | None | Some(Err(_)) => return Err(1006),
                Some(Ok(_)) => {}
            }
        }
    }

    pub async fn next(&mut self) -> Value {
        self.next_or_close().await.expect("an open socket")
    }

    /// The next frame of this type; others are passed over.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        self.until(|frame| frame["type"] == kind).await
    }

    pub async fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let frame = self.next().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    /// The message with this text.
    pub async fn sees(&mut self, text: &str) -> Value {
        self.until(|frame| frame["type"] == "message.created" && frame["message"]["text"] == text).await
    }

    /// Sends by the socket and waits for the answer to it: `ack` or `reject`.
    pub async fn send(&mut self, frame: &Value) -> Value {
        self.say(frame).await;
        let id = frame["id"].clone();
        self.until(move |f| (f["type"] == "ack" || f["type"] == "reject") && f["id"] == id).await
    }

    /// Every frame up to and including the message with this text.
    pub async fn all_until(&mut self, text: &str) -> Vec<Value> {
        let mut heard = Vec::new();
        loop {
            heard.push(self.next().await);
            let last = &heard[heard.len() - 1];
            if last["type"] == "message.created" && last["message"]["text"] == text {
                return heard;
            }
        }
    }

    /// Nothing of this type comes for a while.
    pub async fn hears_no(&mut self, kind: &str, time: Duration) {
        let heard = timeout(time, self.next_of(kind)).await;
        assert!(heard.is_err(), "{:?}", heard.ok());
    }

    /// Reads on until the server closes; the code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }
}
