//! The WebSocket: `GET /api/v1/socket`.

use super::figures::{self, Carrier};
use super::greet::{Hello, greet};
use super::guest::{Guest, check_validity};
use super::seats::Seat;
use super::texts::{Incoming, Texts, WRITE_BYTES};
use super::{Answer, Closing, Exchange, HEARTBEAT, HELLO_TIME, SILENCE_MAX, VALIDITY_BEATS};
use crate::http::{Client, Problem, Upgraded, in_request, request_id, take_over};
use crate::kernel::{Clock, Error, Result, Steady};
use actix_http::ws::{handshake_response, verify_handshake};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::pin::Pin;
use std::time::Duration;
use tokio::time::{Sleep, sleep, timeout};

/// For the client to hear why it is closed.
const GOODBYE: Duration = Duration::from_secs(1);
/// Commands of one socket that may wait for their commit at once.
const IN_FLIGHT_MAX: usize = 64;

/// `None`: the client is gone, there is nobody to tell.
type End = Option<Closing>;

pub async fn open(request: HttpRequest, exchange: web::Data<Exchange>) -> Result<HttpResponse, Problem> {
    verify_handshake(request.head()).map_err(|_| Error::malformed("This address speaks WebSocket only."))?;
    let mut response = HttpResponse::from(handshake_response(request.head()).finish()).map_into_boxed_body();
    let limits = &exchange.limits;
    let seat = exchange.seats.take(Client::of(&request).group(), limits.sockets, limits.sockets_per_address);
    let id = request_id();
    take_over(&mut response, move |upgraded| {
        actix_web::rt::spawn(in_request(id, enter(upgraded, request, exchange, seat)));
    });
    Ok(response)
}

/// Thousands stay, few come at a time: what coming needs must not lie about while they stay, so it is a task of its own.
async fn enter(upgraded: Upgraded, request: HttpRequest, exchange: web::Data<Exchange>, seat: Option<Seat>) {
    let mut line = Line {
        texts: Texts::new(upgraded, exchange.limits.frame_bytes, exchange.limits.frame_fragments),
        in_flight: FuturesUnordered::new(),
        heard_at: exchange.clock.steady(),
        clock: exchange.clock.clone(),
    };
    let Some(seat) = seat else {
        // A browser's page learns nothing of a refused upgrade, but the code of a close.
        return line.end(Some(Closing::new(Closing::RESUME, "no room for another socket"))).await;
    };
    match line.greet(request, &exchange).await {
        Ok(guest) => drop(actix_web::rt::spawn(in_request(request_id(), stay(line, guest, seat)))),
        Err(end) => line.end(end).await,
    }
}

async fn stay(mut line: Line, guest: Guest, _seat: Seat) {
    let counted = figures::lines(guest.mouth.side(), Carrier::WebSocket).hold();
    let end = line.serve(guest).await;
    drop(counted);
    Box::pin(line.end(end)).await;
}

struct Line {
    texts: Texts,
    in_flight: FuturesUnordered<Answer>,
    heard_at: Steady,
    clock: Clock,
}

impl Line {
    async fn greet(&mut self, request: HttpRequest, exchange: &Exchange) -> Result<Guest, End> {
        let hello = timeout(HELLO_TIME, self.hello());
        let hello = hello.await.unwrap_or_else(|_| Err(Some(Closing::new(Closing::SILENT, "no hello"))))?;
        let (guest, frames) = greet(exchange, &request, hello).await.map_err(|error| Some(Closing::of(&error)))?;
        for frame in frames {
            self.write(frame).await?;
        }
        self.flush().await?;
        Ok(guest)
    }

    async fn hello(&mut self) -> Result<Hello, End> {
        loop {
            match self.texts.next().await {
                Incoming::Text(text) => return Ok(Hello::parse(as_text(&text)?)?),
                Incoming::Ping(payload) => {
                    self.texts.push_pong(payload);
                    self.flush().await?;
                }
                Incoming::Alive => {}
                other => return Err(end_of(other)),
            }
        }
    }

