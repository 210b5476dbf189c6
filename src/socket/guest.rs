//! Somebody let in, whatever carries their frames: what they hear and what they say.

use super::door::StillValid;
use super::{Answer, Caller, Closing, Frames, Side, parse, refuse, silent};
use crate::hub::{Frame, Gate, Place, Queue};
use crate::kernel::{Error, ErrorKind};
use bytestring::ByteString;
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Refusals in a row for too many frames before the line ends.
const FLOOD_MAX: u32 = 20;

pub struct Guest {
    /// As long as it is held, they are here.
    pub place: Place,
    pub ear: Ear,
    pub mouth: Mouth,
    pub still_valid: StillValid,
}

/// Everybody's news, as far as this one may hear them and was not told them yet.
pub struct Ear {
    queue: Queue,
    told: i64,
}

impl Ear {
    pub fn new(queue: Queue, told: i64) -> Self {
        Ear { queue, told }
    }

    /// May be dropped while it waits; nothing is lost.
    pub async fn next(&mut self) -> Result<ByteString, Closing> {
        loop {
            let frame = self.queue.next().await?;
            if let Some(text) = self.untold(frame) {
                return Ok(text);
            }
        }
    }

    /// What is there already.
    pub fn try_next(&mut self) -> Option<Result<ByteString, Closing>> {
        loop {
            match self.queue.try_next()? {
                Ok(frame) => match self.untold(frame) {
                    Some(text) => return Some(Ok(text)),
                    None => continue,
                },
                Err(closed) => return Some(Err(closed.into())),
            }
        }
    }

    pub fn gate(&self) -> Gate {
        self.queue.gate()
    }

    /// The replay may have told it.
    fn untold(&self, frame: Frame) -> Option<ByteString> {
        (frame.position == 0 || frame.position > self.told).then_some(frame.text)
    }
}

/// Their frames.
pub struct Mouth {
    caller: Caller,
    side: Side,
    frames: Arc<Frames>,
    /// Refusals in a row.
    flood: AtomicU32,
}

#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

impl Mouth {
    pub fn new(caller: Caller, side: Side, frames: Arc<Frames>) -> Self {
        Mouth { caller, side, frames, flood: AtomicU32::new(0) }
    }

    pub fn side(&self) -> Side {
        self.side
    }

    /// Takes one frame; what it is answered with comes when it is known.
    pub fn take(&self, text: &str) -> Result<Answer, Closing> {
        if let Err(error) = self.caller.rates.check_request(self.caller.actor) {
            // Told a few times, then shown the door.
            return match self.flood.fetch_add(1, Ordering::Relaxed) >= FLOOD_MAX {
                true => Err(Closing::new(Closing::POLICY, "too many frames")),
                false => Ok(refuse(&error)),
            };
        }
        self.flood.store(0, Ordering::Relaxed);
        let kind = match parse::<Kind>(text) {
            Ok(Kind { kind }) => kind,
            Err(error) => return Ok(refuse(&error)),
        };
        Ok(match self.frames.find(self.side, &kind) {
            Some(handle) => handle(&self.caller, text),
            // Any frame shows that they live; this one has no other meaning.
            None if kind == "tick" => silent(),
            None => refuse(&Error::malformed("There is no frame of this type, or not for you.")),
        })
    }

    /// Something that is no frame but costs something, such as a ping.
    pub fn check_request(&self) -> Result<(), Closing> {
        self.caller.rates.check_request(self.caller.actor).map_err(|error| Closing::of(&error))
    }
}

/// A busy moment ends no line: what ends one is told by its event.
pub async fn check_validity(still_valid: &StillValid) -> Result<(), Closing> {
    match still_valid().await {
        Err(error) if !matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => Err(Closing::of(&error)),
        _ => Ok(()),
    }
}
