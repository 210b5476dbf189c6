//! The load generator: `parlor bench`.
//!
//! Visitors send on a schedule and agents listen, over the public protocol, against a running server or one that is started
//! for it. A message's latency counts from the moment it was due, not from when we got round to sending it, so a server
//! that stalls cannot hide the messages that would have come meanwhile (coordinated omission).
//!
//! The generator shares the machine with what it measures. So it is one thread with one epoll ([`engine`]), prebuilt frames
//! ([`words`]) and a search for bytes instead of JSON on the hot path ([`tally`]); and it reports what it cost itself and how
//! late it was, so that a figure that it limited says so.
//!
//! `docs/performance.md` has the method and how to read a report.

mod bare;
pub mod calls;
mod engine;
mod history;
mod html;
mod idle;
mod line;
mod machine;
mod onlooker;
mod own;
mod phase;
mod plan;
mod ramp;
mod rate;
mod reconnect;
mod report;
mod rest;
mod saturate;
mod session;
mod stage;
mod stop;
mod table;
mod tally;
mod tls;
mod usage;
mod wire;
mod words;

pub use bare::serve as serve_bare;
pub use own::tied;
pub use plan::{Crowd, Mode, Output, Own, Plan, Ramp, Saturate, Server};
pub use session::run;
