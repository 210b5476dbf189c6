//! The web's side of the program: how requests are read, refused, counted and answered, and the pages themselves.
//!
//! Domains use [`Problem`] for errors, [`Body`] for JSON, [`Client`] for the caller's address and [`Limiter`] for rates. What
//! the extractors need of the configuration lies in the application's data: [`Limits`] and [`Proxies`].

pub mod assets;
pub mod body;
mod client_address;
mod encoding;
mod expiry;
pub mod figures;
mod headers;
mod limits;
mod log;
pub mod openapi;
mod origin;
mod problem;
mod range;
mod request_headers;
pub mod server;
mod tls;
mod upgrade;
mod workers;

pub use assets::{Assets, FrameAncestors};
pub use body::{Body, Reading, guarded_stream, read_all};
pub use client_address::{AddressGroup, Client, Proxies};
pub use headers::Transport;
pub use limits::{Limiter, Limits, Rate};
pub use log::{RequestId, in_request, request_id, watch};
pub use origin::{require_own_origin, require_own_page};
pub use problem::{Problem, ProblemBody};
pub use range::{Wanted, wanted};
pub use request_headers::{bearer, is_current};
pub use tls::{Certificate, TlsError};
pub use upgrade::{Upgraded, Wire, take_over};
pub use workers::Workers;
