//! What a recorder hears.

use super::{LegNo, TrackKind};
use crate::kernel::Steady;
use bytes::Bytes;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Codec {
    /// 48 kHz.
    Opus,
    /// 90 kHz. The payload still has its RTP descriptor (RFC 7741) in front.
    Vp8,
}

/// One RTP packet of a track, repaired and of its kind the only one, in the order in which it was sent. A gap in `sequence` is lost for good.
pub struct TapPacket<'a> {
    pub leg: LegNo,
    pub kind: TrackKind,
    pub codec: Codec,
    pub rtp_timestamp: u32,
    pub sequence: u16,
    /// The last packet of a picture.
    pub marker: bool,
    pub payload: &'a Bytes,
    pub arrived: Steady,
}

/// Called on the media thread, so it must not block: what cannot be taken at once is dropped, whole pictures at a time.
pub trait Tap: Send + Sync {
    fn packet(&self, packet: &TapPacket<'_>);
    /// The leg left, or came back with a new connection whose time stamps begin anew.
    fn gone(&self, leg: LegNo);
}
