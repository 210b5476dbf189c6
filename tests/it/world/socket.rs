//! A line that speaks JSON.

use super::PATIENCE;
use super::carrier::{Carrier, Headers};
use futures_util::SinkExt;
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Message;

pub struct Socket {
    carrier: Carrier,
    pub welcome: Value,
}

impl Socket {
    /// Opened, nothing said yet.
    pub async fn open(url: &str, headers: &Headers) -> Socket {
        Socket::try_open(url, headers).await.expect("an upgrade")
    }

    /// `None` if there is nobody, or who there is refuses.
    pub async fn try_open(url: &str, headers: &Headers) -> Option<Socket> {
        Some(Socket { carrier: Carrier::open(url, headers).await?, welcome: Value::Null })
    }

    pub async fn say(&mut self, frame: &Value) {
        assert!(self.try_say(frame).await, "the line is gone: {frame}");
    }

    /// Whether the line still took it.
    pub async fn try_say(&mut self, frame: &Value) -> bool {
        self.carrier.say(frame).await
    }

    /// What only a WebSocket can say.
    pub async fn raw(&mut self, message: Message) {
        match &mut self.carrier {
            Carrier::WebSocket(stream) => stream.send(message).await.unwrap(),
            Carrier::Http(_) => panic!("a test of the WebSocket itself"),
        }
    }

    /// The next frame, or `Err(code)` if the server closes.
    pub async fn next_or_close(&mut self) -> Result<Value, u16> {
        timeout(PATIENCE, self.carrier.next()).await.expect("a frame in time")
    }

    /// Reads on for so long, with patience; the code if the server closes meanwhile.
    pub async fn ends_within(&mut self, time: Duration) -> Option<u16> {
        let end = async {
            loop {
                if let Err(code) = self.carrier.next().await {
                    return code;
                }
            }
        };
        timeout(time, end).await.ok()
    }

    /// Reads for so long at most, until a wanted frame comes.
    pub async fn waits_for(&mut self, wanted: impl Fn(&Value) -> bool, time: Duration) -> Option<Value> {
        let coming = async {
            loop {
                let frame = self.carrier.next().await.expect("an open socket");
                if wanted(&frame) {
                    return frame;
                }
            }
        };
        timeout(time, coming).await.ok()
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

    /// Every frame up to and including the message with this text, however long it takes. Reading all the while answers the server's pings.
    pub fn listen_until(mut self, text: &'static str) -> JoinHandle<Vec<Value>> {
        tokio::spawn(async move {
            let mut heard = Vec::new();
            loop {
                heard.push(self.carrier.next().await.expect("an open socket"));
                let last = &heard[heard.len() - 1];
                if last["type"] == "message.created" && last["message"]["text"] == text {
                    return heard;
                }
            }
        })
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

    /// A page that is open and shows nothing new to anybody; it answers pings.
    pub async fn stays(mut self) {
        while self.carrier.next().await.is_ok() {}
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
