//! From packets to frames with a time: what comes over RTP, put together again.
//!
//! Nothing here knows files. A frame is whole or it is not there: what was lost is counted, and a picture that builds on
//! a lost one waits for the next that stands by itself.

mod clock;
mod opus;
mod track;
mod vp8;

pub use track::{Codec, Kind, Packet, Track};
pub use vp8::key_size;
