//! The policy.

use crate::kernel::{ChannelId, Error, FieldError, Millis, Result};

/// Days; 0 = for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Resolved conversations without anything new.
    pub conversations_days: i64,
    /// Customers without a conversation who did not come again.
    pub customers_days: i64,
    /// The log of what happened: who did what when, without words.
    pub events_days: i64,
    /// Recordings of calls; here 0 = as long as their conversation.
    pub recordings_days: i64,
    /// Channels whose conversations have it otherwise.
    pub channels: Vec<(ChannelId, i64)>,
}

const DAYS_MAX: i64 = 36_500;
/// Six months: what auditors ask for at least.
const EVENTS_DAYS_MIN: i64 = 183;

impl Policy {
    pub fn validate(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let mut check = |field: &'static str, days: i64, least: i64| {
            let code = match days {
                0 => return,
                few if few < least => "too_short",
                many if many > DAYS_MAX => "too_long",
                _ => return,
            };
            wrong.push(FieldError { field: field.into(), code });
        };
        check("conversations_days", self.conversations_days, 1);
        check("customers_days", self.customers_days, 1);
        check("events_days", self.events_days, EVENTS_DAYS_MIN);
        check("recordings_days", self.recordings_days, 1);
        self.channels.iter().for_each(|(_, days)| check("channels", *days, 1));
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
    }

    /// Since when nothing new must have come to a conversation of this channel; `None`: it stays.
    pub fn conversations_before(&self, channel: ChannelId, now: Millis) -> Option<Millis> {
        let own = self.channels.iter().find(|(id, _)| *id == channel).map(|(_, days)| *days);
        before(own.unwrap_or(self.conversations_days), now)
    }

    /// Nothing newer than this is over anywhere.
    pub fn any_conversations_before(&self, now: Millis) -> Option<Millis> {
        let all = self.channels.iter().map(|(_, days)| *days).chain([self.conversations_days]);
        all.filter_map(|days| before(days, now)).max()
    }

    pub fn customers_before(&self, now: Millis) -> Option<Millis> {
        before(self.customers_days, now)
    }

    /// `None`: they go with their conversation.
    pub fn recordings_before(&self, now: Millis) -> Option<Millis> {
        before(self.recordings_days, now)
    }

    pub fn events_before(&self, now: Millis) -> Option<Millis> {
        before(self.events_days, now)
    }
}

fn before(days: i64, now: Millis) -> Option<Millis> {
    (days > 0).then(|| now.plus(-Millis::days(days)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_may_have_it_otherwise_and_the_log_is_kept_for_half_a_year() {
        let now = Millis(Millis::days(1_000));
        let (shop, other) = (ChannelId(1), ChannelId(2));
        let policy = Policy {
            conversations_days: 30,
            customers_days: 0,
            events_days: 183,
            recordings_days: 0,
            channels: vec![(shop, 0)],
        };
        policy.validate().unwrap();
        assert_eq!(policy.conversations_before(shop, now), None);
        assert_eq!(policy.conversations_before(other, now), Some(Millis(Millis::days(970))));
        assert_eq!(policy.any_conversations_before(now), Some(Millis(Millis::days(970))));
        assert_eq!(policy.customers_before(now), None);
        let wrong = Policy { conversations_days: -1, events_days: 182, channels: vec![(shop, 40_000)], ..policy };
        let fields: Vec<_> = wrong.validate().unwrap_err().fields.into_iter().map(|f| (f.field, f.code)).collect();
        let expected = [("conversations_days", "too_short"), ("events_days", "too_short"), ("channels", "too_long")];
        assert_eq!(fields, expected.map(|(field, code)| (field.into(), code)));
    }
}
