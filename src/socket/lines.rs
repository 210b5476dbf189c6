//! The same conversation of frames over plain HTTP: a stream or polls to hear, posts to speak.
//!
//! Who opens a line is known as everywhere; from there on the line's secret is who they are, as the connection is for a
//! WebSocket. A line ends when its hub queue is closed, when nobody is heard of, or when its stream breaks.

use super::figures::{self, Carrier};
use super::greet::{Hello, greet};
use super::guest::{Ear, Guest, Mouth, check_validity};
use super::seats::Seat;
use super::{Closing, Exchange, HEARTBEAT, SILENCE_MAX, StillValid, TICK};
use crate::http::{Body, Client, Problem, bearer, require_own_page};
use crate::hub::{Gate, Place};
use crate::kernel::figures::Held;
use crate::kernel::{Clock, Error, ErrorKind, Result, Steady};
use crate::vault::{token, token_hash};
use actix_web::http::header::{CACHE_CONTROL, COOKIE};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::future::join_all;
use futures_util::stream::unfold;
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// What a WebSocket says by closing, to the letter.
const GOODBYE: &str = r#"{"type":"close"}"#;
/// Frames of one post.
const FRAMES_MAX: usize = 64;
/// Some proxies close what is silent for half a minute.
const COMMENT_EVERY: Duration = Duration::from_secs(15);
/// How often silence and rights are looked at, and every how many looks the rights.
const LOOK: Duration = Duration::from_secs(5);
const VALIDITY_LOOKS: u32 = 12;

/// Every open line, by the hash of its secret.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<HashMap<[u8; 32], Arc<Line>>>>);

struct Line {
    _seat: Seat,
    _counted: Held,
    /// Given up when the line ends, even while somebody holds on to a stream that nobody reads.
    place: Mutex<Option<Place>>,
    mouth: Mouth,
    gate: Gate,
    still_valid: StillValid,
    clock: Clock,
    heard_at: Mutex<Steady>,
    ended: Mutex<Option<Closing>>,
    wake: Notify,
    /// Of a line that is polled.
    parked: tokio::sync::Mutex<Option<Parked>>,
}

/// Where a polled line stands between two polls.
struct Parked {
    ear: Ear,
    batch: u64,
    /// Said in `batch`, and again if the answer got lost.
    last: Vec<ByteString>,
}

impl Lines {
    fn find(&self, secret: &str) -> Result<Arc<Line>> {
        let found = self.0.lock().get(&token_hash(secret)).cloned();
        found.ok_or_else(|| Error::new(ErrorKind::NotFound, "line.unknown", "There is no such line: open a new one."))
    }

    fn end(&self, key: &[u8; 32], closing: Closing) {
        if let Some(line) = self.0.lock().remove(key) {
            line.ended.lock().get_or_insert(closing);
            drop(line.place.lock().take());
            line.wake.notify_waiters();
        }
    }
}

impl Line {
    fn heard(&self) {
        *self.heard_at.lock() = self.clock.steady();
    }

    fn closing(&self) -> Option<Closing> {
        self.ended.lock().clone().or_else(|| self.gate.closed().map(Closing::from))
    }

    /// The next frame and whatever else is there; nothing after `patience`.
    async fn news(&self, ear: &mut Ear, patience: Duration) -> Result<Vec<ByteString>, Closing> {
        let ended = self.wake.notified();
        if let Some(closing) = self.closing() {
            return Err(closing);
        }
        let first = tokio::select! {
            first = timeout(patience, ear.next()) => first,
            () = ended => return Err(self.closing().unwrap_or_else(|| Closing::new(Closing::RESUME, ""))),
        };
        let Ok(first) = first else { return Ok(Vec::new()) };
        let mut frames = vec![first?];
        // A close that follows is found by the next call; these frames were heard before it.
        while let Some(Ok(frame)) = ear.try_next() {
            frames.push(frame);
        }
        Ok(frames)
    }
}

/// A line just opened.
struct Opened {
    line: Arc<Line>,
    key: [u8; 32],
    secret: String,
    ear: Ear,
    frames: Vec<ByteString>,
}

