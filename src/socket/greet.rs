//! From a hello to somebody who is let in and was told what they missed.

use super::door::{Admission, Greeting};
use super::guest::{Ear, Guest, Mouth};
use super::replay::{Missed, missed};
use super::{Caller, Closing, Exchange, HEARTBEAT, Side};
use crate::http::require_own_origin;
use crate::hub::Subscription;
use crate::kernel::{Ctx, Error, ErrorKind, Result};
use actix_web::HttpRequest;
use actix_web::http::header::COOKIE;
use bytestring::ByteString;
use serde::Deserialize;

const PROTOCOL: u32 = 1;

#[derive(Deserialize)]
pub struct Hello {
    #[serde(rename = "type")]
    kind: String,
    protocol: u32,
    #[serde(default)]
    pub token: Option<String>,
    #[serde(default)]
    cursor: Option<String>,
}

impl Hello {
    pub fn parse(text: &str) -> Result<Hello, Closing> {
        let hello: Hello = serde_json::from_str(text)
            .map_err(|_| Closing::new(Closing::INVALID, "the first frame must be a hello"))?;
        hello.checked()
    }

    pub fn checked(self) -> Result<Hello, Closing> {
        match self.kind == "hello" && self.protocol == PROTOCOL {
            true => Ok(self),
            false => Err(Closing::new(Closing::POLICY, "this server speaks protocol 1")),
        }
    }
}

/// Rights, a place in the hub, and the frames from `welcome` to `live`.
pub async fn greet(exchange: &Exchange, request: &HttpRequest, hello: Hello) -> Result<(Guest, Vec<ByteString>)> {
    let mut admission = admit(exchange, request, hello.token.clone()).await?;
    exchange.rates.check_request(admission.actor)?;
    let Subscription { place, queue } = exchange.hub.subscribe(admission.listener.clone());
    if admission.side == Side::Agent {
        // Rights and presence that changed between the look and the subscription would be missed by both: look again.
        let again = admit(exchange, request, hello.token).await?;
        if again.listener != admission.listener {
            // Try again, with the new ones.
            return Err(Error::busy());
        }
        admission = again;
    }
    let (frames, told) = tell_missed(exchange, &admission, hello.cursor).await?;
    let caller = Caller {
        actor: admission.actor,
        place: place.number(),
        db: exchange.db.clone(),
        hub: exchange.hub.clone(),
        clock: exchange.clock.clone(),
        limits: exchange.limits.clone(),
        rates: exchange.rates.clone(),
    };
    let mouth = Mouth::new(caller, admission.side, exchange.frames.clone());
    Ok((Guest { place, ear: Ear::new(queue, told), mouth, still_valid: admission.still_valid }, frames))
}

async fn admit(exchange: &Exchange, request: &HttpRequest, token: Option<String>) -> Result<Admission> {
    // A cookie says which browser it is, not which page: only our own pages may use it.
    let has_cookie = request.headers().contains_key(COOKIE);
    if token.is_none() && has_cookie {
        require_own_origin(request)?;
    }
    for door in exchange.doors.iter() {
        let greeting = Greeting {
            request: request.clone(),
            token: token.clone(),
            db: exchange.db.clone(),
            hub: exchange.hub.clone(),
            clock: exchange.clock.clone(),
        };
        if let Some(admission) = door(greeting).await? {
            return Ok(admission);
        }
    }
    Err(Error::new(ErrorKind::Unauthenticated, "session.required", "Nobody of this server is known by that."))
}

/// With the position up to which everything is told then.
async fn tell_missed(
    exchange: &Exchange,
    admission: &Admission,
    cursor: Option<String>,
) -> Result<(Vec<ByteString>, i64)> {
    let hub = &exchange.hub;
    let after = cursor.as_deref().and_then(|cursor| hub.position_of(cursor));
    let ctx = Ctx::new(admission.actor, exchange.clock.now());
    let (feeds, listener, replay) = (hub.clone(), admission.listener.clone(), admission.replay);
    let own = exchange.own.clone();
    let loaded = exchange.db.read(move |snapshot| {
        let missed = missed(snapshot, &ctx, feeds.feeds(), &listener, (&replay, &own[..]), after)?;
        Ok((missed, snapshot.position()?))
    });
    let (missed, head) = loaded.await?;
    let (reset, events) = match missed {
        Missed::Reset => (true, Vec::new()),
        Missed::Events(events) => (false, events),
    };
    let from = if reset { head } else { after.unwrap_or(head) };
    let mut frames = Vec::with_capacity(events.len() + 2);
    frames.push(welcome_frame(exchange, admission, reset, from));
    frames.extend(events.iter().map(|event| hub.frame(event.kind, event.position, &event.body).text));
    frames.push(format!(r#"{{"type":"live","cursor":"{}"}}"#, hub.cursor(head)).into());
    Ok((frames, head))
}

fn welcome_frame(exchange: &Exchange, admission: &Admission, reset: bool, position: i64) -> ByteString {
    let mut frame = serde_json::json!({
        "type": "welcome",
        "protocol": PROTOCOL,
        "principal": {"kind": admission.side.as_str(), "id": admission.principal_id},
        "reset": reset,
        "cursor": exchange.hub.cursor(position),
        "heartbeat_ms": HEARTBEAT.as_millis() as u64,
        "limits": {
            "text_bytes_max": exchange.limits.text_bytes,
            "attachment_bytes_max": exchange.limits.attachment_bytes,
            "attachments_max": exchange.limits.message_attachments,
        },
    });
    if let Some(fields) = frame.as_object_mut() {
        fields.extend(admission.welcome.clone());
    }
    frame.to_string().into()
}
