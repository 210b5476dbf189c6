//! What this door adds to the program.

use super::api;
use crate::socket::{FrameKind, Side};

pub use api::door;

pub fn frame_kinds() -> Vec<FrameKind> {
    vec![FrameKind::new(Side::Agent, "presence", api::presence_frame)]
}
