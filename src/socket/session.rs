//! One socket from hello to close.

use super::door::{Admission, Greeting};
use super::replay::{Missed, missed};
use super::seats::{Seat, Seats};
use super::stream::{Incoming, Texts};
use super::{Answer, Caller, Door, Frames, Rates, Side, parse, refuse, silent};
use crate::db::Db;
use crate::http::{Client, Limits, Problem, require_own_origin};
use crate::hub::{Closed, Hub, Subscription};
use crate::kernel::{Clock, Ctx, Error, ErrorKind, Millis, Result};
use actix_web::http::header::COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{CloseCode, CloseReason, Session};
use bytestring::ByteString;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

const PROTOCOL: u32 = 1;
const HELLO_TIME: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(25);
const SILENCE_MAX_MS: i64 = Millis::seconds(60);
const VALIDITY_CHECK: Duration = Duration::from_secs(60);
/// A client that takes nothing for this long is gone; meanwhile its queue is bounded by the hub.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// Commands of one socket that may wait for their commit at once.
const IN_FLIGHT_MAX: usize = 64;
/// Refusals in a row for too many frames before the socket is closed.
const FLOOD_MAX: u32 = 20;

/// What every socket works with.
#[derive(Clone)]
pub struct Exchange {
    pub doors: Arc<[Door]>,
    pub frames: Arc<Frames>,
    pub db: Db,
    pub hub: Hub,
    pub clock: Clock,
    pub limits: web::Data<Limits>,
    pub rates: web::Data<Rates>,
    pub seats: Seats,
}

/// `GET /api/v1/socket`.
pub async fn open(
    request: HttpRequest,
    body: web::Payload,
    exchange: web::Data<Exchange>,
) -> Result<HttpResponse, Problem> {
    let (response, session, stream) =
        actix_ws::handle(&request, body).map_err(|_| Error::malformed("This address speaks WebSocket only."))?;
    let limits = &exchange.limits;
    let address = Client::of(&request).group();
    let Some(seat) = exchange.seats.take(address, limits.sockets, limits.sockets_per_address) else {
        // A browser's page learns nothing of a refused upgrade, but the code of a close.
        actix_web::rt::spawn(session.close(close(1013, "no room for another socket")));
        return Ok(response);
    };
    let texts = Texts::new(stream, limits.frame_bytes, limits.frame_fragments);
    let line = Line { _seat: seat, session, texts, request, exchange, flood: 0 };
    actix_web::rt::spawn(line.run());
    Ok(response)
}

struct Line {
    _seat: Seat,
    session: Session,
    texts: Texts,
    request: HttpRequest,
    exchange: web::Data<Exchange>,
    flood: u32,
}

#[derive(Deserialize)]
struct Hello {
    #[serde(rename = "type")]
    kind: String,
    protocol: u32,
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

impl Line {
    async fn run(mut self) {
        let reason = match self.greet().await {
            Ok(guest) => self.serve(guest).await,
            Err(reason) => reason,
        };
        // `None`: the client is gone, there is nobody to tell.
        if let Some(reason) = reason {
            let _ = timeout(Duration::from_secs(1), self.session.close(Some(reason))).await;
        }
    }

    /// Hello, rights, what was missed.
    async fn greet(&mut self) -> Result<Guest, Option<CloseReason>> {
        let hello = timeout(HELLO_TIME, self.hello()).await.unwrap_or_else(|_| Err(close(4408, "no hello")))?;
        let mut admission = self.admit(hello.token.clone()).await?;
        self.exchange.rates.check_request(admission.actor).map_err(|error| close_for(&error))?;
        let subscription = self.exchange.hub.subscribe(admission.listener.clone());
        if admission.side == Side::Agent {
            // Rights and presence that changed between the look and the subscription would be missed by both: look again.
            let again = self.admit(hello.token).await?;
            if again.listener != admission.listener {
                return Err(close(1013, "your rights changed"));
            }
            admission = again;
        }
        let told = self.welcome(&admission, hello.cursor).await?;
        Ok(Guest { admission, subscription, told })
    }