async fn begin(request: &HttpRequest, exchange: &web::Data<Exchange>, hello: Hello) -> Result<Opened> {
    let mut hello = hello.checked().map_err(|closing| Error::malformed(closing.detail))?;
    hello.token = bearer(request.headers()).map(str::to_owned);
    if hello.token.is_none() && request.headers().contains_key(COOKIE) {
        require_own_page(request)?;
    }
    let limits = &exchange.limits;
    let seat = exchange.seats.take(Client::of(request).group(), limits.sockets, limits.sockets_per_address);
    let seat = seat.ok_or_else(Error::busy)?;
    let (Guest { place, ear, mouth, still_valid }, frames) = greet(exchange, request, hello).await?;
    let clock = exchange.clock.clone();
    let line = Arc::new(Line {
        _seat: seat,
        _counted: figures::lines(mouth.side(), Carrier::Http).hold(),
        place: Mutex::new(Some(place)),
        gate: ear.gate(),
        mouth,
        still_valid,
        heard_at: Mutex::new(clock.steady()),
        clock,
        ended: Mutex::default(),
        wake: Notify::new(),
        parked: tokio::sync::Mutex::default(),
    });
    let secret = token("lin");
    let key = token_hash(&secret);
    exchange.lines.0.lock().insert(key, line.clone());
    actix_web::rt::spawn(watch(exchange.lines.clone(), key, Arc::downgrade(&line)));
    Ok(Opened { line, key, secret, ear, frames })
}

/// Ends a line of somebody who is gone, or may no longer be here.
async fn watch(lines: Lines, key: [u8; 32], line: Weak<Line>) {
    for look in 1_u32.. {
        sleep(LOOK).await;
        let Some(line) = line.upgrade() else { return };
        if line.clock.steady() > line.heard_at.lock().plus(SILENCE_MAX) {
            return lines.end(&key, Closing::new(Closing::SILENT, "silence"));
        }
        if look.is_multiple_of(VALIDITY_LOOKS)
            && let Err(closing) = check_validity(&line.still_valid).await
        {
            return lines.end(&key, closing);
        }
    }
}

