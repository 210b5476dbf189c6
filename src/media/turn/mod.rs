//! The TURN server (RFC 8656), for networks where nothing but a stream passes, or nothing but what goes to one port.
//!
//! A common TURN server gives each client a socket and lets it reach anybody. This one has no sockets to give: the address it
//! allocates is only a name, and the one peer that exists is our own media port, reached inside this process. So it can
//! never be anybody's way into a network, it uses no ports, and nothing is copied through the kernel twice.
//!
//! A credential is good for ten minutes and for one leg. What comes through a relay may only speak for that leg.

mod channels;
mod credentials;
mod relay;
mod relays;

pub use credentials::{Credentials, IceServer};
pub use relays::Relays;
