//! Whether people are there: a lease that their connected sockets hold. In memory only, since it is about connections,
//! and on the steady clock: setting the wall clock makes nobody come or go.

use crate::kernel::{ChannelId, CustomerId, Steady, UserId};
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

/// A reload closes a page's socket and opens another, a phone changes its network: nobody is called gone before this
/// long.
const GRACE_MS: i64 = 10_000;

#[derive(Default)]
struct Lease {
    sockets: usize,
    away: bool,
    /// When the last socket closed.
    left_at: Option<Steady>,
}

/// Counts sockets and lets go of people a while after their last one closed.
pub(super) struct Attendance {
    users: HashMap<UserId, Lease>,
    /// With the channel they came through: only those who may see it hear of them.
    customers: HashMap<CustomerId, (ChannelId, Lease)>,
    /// When those without a lease were last here. One entry a person of the organisation.
    gone: HashMap<UserId, Steady>,
    /// Who was not seen since the start counts as gone since then: a restart takes everybody's sockets.
    started: Steady,
}

/// A change others should hear of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    User(UserId, Presence),
    Customer(CustomerId, ChannelId, bool),
}

impl Attendance {
    pub fn new(started: Steady) -> Self {
        Attendance { users: HashMap::new(), customers: HashMap::new(), gone: HashMap::new(), started }
    }

    pub fn user_came(&mut self, user: UserId, away: bool) -> Option<Change> {
        let before = self.user(user);
        self.gone.remove(&user);
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

    pub fn user_left(&mut self, user: UserId, now: Steady) {
        leave(self.users.get_mut(&user), now);
    }

    /// A program without a socket is at work too. It is not shown as present for that, but it is not gone.
    pub fn user_acted(&mut self, user: UserId, now: Steady) {
        if !self.users.contains_key(&user) {
            self.gone.insert(user, now);
        }
    }

    pub fn customer_came(&mut self, customer: CustomerId, channel: ChannelId) -> Option<Change> {
        let new = !self.customers.contains_key(&customer);
        let (_, lease) = self.customers.entry(customer).or_insert_with(|| (channel, Lease::default()));
        lease.sockets += 1;
        lease.left_at = None;
        new.then_some(Change::Customer(customer, channel, true))
    }

    pub fn customer_left(&mut self, customer: CustomerId, now: Steady) {
        leave(self.customers.get_mut(&customer).map(|(_, lease)| lease), now);
    }

    /// Lets go of those who have been away for the grace time.
    pub fn expire(&mut self, now: Steady) -> Vec<Change> {
        let mut changes = Vec::new();
        let left = |lease: &Lease| lease.left_at.filter(|at| now.since(*at) >= GRACE_MS);
        self.users.retain(|user, lease| {
            let left = left(lease);
            if let Some(at) = left {
                self.gone.insert(*user, at);
                changes.push(Change::User(*user, Presence::Offline));
            }
            left.is_none()
        });
        self.customers.retain(|customer, (channel, lease)| {
            let gone = left(lease).is_some();
            if gone {
                changes.push(Change::Customer(*customer, *channel, false));
            }
            !gone
        });
        changes
    }

    /// For how long nothing was seen of somebody; `None` while they are here, whatever they chose to be shown as.
    pub fn user_absent_ms(&self, user: UserId, now: Steady) -> Option<i64> {
        let last_seen = match self.users.get(&user) {
            // Leases are looked at once a second; who asks in between gets the same answer.
            Some(lease) => lease.left_at.filter(|at| now.since(*at) >= GRACE_MS)?,
            None => self.gone.get(&user).copied().unwrap_or(self.started),
        };
        Some(now.since(last_seen))
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

    pub fn customers_of(&self, channel: ChannelId) -> impl Iterator<Item = CustomerId> {
        self.customers.iter().filter(move |(_, (of, _))| *of == channel).map(|(customer, _)| *customer)
    }

    pub fn users(&self) -> Vec<(UserId, Presence)> {
        self.users.keys().map(|user| (*user, self.user(*user))).collect()
    }

    fn user_change(&self, user: UserId, before: Presence) -> Option<Change> {
        let after = self.user(user);
        (after != before).then_some(Change::User(user, after))
    }
}

fn leave(lease: Option<&mut Lease>, now: Steady) {
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

    fn attendance() -> Attendance {
        Attendance::new(Steady(0))
    }

    #[test]
    fn a_reload_is_not_an_absence_but_closing_the_browser_is() {
        let mut attendance = attendance();
        assert_eq!(attendance.user_came(LIN, false), Some(Change::User(LIN, Presence::Online)));
        attendance.user_left(LIN, Steady(0));
        assert_eq!(attendance.user_came(LIN, false), None);
        attendance.user_left(LIN, Steady(100));
        assert!(attendance.expire(Steady(10_099)).is_empty());
        assert_eq!(attendance.user_absent_ms(LIN, Steady(10_099)), None);
        assert_eq!(attendance.expire(Steady(10_100)), [Change::User(LIN, Presence::Offline)]);
        assert_eq!(attendance.user(LIN), Presence::Offline);
        // Counted from when they left, not from when we gave up waiting.
        assert_eq!(attendance.user_absent_ms(LIN, Steady(60_100)), Some(60_000));
        attendance.user_came(LIN, false);
        assert_eq!(attendance.user_absent_ms(LIN, Steady(60_100)), None);
    }

    #[test]
    fn two_tabs_are_one_person_and_away_is_a_choice() {
        let mut attendance = attendance();
        attendance.user_came(LIN, false);
        assert_eq!(attendance.user_came(LIN, false), None);
        assert_eq!(attendance.user_chose(LIN, true), Some(Change::User(LIN, Presence::Away)));
        attendance.user_left(LIN, Steady(0));
        assert!(attendance.expire(Steady(GRACE_MS * 2)).is_empty());
        assert_eq!(attendance.user(LIN), Presence::Away);
        assert_eq!(attendance.user_absent_ms(LIN, Steady(GRACE_MS * 200)), None, "away is not gone");
    }

    #[test]
    fn after_a_restart_nobody_has_been_gone_for_longer_than_it() {
        let attendance = Attendance::new(Steady(5_000));
        assert_eq!(attendance.user_absent_ms(LIN, Steady(6_000)), Some(1_000));
    }

    #[test]
    fn a_program_at_work_is_not_gone_though_nobody_sees_it() {
        let mut attendance = attendance();
        attendance.user_acted(LIN, Steady(50_000));
        assert_eq!(attendance.user_absent_ms(LIN, Steady(60_000)), Some(10_000));
        assert_eq!(attendance.user(LIN), Presence::Offline);
        // Nor does its last request count against a person who is here.
        attendance.user_came(LIN, false);
        attendance.user_acted(LIN, Steady(61_000));
        assert_eq!(attendance.user_absent_ms(LIN, Steady(62_000)), None);
    }
}