    async fn hello(&mut self) -> Result<Hello, Option<CloseReason>> {
        loop {
            match self.texts.next().await {
                Incoming::Gone => return Err(None),
                Incoming::Bad(reason) => return Err(Some(reason)),
                Incoming::Closed => return Err(close(1000, "")),
                Incoming::Ping(payload) => in_time(self.session.pong(&payload)).await?,
                Incoming::Alive => {}
                Incoming::Text(text) => {
                    let hello: Hello =
                        serde_json::from_str(&text).map_err(|_| close(1007, "the first frame must be a hello"))?;
                    if hello.kind != "hello" || hello.protocol != PROTOCOL {
                        return Err(close(1008, "this server speaks protocol 1"));
                    }
                    return Ok(hello);
                }
            }
        }
    }

    async fn admit(&self, token: Option<String>) -> Result<Admission, Option<CloseReason>> {
        // A cookie says which browser it is, not which page: only our own pages may use it.
        let has_cookie = self.request.headers().contains_key(COOKIE);
        if token.is_none() && has_cookie && require_own_origin(&self.request).is_err() {
            return Err(close(4401, "a foreign origin"));
        }
        for door in self.exchange.doors.iter() {
            let greeting = Greeting {
                request: self.request.clone(),
                token: token.clone(),
                db: self.exchange.db.clone(),
                hub: self.exchange.hub.clone(),
                clock: self.exchange.clock.clone(),
            };
            match door(greeting).await {
                Ok(Some(admission)) => return Ok(admission),
                Ok(None) => {}
                Err(error) => return Err(close_for(&error)),
            }
        }
        Err(close(4401, "not signed in"))
    }

