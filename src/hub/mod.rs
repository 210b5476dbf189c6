//! Who is connected, and who hears what.
//!
//! The hub's thread reads committed events from the bus in position order, asks the domain's [`Feed`] how each is told, and
//! puts the frame into the queue of every socket that may hear it. It never waits for a socket: a queue that is
//! full is closed, and its client resumes from its cursor. Typing and presence go the same way without the store.
//!
//! A client that comes back is told the same events by [`Feed::replay`] from the store: subscribe, then replay up to
//! the snapshot's position, then go live (see `socket`).

mod agents;
mod feed;
pub mod figures;
mod looking;
mod presence;
mod queue;
mod sockets;

pub use feed::{Announcement, Audience, Feed, Feeds};
pub use presence::Presence;
pub use queue::{Closed, Frame, Gate, Queue};
pub use sockets::{Hub, Listener, Place, Subscription, Visibility};
