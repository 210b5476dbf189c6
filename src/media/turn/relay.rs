//! One allocation.

use super::channels::Channels;
use super::credentials::Holder;
use crate::media::moment::Moment;
use crate::media::port::Route;
use std::net::SocketAddr;
use std::time::Duration;

/// How long it stays without being asked to.
pub const LIFETIME: Duration = Duration::from_secs(600);

pub struct Relay {
    /// The client's way to us.
    pub route: Route,
    pub holder: Holder,
    pub username: String,
    pub ends: Moment,
    pub channels: Channels,
    /// Where the media port is reached, as the client last addressed it: answers come from there.
    pub peer: Option<SocketAddr>,
    budget: Budget,
}

impl Relay {
    pub fn new(route: Route, holder: Holder, username: String, now: Moment, kbit_max: u32) -> Relay {
        let most = i64::from(kbit_max) * 125;
        let budget = Budget { bytes: most, most, filled: now };
        Relay { route, holder, username, ends: now.plus(LIFETIME), channels: Channels::default(), peer: None, budget }
    }

    /// Whether it may carry so many bytes more; what is beyond is dropped, and the browser adapts as to any loss.
    pub fn affords(&mut self, bytes: usize, now: Moment) -> bool {
        self.budget.take(bytes as i64, now)
    }
}

/// So many bytes a second, and as many at once.
struct Budget {
    bytes: i64,
    most: i64,
    filled: Moment,
}

impl Budget {
    fn take(&mut self, bytes: i64, now: Moment) -> bool {
        let since = now.since(self.filled);
        if since >= Duration::from_millis(10) {
            self.bytes = (self.bytes + since.as_millis() as i64 * self.most / 1_000).min(self.most);
            self.filled = now;
        }
        self.bytes -= bytes;
        if self.bytes < 0 {
            self.bytes += bytes;
            return false;
        }
        true
    }
}