    /// Returns the position up to which everything is told.
    async fn welcome(&mut self, admission: &Admission, cursor: Option<String>) -> Result<i64, Option<CloseReason>> {
        let after = cursor.as_deref().and_then(|cursor| self.exchange.hub.position_of(cursor));
        let ctx = Ctx::new(admission.actor, self.exchange.clock.now());
        let (hub, listener) = (self.exchange.hub.clone(), admission.listener.clone());
        let replay = admission.replay;
        let loaded = self.exchange.db.read(move |snapshot| {
            let missed = missed(snapshot, &ctx, hub.feeds(), &listener, &replay, after)?;
            Ok((missed, snapshot.position()?))
        });
        let (missed, head) = loaded.await.map_err(|error| close_for(&error))?;
        let reset = matches!(missed, Missed::Reset);
        let from = if reset { head } else { after.unwrap_or(head) };
        self.write(self.welcome_frame(admission, reset, from)).await?;
        if let Missed::Events(events) = missed {
            for event in events {
                self.write(self.exchange.hub.frame(event.kind, event.position, &event.body).text).await?;
            }
        }
        let live = format!(r#"{{"type":"live","cursor":"{}"}}"#, self.exchange.hub.cursor(head));
        self.write(live.into()).await?;
        Ok(head)
    }

    fn welcome_frame(&self, admission: &Admission, reset: bool, position: i64) -> ByteString {
        let mut frame = serde_json::json!({
            "type": "welcome",
            "protocol": PROTOCOL,
            "principal": {"kind": admission.side.as_str(), "id": admission.principal_id},
            "reset": reset,
            "cursor": self.exchange.hub.cursor(position),
            "heartbeat_ms": HEARTBEAT.as_millis() as u64,
            "limits": {
                "text_bytes_max": self.exchange.limits.text_bytes,
                "attachment_bytes_max": self.exchange.limits.attachment_bytes,
                "attachments_max": self.exchange.limits.message_attachments,
            },
        });
        if let Some(fields) = frame.as_object_mut() {
            fields.extend(admission.welcome.clone());
        }
        frame.to_string().into()
    }

    /// The long part: their frames in, everybody's news out. Ends with the reason to give, if there is somebody to
    /// give it to.
    async fn serve(&mut self, guest: Guest) -> Option<CloseReason> {
        let Guest { admission, mut subscription, told } = guest;
        let caller = self.caller(&admission);
        let mut in_flight: FuturesUnordered<Answer> = FuturesUnordered::new();
        let mut heartbeat = every(HEARTBEAT);
        let mut validity = every(VALIDITY_CHECK);
        let mut heard_at = self.exchange.clock.now();
        loop {
            let step = tokio::select! {
                biased;
                frame = subscription.queue.next() => match frame {
                    // The replay told it already.
                    Ok(frame) if frame.position > 0 && frame.position <= told => Ok(()),
                    Ok(frame) => self.write(frame.text).await,
                    Err(Closed(code)) => Err(close(code, "")),
                },
                Some(answer) = in_flight.next() => match answer {
                    Some(text) => self.write(text).await,
                    None => Ok(()),
                },
                incoming = self.texts.next(), if in_flight.len() < IN_FLIGHT_MAX => {
                    heard_at = self.exchange.clock.now();
                    self.take(&caller, &admission, incoming).await.map(|answer| in_flight.extend(answer))
                }
                _ = heartbeat.tick() => match self.exchange.clock.now().since(heard_at) {
                    silence if silence > SILENCE_MAX_MS => Err(close(4408, "silence")),
                    _ => self.beat().await,
                },
                _ = validity.tick() => match &admission.still_valid {
                    Some(ask) => match ask().await {
                        // A busy moment ends no session: what ends one is told by its event.
                        Err(error) if !matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => Err(close_for(&error)),
                        _ => Ok(()),
                    },
                    None => Ok(()),
                },
            };
            if let Err(reason) = step {
                return reason;
            }
        }
    }

    async fn take(
        &mut self,
        caller: &Caller,
        admission: &Admission,
        incoming: Incoming,
    ) -> Result<Option<Answer>, Option<CloseReason>> {
        match incoming {
            Incoming::Gone => Err(None),
            Incoming::Bad(reason) => Err(Some(reason)),
            Incoming::Alive => Ok(None),
            Incoming::Ping(payload) => {
                caller.rates.check_request(caller.actor).map_err(|error| close_for(&error))?;
                in_time(self.session.pong(&payload)).await.map(|()| None)
            }
            Incoming::Closed => Err(close(1000, "")),
            Incoming::Text(text) => {
                if let Err(error) = caller.rates.check_request(caller.actor) {
                    self.flood += 1;
                    // Told a few times, then shown the door.
                    return if self.flood > FLOOD_MAX {
                        Err(close(1008, "too many frames"))
                    } else {
                        Ok(Some(refuse(&error)))
                    };
                }
                self.flood = 0;
                Ok(Some(self.handle(caller, admission, &text)))
            }
        }
    }

    fn handle(&self, caller: &Caller, admission: &Admission, text: &str) -> Answer {
        let kind = match parse::<Kind>(text) {
            Ok(Kind { kind }) => kind,
            Err(error) => return refuse(&error),
        };
        match self.exchange.frames.find(admission.side, &kind) {
            Some(handle) => handle(caller, text),
            // Any frame shows that they live; this one has no other meaning.
            None if kind == "tick" => silent(),
            None => refuse(&Error::malformed("There is no frame of this type, or not for you.")),
        }
    }

    fn caller(&self, admission: &Admission) -> Caller {
        Caller {
            actor: admission.actor,
            db: self.exchange.db.clone(),
            hub: self.exchange.hub.clone(),
            clock: self.exchange.clock.clone(),
            limits: self.exchange.limits.clone(),
            rates: self.exchange.rates.clone(),
        }
    }

    /// For the client to see that the line lives, and a ping so that its answer shows the same to us.
    async fn beat(&mut self) -> Result<(), Option<CloseReason>> {
        self.write(r#"{"type":"tick"}"#.into()).await?;
        in_time(self.session.ping(b"")).await
    }

    async fn write(&mut self, text: ByteString) -> Result<(), Option<CloseReason>> {
        in_time(self.session.text(text)).await
    }
}

/// Whoever takes nothing for so long is gone. Without this a client that reads nothing and pings would hold us for ever.
async fn in_time<E>(sent: impl Future<Output = Result<(), E>>) -> Result<(), Option<CloseReason>> {
    match timeout(WRITE_TIME, sent).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(close(1013, "too slow")),
    }
}

/// Somebody welcomed: who, where they listen, and the position up to which they were told everything.
struct Guest {
    admission: Admission,
    subscription: Subscription,
    told: i64,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval.reset();
    interval
}

fn close(code: u16, description: &str) -> Option<CloseReason> {
    let description = (!description.is_empty()).then(|| description.to_owned());
    Some(CloseReason { code: CloseCode::from(code), description })
}

/// Why somebody is not let in, or no longer.
fn close_for(error: &Error) -> Option<CloseReason> {
    match error.kind {
        ErrorKind::Unauthenticated | ErrorKind::Forbidden | ErrorKind::NotFound => close(4401, error.code),
        _ => close(1013, error.code),
    }
}
