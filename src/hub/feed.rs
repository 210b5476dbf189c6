//! How a domain's events become frames.

use crate::db::{RecordedEvent, Snapshot};
use crate::kernel::{ChannelId, CustomerId, Published, Result, UserId};
use std::collections::HashMap;

/// How one kind of event is told: now, from memory, and later, from the store.
#[derive(Clone, Copy)]
pub struct Feed {
    pub kind: &'static str,
    pub live: fn(&Published) -> Announcement,
    pub replay: fn(&Snapshot<'_>, &RecordedEvent) -> Result<Announcement>,
}

/// What is said, to whom. Bodies are JSON objects; the hub adds `type`, `cursor` and `position`.
pub enum Announcement {
    Nothing,
    Tell {
        audience: Audience,
        /// For agents within the audience.
        agents: Option<String>,
        /// For the customer it concerns.
        customer: Option<(CustomerId, String)>,
    },
    /// Somebody may see more or less than before (`None`: anybody may). Their sockets start over with a fresh snapshot.
    AccessChanged {
        user: Option<UserId>,
    },
    /// Sessions of this person ended: all but `keep`, or only `only`. Their sockets close.
    SignedOut {
        user: UserId,
        keep: Option<[u8; 32]>,
        only: Option<[u8; 32]>,
    },
}

impl Announcement {
    pub fn to_agents(audience: Audience, body: String) -> Self {
        Announcement::Tell { audience, agents: Some(body), customer: None }
    }
}

/// Which agents may hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Audience {
    AllAgents,
    /// Agents who may see this channel.
    Channel(ChannelId),
    User(UserId),
}

/// Every feed of the program, by the kind of event.
pub struct Feeds(HashMap<&'static str, Feed>);

impl Feeds {
    pub fn new(all: impl IntoIterator<Item = Feed>) -> Self {
        Feeds(all.into_iter().map(|feed| (feed.kind, feed)).collect())
    }

    pub fn find(&self, kind: &str) -> Option<&Feed> {
        self.0.get(kind)
    }
}
