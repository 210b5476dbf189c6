//! A webhook's receiver: takes everything and writes it down.

use super::client::text;
use super::dice::Dice;
use super::record::{Recorder, What};
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What its server does to it, as the receiver sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ear {
    Honest,
    /// Some events never come.
    Misses,
    /// Some come twice, under another id the second time.
    Renamed,
}

pub(super) struct Receiver {
    pub url: String,
    shared: Arc<Shared>,
    life: JoinHandle<()>,
}

struct Shared {
    ear: Ear,
    dice: Mutex<Dice>,
    recorder: Recorder,
    heard: Mutex<HashSet<(String, i64)>>,
    bent: AtomicUsize,
}

pub(super) const NAME: &str = "webhook";

impl Receiver {
    pub async fn new(ear: Ear, dice: Dice, recorder: Recorder) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (heard, bent) = (Mutex::default(), AtomicUsize::new(0));
        let shared = Arc::new(Shared { ear, dice: Mutex::new(dice), recorder, heard, bent });
        let listening = shared.clone();
        let life = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = listening.clone();
                // A server that is killed breaks off.
                tokio::spawn(async move { shared.converse(stream).await });
            }
        });
        Receiver { url, shared, life }
    }

    pub fn has_heard(&self, conversation: &str, seq: i64) -> bool {
        self.shared.heard.lock().contains(&(conversation.to_owned(), seq))
    }

    /// How often a lie was told.
    pub fn bent(&self) -> usize {
        self.shared.bent.load(Ordering::Relaxed)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.life.abort();
    }
}

impl Shared {
    async fn converse(&self, mut stream: TcpStream) -> Option<()> {
        let mut bytes = Vec::new();
        loop {
            let (head, body) = request(&mut stream, &mut bytes).await?;
            let id = header(&head, "parlor-delivery")?.to_owned();
            self.hear(id, serde_json::from_slice(&body).ok()?);
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.ok()?;
        }
    }

    fn hear(&self, id: String, frame: Value) {
        let message = &frame["message"];
        let is_bent = self.ear != Ear::Honest && self.dice.lock().one_in(20);
        self.bent.fetch_add(usize::from(is_bent), Ordering::Relaxed);
        if is_bent && self.ear == Ear::Misses {
            return;
        }
        self.heard.lock().insert((text(message, "conversation"), message["seq"].as_i64().unwrap_or(-1)));
        self.recorder.note(NAME, What::Delivered { id: id.clone(), frame: frame.clone() });
        if is_bent {
            self.recorder.note(NAME, What::Delivered { id: format!("{id}0"), frame });
        }
    }
}

/// Head and body of the next request; what came beyond it stays in `bytes`.
async fn request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length: usize = header(&head, "content-length")?.parse().ok()?;
            if bytes.len() >= end + 4 + length {
                let body = bytes[end + 4..end + 4 + length].to_vec();
                bytes.drain(..end + 4 + length);
                return Some((head, body));
            }
        }
        stream.read_buf(bytes).await.ok().filter(|read| *read > 0)?;
    }
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
