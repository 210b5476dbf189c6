//! Whether people are there. In memory only: it is about connections, and a restart has none.

use crate::kernel::{ChannelId, CustomerId, Millis, UserId};
use std::collections::HashMap;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    Online,
    Away,
    Offline,
}

impl Presence {
    pub fn as_str(self) -> &'static str {
        match self {
            Presence::Online => "online",
            Presence::Away => "away",
            Presence::Offline => "offline",
        }
    }
}

/// A reload closes a page's socket and opens another: nobody is called gone before this long.
const GRACE_MS: i64 = 10_000;

#[derive(Default)]
struct Lease {
    sockets: usize,
    away: bool,
    /// When the last socket closed.
    left_at: Option<Millis>,
}

/// Counts sockets and forgets people a while after their last one closed.
#[derive(Default)]
pub(super) struct Attendance {
    users: HashMap<UserId, Lease>,
    /// With the channel they came through: only those who may see it hear of them.
    customers: HashMap<CustomerId, (ChannelId, Lease)>,
}

/// A change others should hear of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    User(UserId, Presence),
    Customer(CustomerId, ChannelId, bool),
}

impl Attendance {
    pub fn user_came(&mut self, user: UserId, away: bool) -> Option<Change> {
        let before = self.user(user);
        let lease = self.users.entry(user).or_default();
        lease.sockets += 1;
        lease.left_at = None;
        lease.away = away;
        self.user_change(user, before)
    }

    pub fn user_chose(&mut self, user: UserId, away: bool) -> Option<Change> {
        let before = self.user(user);
        self.users.get_mut(&user)?.away = away;
        self.user_change(user, before)
    }

    pub fn user_left(&mut self, user: UserId, now: Millis) {
        leave(self.users.get_mut(&user), now);
    }

    pub fn customer_came(&mut self, customer: CustomerId, channel: ChannelId) -> Option<Change> {
        let new = !self.customers.contains_key(&customer);
        let (_, lease) = self.customers.entry(customer).or_insert_with(|| (channel, Lease::default()));
        lease.sockets += 1;
        lease.left_at = None;
        new.then_some(Change::Customer(customer, channel, true))
    }

    pub fn customer_left(&mut self, customer: CustomerId, now: Millis) {
        leave(self.customers.get_mut(&customer).map(|(_, lease)| lease), now);
    }

    /// Lets go of those who have been away for the grace time.
    pub fn expire(&mut self, now: Millis) -> Vec<Change> {
        let mut changes = Vec::new();
        let gone = |lease: &Lease| lease.left_at.is_some_and(|at| now.since(at) >= GRACE_MS);
        self.users.retain(|user, lease| {
            let gone = gone(lease);
            if gone {
                changes.push(Change::User(*user, Presence::Offline));
            }
            !gone
        });
        self.customers.retain(|customer, (channel, lease)| {
            let gone = gone(lease);
            if gone {
                changes.push(Change::Customer(*customer, *channel, false));
            }
            !gone
        });
        changes
    }

    pub fn user(&self, user: UserId) -> Presence {
        match self.users.get(&user) {
            None => Presence::Offline,
            Some(lease) if lease.away => Presence::Away,
            Some(_) => Presence::Online,
        }
    }

    pub fn customer(&self, customer: CustomerId) -> bool {
        self.customers.contains_key(&customer)
    }

    pub fn users(&self) -> Vec<(UserId, Presence)> {
        self.users.keys().map(|user| (*user, self.user(*user))).collect()
    }

    fn user_change(&self, user: UserId, before: Presence) -> Option<Change> {
        let after = self.user(user);
        (after != before).then_some(Change::User(user, after))
    }
}

fn leave(lease: Option<&mut Lease>, now: Millis) {
    let Some(lease) = lease else { return };
    lease.sockets = lease.sockets.saturating_sub(1);
    if lease.sockets == 0 {
        lease.left_at = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIN: UserId = UserId(1);

    #[test]
    fn a_reload_is_not_an_absence_but_closing_the_browser_is() {
        let mut attendance = Attendance::default();
        assert_eq!(attendance.user_came(LIN, false), Some(Change::User(LIN, Presence::Online)));
        attendance.user_left(LIN, Millis(0));
        assert_eq!(attendance.user_came(LIN, false), None);
        attendance.user_left(LIN, Millis(100));
        assert!(attendance.expire(Millis(100 + GRACE_MS - 1)).is_empty());
        assert_eq!(attendance.expire(Millis(100 + GRACE_MS)), [Change::User(LIN, Presence::Offline)]);
        assert_eq!(attendance.user(LIN), Presence::Offline);
    }

    #[test]
    fn two_tabs_are_one_person_and_away_is_a_choice() {
        let mut attendance = Attendance::default();
        attendance.user_came(LIN, false);
        assert_eq!(attendance.user_came(LIN, false), None);
        assert_eq!(attendance.user_chose(LIN, true), Some(Change::User(LIN, Presence::Away)));
        attendance.user_left(LIN, Millis(0));
        assert!(attendance.expire(Millis(GRACE_MS * 2)).is_empty());
        assert_eq!(attendance.user(LIN), Presence::Away);
    }
}
