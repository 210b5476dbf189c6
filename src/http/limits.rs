//! Limits: their settings, and the counting of those that are rates.

use crate::kernel::{Error, Result};
use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use parking_lot::RwLock;
use serde::Deserialize;
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

/// So many times at once, regained evenly over so many seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub times: NonZeroU32,
    pub seconds: NonZeroU32,
}

const fn rate(times: u32, seconds: u32) -> Rate {
    match (NonZeroU32::new(times), NonZeroU32::new(seconds)) {
        (Some(times), Some(seconds)) => Rate { times, seconds },
        _ => panic!("a rate of nothing"),
    }
}

/// `[limits]` of the configuration; docs/protocol.md has the same table.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a message's text.
    pub text_bytes: usize,
    /// Attachments of one message.
    pub message_attachments: usize,
    pub attachment_bytes: u64,
    /// Pixels of an image, from its header.
    pub image_pixels: u64,
    /// Bytes of a JSON body.
    pub body_bytes: u64,
    /// Nesting of a JSON body.
    pub body_depth: usize,
    /// A request's head must have come after so many seconds.
    pub header_seconds: u64,
    /// A body must come at least this fast …
    pub body_bytes_per_second: u64,
    /// … averaged over so many seconds.
    pub body_grace_seconds: u64,
    pub frame_bytes: usize,
    pub frame_fragments: usize,
    pub sockets: usize,
    pub sockets_per_address: usize,
    pub visitor_messages: Rate,
    pub visitor_requests: Rate,
    /// Changes that agents are told of: page views, marks, who they are.
    pub visitor_changes: Rate,
    pub visitor_uploads: Rate,
    pub agent_messages: Rate,
    /// Calls that one visitor or agent lets ring.
    pub call_asks: Rate,
    /// Lines that one opens.
    pub call_joins: Rate,
    /// Pieces of strokes that one draws as it happens …
    pub call_draws: Rate,
    /// … and strokes that are kept.
    pub call_strokes: Rate,
    /// Reports of one's line.
    pub call_reports: Rate,
    /// Per address.
    pub new_visitors: Rate,
    /// Per account and address.
    pub sign_in: Rate,
    /// Per address, whatever the account.
    pub sign_in_address: Rate,
    /// Passwords hashed at once …
    pub password_hashes: usize,
    /// … and waiting for that.
    pub password_hashes_waiting: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            text_bytes: 16 << 10,
            message_attachments: 10,
            attachment_bytes: 25 << 20,
            image_pixels: 40_000_000,
            body_bytes: 256 << 10,
            body_depth: 32,
            header_seconds: 5,
            body_bytes_per_second: 1 << 10,
            body_grace_seconds: 5,
            frame_bytes: 64 << 10,
            frame_fragments: 64,
            sockets: 20_000,
            sockets_per_address: 2_000,
            visitor_messages: rate(20, 10),
            visitor_requests: rate(100, 10),
            visitor_changes: rate(30, 10),
            visitor_uploads: rate(30, 600),
            agent_messages: rate(200, 10),
            call_asks: rate(10, 300),
            call_joins: rate(20, 60),
            call_draws: rate(60, 2),
            call_strokes: rate(60, 60),
            call_reports: rate(12, 60),
            new_visitors: rate(30, 60),
            sign_in: rate(10, 600),
            sign_in_address: rate(200, 600),
            password_hashes: 2,
            password_hashes_waiting: 16,
        }
    }
}

/// Keys remembered before those that are idle are forgotten; and all of them, if none is.
const KEYS_MAX: usize = 20_000;

type Counts<K, C> = RateLimiter<K, HashMapStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts how often each key did something.
pub struct Limiter<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    counts: RwLock<Counts<K, C>>,
    quota: Quota,
    clock: C,
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    pub fn new(rate: Rate) -> Self {
        Limiter::with_clock(rate, MonotonicClock)
    }
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Limiter<K, C> {
    fn with_clock(rate: Rate, clock: C) -> Self {
        let regained = Duration::from_secs(rate.seconds.get().into()) / rate.times.get();
        // A period of nothing is no limit worth the name; then the times count per second.
        let quota = Quota::with_period(regained).unwrap_or(Quota::per_second(rate.times)).allow_burst(rate.times);
        let counts = RwLock::new(RateLimiter::hashmap_with_clock(quota, clock.clone()));
        Limiter { counts, quota, clock }
    }

    /// Counts one time, or says how long to wait for the next.
    pub fn check(&self, key: &K) -> Result<()> {
        self.forget_if_full();
        self.counts.read().check_key(key).map_err(|not_yet| {
            let wait = not_yet.wait_time_from(self.clock.now());
            Error::rate_limited(wait.as_secs_f64().ceil().max(1.0) as u32)
        })
    }

    fn forget_if_full(&self) {
        if self.counts.read().len() < KEYS_MAX {
            return;
        }
        let mut counts = self.counts.write();
        counts.retain_recent();
        if counts.len() >= KEYS_MAX {
            *counts = RateLimiter::hashmap_with_clock(self.quota, self.clock.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;

    #[test]
    fn a_burst_is_allowed_then_it_is_regained_evenly_and_keys_do_not_share() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::with_clock(rate(10, 600), clock.clone());
        for _ in 0..10 {
            limiter.check(&"lin").unwrap();
        }
        let refused = limiter.check(&"lin").unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), ("rate.limited", Some(60)));
        limiter.check(&"bo").unwrap();
        clock.advance(Duration::from_secs(60));
        limiter.check(&"lin").unwrap();
        assert!(limiter.check(&"lin").is_err());
    }

    #[test]
    fn memory_is_bounded_by_forgetting_the_idle() {
        let clock = FakeRelativeClock::default();
        let limiter = Limiter::with_clock(rate(1, 1), clock.clone());
        for key in 0..KEYS_MAX {
            limiter.check(&key).unwrap();
        }
        clock.advance(Duration::from_secs(5));
        limiter.check(&KEYS_MAX).unwrap();
        assert!(limiter.counts.read().len() < 10);
        for key in 0..KEYS_MAX * 2 {
            limiter.check(&key).unwrap();
        }
        assert!(limiter.counts.read().len() <= KEYS_MAX);
    }
}
