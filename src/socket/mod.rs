//! The line everybody uses: agents' browsers, visitors' chats, programs. docs/protocol.md is its contract.
//!
//! A [`Door`] says who somebody is (one for agents, one for visitors); a [`FrameKind`] says what one of their frames does. Both
//! come from the domains' `feature.rs`; this room knows neither messages nor people.
//!
//! `greet` turns a hello into a [`guest::Guest`]: an ear for news and a mouth for frames. What carries them is one of two:
//! `websocket`, or `lines`, the same over plain HTTP for those whose network lets nothing else pass.

mod closing;
mod door;
mod exchange;
pub mod figures;
mod frames;
mod greet;
mod guest;
mod lines;
mod replay;
mod seats;
mod texts;
mod websocket;

pub use closing::Closing;
pub use door::{Admission, Door, FindMissed, Greeting, Replay, Replayed, StillValid};
pub use exchange::{Exchange, routes};
pub use frames::{Answer, Caller, FrameKind, Frames, Rates, Side, parse, refuse, reject, silent};
pub use lines::Lines;
pub use seats::Seats;

use std::time::Duration;

const HELLO_TIME: Duration = Duration::from_secs(10);
/// How often we say that we live.
const HEARTBEAT: Duration = Duration::from_secs(25);
const TICK: &str = r#"{"type":"tick"}"#;
/// Whoever says nothing for so long is gone: 15 s after the heartbeat they did not answer. With the grace of presence
/// (10 s) a colleague whose machine died is known to be away within a minute.
const SILENCE_MAX: Duration = Duration::from_secs(40);
/// How often it is asked whether somebody may still be here.
const VALIDITY_BEATS: u32 = 2;
