//! Sessions begun while the store cannot write: with a full disk an administrator must still get in to see why.
//!
//! They live in memory until they end or the program does. Each holds what its password was checked against: a later
//! change or reset of the password ends it like any other.

use super::model::session_is_alive;
use crate::kernel::{Millis, UserId};
use parking_lot::Mutex;
use std::collections::HashMap;

/// More do not begin; a store that cannot write is not for everyday work.
const SESSIONS_MAX: usize = 1_000;

#[derive(Default)]
pub struct Unstored(Mutex<HashMap<[u8; 32], Session>>);

#[derive(Clone)]
struct Session {
    user: UserId,
    checked_hash: String,
    created_at: Millis,
    seen_at: Millis,
}

impl Unstored {
    /// False if there are too many.
    pub fn begin(&self, token_hash: [u8; 32], user: UserId, checked_hash: String, now: Millis) -> bool {
        let mut sessions = self.0.lock();
        sessions.retain(|_, session| session_is_alive(session.created_at, session.seen_at, now));
        if sessions.len() >= SESSIONS_MAX {
            return false;
        }
        sessions.insert(token_hash, Session { user, checked_hash, created_at: now, seen_at: now });
        true
    }

    /// Whose session this is and what their password's hash must still be.
    pub fn use_one(&self, token_hash: &[u8; 32], now: Millis) -> Option<(UserId, String)> {
        let mut sessions = self.0.lock();
        let session = sessions.get_mut(token_hash)?;
        if !session_is_alive(session.created_at, session.seen_at, now) {
            return None;
        }
        session.seen_at = now;
        Some((session.user, session.checked_hash.clone()))
    }

    pub fn end(&self, token_hash: &[u8; 32]) -> bool {
        self.0.lock().remove(token_hash).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_live_like_stored_ones_and_are_bounded() {
        let sessions = Unstored::default();
        let begin = |n: u32, now| {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            sessions.begin(hash, UserId(1), "hash".into(), Millis(now))
        };
        assert!(begin(0, 0));
        assert_eq!(sessions.use_one(&[0; 32], Millis(Millis::minutes(29))), Some((UserId(1), "hash".into())));
        assert!(sessions.use_one(&[0; 32], Millis(Millis::minutes(58))).is_some());
        assert_eq!(sessions.use_one(&[0; 32], Millis(Millis::minutes(88))), None);
        assert!(begin(0, Millis::minutes(90)) && sessions.end(&[0; 32]) && !sessions.end(&[0; 32]));
        assert!((0..SESSIONS_MAX as u32).all(|n| begin(n, Millis::hours(3))));
        assert!(!begin(u32::MAX, Millis::hours(3)));
        assert!(begin(u32::MAX, Millis::hours(4)));
    }
}
