//! One thing that one party sends.

use super::clock::Timeline;
use super::opus;
use super::vp8::Vp8;
use bytes::Bytes;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Mic,
    Camera,
    Screen,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Mic, Kind::Camera, Kind::Screen];

    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Mic => "mic",
            Kind::Camera => "camera",
            Kind::Screen => "screen",
        }
    }

    pub fn is_sound(self) -> bool {
        self == Kind::Mic
    }
}

/// What is recorded as it is. Anything else is counted and left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    Opus,
    Vp8,
    Other,
}

/// As it comes from a tap: whole, repaired, in order.
#[derive(Clone, Debug)]
pub struct Packet {
    pub leg: i64,
    pub kind: Kind,
    pub codec: Codec,
    pub timestamp: u32,
    pub sequence: u16,
    pub is_last: bool,
    pub payload: Bytes,
    /// Milliseconds since the recording began, pauses left out.
    pub arrived_ms: i64,
}

/// What a player can take, at its time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    pub at_ms: u64,
    pub lasts_ms: u32,
    /// One can begin here.
    pub is_key: bool,
    pub size: Option<(u16, u16)>,
    pub data: Bytes,
}

/// What did not get into the recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Lost {
    /// Packets of sound that never came, and pictures left out.
    pub sounds: u64,
    pub pictures: u64,
    /// Packets in a way of coding that is not recorded.
    pub foreign: u64,
}

/// Makes frames of one track's packets.
pub struct Track {
    timeline: Timeline,
    stream: Stream,
    foreign: u64,
}

enum Stream {
    Sound { next: Option<u16>, lost: u64 },
    Picture(Vp8),
}

impl Track {
    pub fn new(kind: Kind) -> Track {
        let (hertz, stream) = match kind.is_sound() {
            true => (48_000, Stream::Sound { next: None, lost: 0 }),
            false => (90_000, Stream::Picture(Vp8::default())),
        };
        Track { timeline: Timeline::new(hertz), stream, foreign: 0 }
    }

    pub fn take(&mut self, packet: &Packet) -> Option<Frame> {
        match (&mut self.stream, packet.codec) {
            (Stream::Sound { next, lost }, Codec::Opus) => {
                let missing = next.map_or(0, |next| packet.sequence.wrapping_sub(next));
                // Far away is a sender that began anew.
                *lost += u64::from(Some(missing).filter(|missing| *missing < 1_000).unwrap_or(0));
                *next = Some(packet.sequence.wrapping_add(1));
                let lasts_ms = opus::milliseconds(&packet.payload)?;
                let at_ms = self.timeline.place(packet.timestamp, packet.arrived_ms);
                Some(Frame { at_ms, lasts_ms, is_key: true, size: None, data: packet.payload.clone() })
            }
            (Stream::Picture(vp8), Codec::Vp8) => {
                let picture = vp8.take(packet.sequence, packet.timestamp, packet.is_last, &packet.payload)?;
                let at_ms = self.timeline.place(picture.timestamp, packet.arrived_ms);
                let (size, data) = (picture.size, picture.data.into());
                Some(Frame { at_ms, lasts_ms: 0, is_key: size.is_some(), size, data })
            }
            _ => {
                self.foreign += 1;
                None
            }
        }
    }

    /// Whether it waits for a picture that stands by itself.
    pub fn needs_key(&self) -> bool {
        matches!(&self.stream, Stream::Picture(vp8) if vp8.needs_key())
    }

    /// After a pause: what comes now builds on what was not recorded.
    pub fn begin_anew(&mut self) {
        self.timeline.forget();
        match &mut self.stream {
            Stream::Sound { next, .. } => *next = None,
            Stream::Picture(vp8) => vp8.begin_anew(),
        }
    }

    pub fn lost(&self) -> Lost {
        let (sounds, pictures) = match &self.stream {
            Stream::Sound { lost, .. } => (*lost, 0),
            Stream::Picture(vp8) => (0, vp8.left_out),
        };
        Lost { sounds, pictures, foreign: self.foreign }
    }
}