    /// The long part: their frames in, everybody's news out.
    async fn serve(&mut self, mut guest: Guest) -> End {
        let mut watch = Watch::new(self.clock.steady());
        loop {
            let step = tokio::select! {
                biased;
                frame = guest.ear.next() => match frame {
                    Ok(frame) => self.write(frame).await,
                    Err(closing) => Err(Some(closing)),
                },
                Some(answer) = self.in_flight.next() => match answer {
                    Some(text) => self.write(text).await,
                    None => Ok(()),
                },
                incoming = self.texts.next(), if self.in_flight.len() < IN_FLIGHT_MAX => {
                    self.take(&guest, incoming)
                }
                () = watch.timer.as_mut() => self.look(&mut watch, &guest).await,
            };
            let step = match step {
                Ok(()) => self.gather(&mut guest).await,
                end => end,
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// What else there is goes along: many frames in one packet, and nobody's flood of news keeps their own frames waiting.
    async fn gather(&mut self, guest: &mut Guest) -> Result<(), End> {
        while let Some(frame) = guest.ear.try_next() {
            self.write(frame?).await?;
        }
        while self.in_flight.len() < IN_FLIGHT_MAX
            && let Some(incoming) = self.texts.next().now_or_never()
        {
            self.take(guest, incoming)?;
        }
        while let Some(Some(answer)) = self.in_flight.next().now_or_never() {
            if let Some(text) = answer {
                self.write(text).await?;
            }
        }
        self.flush().await
    }

    fn take(&mut self, guest: &Guest, incoming: Incoming) -> Result<(), End> {
        self.heard_at = self.clock.steady();
        match incoming {
            Incoming::Text(text) => self.in_flight.push(guest.mouth.take(as_text(&text)?)?),
            Incoming::Ping(payload) => {
                guest.mouth.check_request()?;
                self.texts.push_pong(payload);
            }
            Incoming::Alive => {}
            other => return Err(end_of(other)),
        }
        Ok(())
    }

    /// Says that we live, asks whether they do, and whether they still may.
    async fn look(&mut self, watch: &mut Watch, guest: &Guest) -> Result<(), End> {
        let now = self.clock.steady();
        let silent_at = self.heard_at.plus(SILENCE_MAX);
        if now >= silent_at {
            return Err(Some(Closing::new(Closing::SILENT, "silence")));
        }
        if now >= watch.next_beat {
            watch.next_beat = now.plus(HEARTBEAT);
            watch.beats += 1;
            self.texts.push(ByteString::from_static(super::TICK));
            self.texts.push_ping();
            if watch.beats.is_multiple_of(VALIDITY_BEATS) {
                check_validity(&guest.still_valid).await?;
            }
        }
        watch.rest(now, silent_at);
        Ok(())
    }

    async fn write(&mut self, text: ByteString) -> Result<(), End> {
        self.texts.push(text);
        if self.texts.waiting() >= WRITE_BYTES { self.flush().await } else { Ok(()) }
    }

    /// Whoever takes nothing is gone; meanwhile their queue is bounded by the hub. While we wait here they are not heard
    /// either, so it is their silence that limits the time.
    async fn flush(&mut self) -> Result<(), End> {
        // Most of the time the system takes it at once, and a timer would cost more than the write.
        let sent = match self.texts.flush().now_or_never() {
            Some(sent) => sent,
            None => match timeout(self.patience(), self.texts.flush()).await {
                Ok(sent) => sent,
                Err(_) => return Err(Some(Closing::new(Closing::RESUME, "too slow"))),
            },
        };
        sent.map_err(|_| None)
    }

    fn patience(&self) -> Duration {
        self.clock.steady().until(self.heard_at.plus(SILENCE_MAX)).max(GOODBYE)
    }

    async fn end(mut self, end: End) {
        let Some(closing) = end else { return };
        // What is known of their frames they hear before the reason; who may not be here any more hears nothing.
        while closing.code != Closing::UNAUTHORISED
            && let Some(Some(answer)) = self.in_flight.next().now_or_never()
        {
            answer.into_iter().for_each(|text| self.texts.push(text));
        }
        self.texts.push_close(&closing);
        let said = async {
            if self.texts.flush().await.is_ok() {
                self.texts.finish().await;
            }
        };
        drop(timeout(GOODBYE, said).await);
    }
}

/// One timer for all that happens by time.
struct Watch {
    next_beat: Steady,
    beats: u32,
    timer: Pin<Box<Sleep>>,
}

impl Watch {
    fn new(now: Steady) -> Self {
        Watch { next_beat: now.plus(HEARTBEAT), beats: 0, timer: Box::pin(sleep(HEARTBEAT)) }
    }

    /// Once the timer is over.
    fn rest(&mut self, now: Steady, silent_at: Steady) {
        let next = self.next_beat.min(silent_at);
        let over = self.timer.deadline();
        self.timer.as_mut().reset(over + now.until(next));
    }
}

fn as_text(bytes: &Bytes) -> Result<&str, Closing> {
    std::str::from_utf8(bytes).map_err(|_| Closing::new(Closing::INVALID, "not UTF-8"))
}

fn end_of(incoming: Incoming) -> End {
    match incoming {
        Incoming::Bad(closing) => Some(closing),
        Incoming::Closed => Some(Closing::new(Closing::NORMAL, "")),
        _ => None,
    }
}
