//! What a webhook is, and when what is not taken is tried again. Pure.

use crate::hub::Audience;
use crate::kernel::{ChannelId, Millis, WebhookId};

/// What can be asked for by name. Without names come all events that every agent of a channel may hear, also those that later
/// versions will know.
pub const KINDS: &[&str] = &[
    "message.created",
    "message.updated",
    "conversation.updated",
    "conversation.deleted",
    "customer.updated",
    "customer.deleted",
    "channel.updated",
    "user.updated",
    "organisation.updated",
    "quick_reply.updated",
    "quick_reply.deleted",
];

pub const WEBHOOKS_MAX: usize = 20;
/// Of those that were taken and of those that were given up so many are kept, the newest.
pub const TAKEN_KEPT: usize = 500;
pub const DEAD_KEPT: usize = 10_000;
/// Both secrets sign for so long.
pub const FORMER_MS: i64 = Millis::hours(24);

const RETRY_FIRST_MS: i64 = Millis::seconds(5);
const RETRY_MAX_MS: i64 = Millis::hours(1);
/// What was not taken for so long is given up.
const PATIENCE_MS: i64 = Millis::hours(72);

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Webhook {
    pub id: WebhookId,
    pub url: String,
    pub wants: Wants,
    pub active: bool,
    pub secret: String,
    /// Signs as well, until then.
    pub former: Option<(String, Millis)>,
    pub created_at: Millis,
    /// What happened up to here is settled.
    pub cursor: i64,
    /// Goes up whenever somebody changes what comes next: what was done in an earlier one settles nothing any more.
    pub round: i64,
    /// What happened before is due since then: a webhook that was paused for a week is not given up at once.
    pub since: Millis,
    /// Tries in a row that failed.
    pub failures: u32,
    pub next_at: Millis,
}

/// Which events.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wants {
    /// None: all.
    pub kinds: Vec<String>,
    /// None: all, and what belongs to no channel.
    pub channels: Vec<ChannelId>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Taken,
    /// It is tried again, and what comes after it waits.
    Waiting,
    /// Given up, after 72 hours or by somebody's word.
    Dead,
}

/// One event on its way to one webhook.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    pub position: i64,
    pub kind: String,
    pub state: State,
    pub attempts: u32,
    pub first_at: Millis,
    /// Of the last try.
    pub at: Millis,
    pub result: String,
    pub status: Option<u16>,
    pub took_ms: i64,
    pub answer: String,
}

impl Webhook {
    /// The newest first.
    pub fn secrets(&self, now: Millis) -> Vec<String> {
        let former = self.former.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        std::iter::once(&self.secret).chain(former).cloned().collect()
    }

    /// Whether an event that is still not taken is to be given up.
    pub fn gives_up(&self, happened: Millis, now: Millis) -> bool {
        now.since(happened.max(self.since)) >= PATIENCE_MS
    }
}

impl Wants {
    pub fn wants_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|wanted| wanted == kind)
    }

    /// What concerns one person alone is nobody else's.
    pub fn wants_of(&self, audience: Audience) -> bool {
        match audience {
            Audience::AllAgents => self.channels.is_empty(),
            Audience::Channel(channel) => self.channels.is_empty() || self.channels.contains(&channel),
            Audience::User(_) => false,
        }
    }
}

/// How long to wait after so many failures in a row: twice as long each time, at most an hour, and as long as the receiver
/// asks for. `chance` spreads it by a fifth either way, so that those who failed together do not come again together.
pub fn pause_ms(failures: u32, asked_s: Option<u32>, chance: u8) -> i64 {
    let pause = RETRY_FIRST_MS << failures.saturating_sub(1).min(16);
    let pause = pause.max(i64::from(asked_s.unwrap_or(0)) * 1_000).min(RETRY_MAX_MS);
    pause * (205 + i64::from(chance) * 102 / 255) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_seconds_to_an_hour() {
        let middle = |failures| pause_ms(failures, None, 128);
        assert_eq!([1, 2, 3, 10].map(|n| middle(n) / 1_000), [5, 10, 20, 2_560]);
        for many in [11, 20, 1_000, u32::MAX] {
            assert_eq!(middle(many) / 60_000, 60);
        }
        assert!((4_000..5_000).contains(&pause_ms(1, None, 0)) && (5_000..=6_000).contains(&pause_ms(1, None, 255)));
        assert_eq!(pause_ms(1, Some(60), 128) / 1_000, 60, "as long as the receiver asks for");
        assert_eq!(pause_ms(1, Some(u32::MAX), 128) / 60_000, 60, "but not for ever");
    }

    fn webhook(since: Millis) -> Webhook {
        Webhook {
            id: WebhookId(1),
            url: String::new(),
            wants: Wants::default(),
            active: true,
            secret: "new".into(),
            former: Some(("old".into(), Millis(1_000))),
            created_at: Millis(0),
            cursor: 0,
            round: 0,
            since,
            failures: 0,
            next_at: Millis(0),
        }
    }

    #[test]
    fn three_days_after_it_happened_or_the_webhook_went_on() {
        let days = |n| Millis(Millis::days(n));
        assert!(!webhook(days(0)).gives_up(days(1), days(4).plus(-1)));
        assert!(webhook(days(0)).gives_up(days(1), days(4)));
        assert!(!webhook(days(6)).gives_up(days(1), days(8)) && webhook(days(6)).gives_up(days(1), days(9)));
    }

    #[test]
    fn two_secrets_sign_for_a_day() {
        assert_eq!(webhook(Millis(0)).secrets(Millis(999)), ["new", "old"]);
        assert_eq!(webhook(Millis(0)).secrets(Millis(1_000)), ["new"]);
    }

    #[test]
    fn a_webhook_of_one_channel_hears_of_nothing_else() {
        let (all, one) = (Wants::default(), Wants { channels: vec![ChannelId(1)], ..Wants::default() });
        let here = Audience::Channel(ChannelId(1));
        assert!(all.wants_of(here) && one.wants_of(here) && all.wants_of(Audience::AllAgents));
        assert!(!one.wants_of(Audience::Channel(ChannelId(2))) && !one.wants_of(Audience::AllAgents));
        assert!(!all.wants_of(Audience::User(crate::kernel::UserId(1))), "what is personal stays so");
    }
}
