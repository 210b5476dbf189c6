//! The WebSocket everybody uses: agents' browsers, visitors' chats, programs. docs/protocol.md is its contract.
//!
//! A [`Door`] says who somebody is (one for agents, one for visitors); a [`FrameKind`] says what one of their frames does. Both
//! come from the domains' `feature.rs`; this room knows neither messages nor people. It owns the line: hello, replay,
//! heartbeat, limits, closing.

mod door;
mod frames;
mod replay;
mod seats;
mod session;
mod stream;

pub use door::{Admission, Door, Greeting, Replay, Replayed};
pub use frames::{Answer, Caller, FrameKind, Frames, Rates, Side, parse, refuse, reject, silent};
pub use seats::Seats;
pub use session::{Exchange, open};