/// `POST /line/stream`.
pub async fn stream(
    request: HttpRequest,
    exchange: web::Data<Exchange>,
    hello: Body<Hello>,
) -> Result<HttpResponse, Problem> {
    let opened = begin(&request, &exchange, hello.into_inner()).await?;
    let mut said = vec![serde_json::json!({"type": "line", "line": opened.secret}).to_string().into()];
    said.extend(opened.frames);
    let streaming = Streaming {
        next_tick: opened.line.clock.steady().plus(HEARTBEAT),
        line: opened.line,
        ear: opened.ear,
        said,
        ended: false,
        _end: EndWhenDropped { lines: exchange.lines.clone(), key: opened.key },
    };
    let chunks = unfold(streaming, |mut streaming| async move {
        let chunk = streaming.chunk().await?;
        Some((Ok::<_, actix_web::Error>(chunk), streaming))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store, no-transform"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(chunks)))
}

struct Streaming {
    line: Arc<Line>,
    ear: Ear,
    /// To be said at once.
    said: Vec<ByteString>,
    next_tick: Steady,
    ended: bool,
    _end: EndWhenDropped,
}

struct EndWhenDropped {
    lines: Lines,
    key: [u8; 32],
}

impl Drop for EndWhenDropped {
    fn drop(&mut self) {
        self.lines.end(&self.key, Closing::new(Closing::NORMAL, ""));
    }
}

impl Streaming {
    async fn chunk(&mut self) -> Option<Bytes> {
        if self.ended {
            return None;
        }
        let mut frames = std::mem::take(&mut self.said);
        if frames.is_empty() {
            let to_tick = self.line.clock.steady().until(self.next_tick);
            match self.line.news(&mut self.ear, to_tick.min(COMMENT_EVERY)).await {
                Ok(news) => frames = news,
                Err(closing) => {
                    self.ended = true;
                    frames.push(closing.frame());
                }
            }
        }
        let now = self.line.clock.steady();
        if now >= self.next_tick {
            self.next_tick = now.plus(HEARTBEAT);
            frames.push(ByteString::from_static(TICK));
        }
        if frames.is_empty() {
            return Some(Bytes::from_static(b":\n\n"));
        }
        let mut chunk = String::with_capacity(frames.iter().map(|frame| frame.len() + 8).sum());
        for frame in frames {
            // Writing to a String cannot fail.
            let _ = write!(chunk, "data: {frame}\n\n");
        }
        Some(chunk.into())
    }
}

#[derive(Deserialize)]
pub struct Poll {
    line: Option<String>,
    after: Option<u64>,
    #[serde(flatten)]
    hello: Option<Hello>,
}

/// `POST /line/poll`.
pub async fn poll(
    request: HttpRequest,
    exchange: web::Data<Exchange>,
    poll: Body<Poll>,
) -> Result<HttpResponse, Problem> {
    match poll.into_inner() {
        Poll { line: Some(secret), after: Some(after), .. } => Ok(next_batch(&exchange, &secret, after).await?),
        Poll { line: None, hello: Some(hello), .. } => {
            let Opened { line, secret, ear, frames, .. } = begin(&request, &exchange, hello).await?;
            let answer = batch_answer(&secret, 1, &frames);
            *line.parked.lock().await = Some(Parked { ear, batch: 1, last: frames });
            Ok(answer)
        }
        _ => Err(Error::malformed("A poll is a hello, or a line and the batch you have.").into()),
    }
}

async fn next_batch(exchange: &Exchange, secret: &str, after: u64) -> Result<HttpResponse> {
    let out_of_step = || Error::conflict("line.out_of_step", "This is not how far this line is: open a new one.");
    let line = exchange.lines.find(secret)?;
    let mut parked = line.parked.try_lock().map_err(|_| out_of_step())?;
    let parked = parked.as_mut().ok_or_else(out_of_step)?;
    line.heard();
    if after + 1 == parked.batch {
        line.mouth.check_request().map_err(|_| Error::rate_limited(1))?;
        return Ok(batch_answer(secret, parked.batch, &parked.last));
    }
    if after != parked.batch {
        return Err(out_of_step());
    }
    parked.last = match line.news(&mut parked.ear, HEARTBEAT).await {
        Ok(frames) if frames.is_empty() => vec![ByteString::from_static(TICK)],
        Ok(frames) => frames,
        Err(closing) => {
            exchange.lines.end(&token_hash(secret), closing.clone());
            vec![closing.frame()]
        }
    };
    parked.batch += 1;
    Ok(batch_answer(secret, parked.batch, &parked.last))
}

fn batch_answer(secret: &str, batch: u64, frames: &[ByteString]) -> HttpResponse {
    json(format!(r#"{{"line":"{secret}","batch":{batch},"frames":[{}]}}"#, frames.join(",")))
}

#[derive(Deserialize)]
pub struct Said {
    line: String,
    frames: Vec<Box<RawValue>>,
}

/// `POST /line/frames`.
pub async fn frames(exchange: web::Data<Exchange>, said: Body<Said>) -> Result<HttpResponse, Problem> {
    let Said { line: secret, frames } = said.into_inner();
    let line = exchange.lines.find(&secret)?;
    if frames.is_empty() || frames.len() > FRAMES_MAX {
        return Err(Error::invalid("frames", if frames.is_empty() { "required" } else { "too_long" }).into());
    }
    let bytes_max = exchange.limits.frame_bytes;
    if frames.iter().any(|frame| frame.get().len() > bytes_max) {
        return Err(Error::too_large("request.too_large", format!("A frame has at most {bytes_max} bytes.")).into());
    }
    line.heard();
    let mut closing = line.closing();
    let mut answers = Vec::new();
    for frame in frames {
        if closing.is_some() {
            break;
        }
        let taken = match frame.get() {
            GOODBYE => Err(Closing::new(Closing::NORMAL, "")),
            text => line.mouth.take(text),
        };
        match taken {
            Ok(answer) => answers.push(answer),
            Err(end) => {
                exchange.lines.end(&token_hash(&secret), end.clone());
                closing = Some(end);
            }
        }
    }
    let mut answered: Vec<ByteString> = join_all(answers).await.into_iter().flatten().collect();
    answered.extend(closing.map(|closing| closing.frame()));
    Ok(json(format!(r#"{{"frames":[{}]}}"#, answered.join(","))))
}

fn json(text: String) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").insert_header((CACHE_CONTROL, "no-store")).body(text)
}
