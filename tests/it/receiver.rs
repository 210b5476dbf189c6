//! Somebody who listens at a port for what is sent there: a small HTTP server of its own.

use crate::world::PATIENCE;
use ring::hmac;
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

/// Receivers are on this machine, which webhooks reach only if the operator says so.
pub const HERE: &str = "[post]\nallow = [\"127.0.0.1/32\"]\n";

pub struct Receiver {
    pub url: String,
    address: SocketAddr,
    manner: Arc<Mutex<Manner>>,
    heard: UnboundedReceiver<Heard>,
    tell: UnboundedSender<Heard>,
    listening: Option<JoinHandle<()>>,
}

/// How it answers: with these heads one after the other, with the last one from then on.
struct Manner {
    heads: Vec<String>,
    answered: usize,
}

/// Instead of a head: it hears and says nothing.
pub const SILENCE: &str = "silence";

pub struct Heard {
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Heard {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Whether who knows the secret wrote this, and not long ago.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let time = &self.headers["parlor-timestamp"];
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let signed = format!("{time}.{}.{}", self.id(), self.body);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let is_by_key = |signature: &str| {
            let hex = signature.strip_prefix("v1=").unwrap();
            let bytes: Vec<u8> =
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
            hmac::verify(&key, signed.as_bytes(), &bytes).is_ok()
        };
        let is_fresh = time.parse::<u64>().unwrap().abs_diff(now) < 60;
        is_fresh && self.headers["parlor-signature"].split(',').any(is_by_key)
    }

    pub fn id(&self) -> &str {
        &self.headers["parlor-delivery"]
    }
}

impl Receiver {
    /// Answers with these heads, one after the other; the last one from then on.
    pub async fn new(answers: &[&str]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heard) = unbounded_channel();
        let manner = Manner { heads: answers.iter().map(|head| (*head).to_owned()).collect(), answered: 0 };
        let (url, manner) = (format!("http://{address}/hook"), Arc::new(Mutex::new(manner)));
        let mut receiver = Receiver { url, address, manner, heard, tell, listening: None };
        receiver.listen(listener);
        receiver
    }

    fn listen(&mut self, listener: TcpListener) {
        let (manner, tell) = (self.manner.clone(), self.tell.clone());
        self.listening = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(converse(stream, manner.clone(), tell.clone()));
            }
        }));
    }

    /// From now on it answers so.
    pub fn answer(&self, head: &str) {
        *self.manner.lock().unwrap() = Manner { heads: vec![head.to_owned()], answered: 0 };
    }

    /// Nobody listens there any more, and whoever was connected is cut off.
    pub async fn die(&mut self) {
        if let Some(listening) = self.listening.take() {
            listening.abort();
            let _ = listening.await;
        }
    }

    pub async fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.listen(listener);
    }

    pub async fn next(&mut self) -> Heard {
        timeout(2 * PATIENCE, self.heard.recv()).await.expect("a message in time").unwrap()
    }

    /// The next about this rule.
    pub async fn next_about(&mut self, rule: &str) -> Heard {
        loop {
            let heard = self.next().await;
            if heard.json()["rule"] == rule {
                return heard;
            }
        }
    }

    pub fn has_more(&mut self) -> bool {
        self.heard.try_recv().is_ok()
    }
}

async fn converse(mut stream: TcpStream, manner: Arc<Mutex<Manner>>, tell: UnboundedSender<Heard>) {
    while let Some(request) = read(&mut stream).await {
        let head = {
            let mut manner = manner.lock().unwrap();
            manner.answered += 1;
            manner.heads[(manner.answered - 1).min(manner.heads.len() - 1)].clone()
        };
        if tell.send(request).is_err() {
            return;
        }
        if head == SILENCE {
            std::future::pending::<()>().await;
        }
        let answer = format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Heard> {
    let (mut text, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        let n = stream.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
        text.extend_from_slice(&chunk[..n]);
        let whole = String::from_utf8(text.clone()).unwrap();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else { continue };
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: HashMap<String, String> = head.lines().skip(1).filter_map(header).collect();
        if body.len() >= headers["content-length"].parse().unwrap() {
            return Some(Heard { headers, body: body.to_owned() });
        }
    }
}
