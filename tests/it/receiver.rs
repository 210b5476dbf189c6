//! Somebody who listens at a port for what is sent there: a small HTTP server of its own.

use crate::world::PATIENCE;
use ring::hmac;
use serde_json::Value;
use std::collections::HashMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

pub struct Receiver {
    pub url: String,
    heard: UnboundedReceiver<Heard>,
}

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
        let signed = format!("{time}.{}", self.body);
        let signature = self.headers["parlor-signature"].strip_prefix("v1=").unwrap();
        let signature: Vec<u8> =
            (0..signature.len()).step_by(2).map(|at| u8::from_str_radix(&signature[at..at + 2], 16).unwrap()).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        time.parse::<u64>().unwrap().abs_diff(now) < 60 && hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
    }
}

impl Receiver {
    /// Answers with these heads, one after the other; the last one from then on.
    pub async fn new(answers: &'static [&'static str]) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (tell, heard) = unbounded_channel();
        tokio::spawn(async move {
            for n in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut stream).await else { continue };
                let answer = answers[n.min(answers.len() - 1)];
                let _ = stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
                if tell.send(request).is_err() {
                    return;
                }
            }
        });
        Receiver { url, heard }
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
