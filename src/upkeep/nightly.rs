//! Every night at the same hour, without anybody asking.

use super::maintain::{Care, Household, maintain};
use crate::hub::Hub;
use crate::jobs::Chore;
use crate::kernel::Millis;
use serde::{Deserialize, Deserializer, de};

/// A time of day, UTC: `02:30`, or `off`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct At(Option<i64>);

impl At {
    pub const DEFAULT: At = At(Some(2 * 60 + 30));

    fn parse(text: &str) -> Option<At> {
        if text == "off" {
            return Some(At(None));
        }
        let (hours, minutes) = text.split_once(':')?;
        let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(hours) || !is_number(minutes) {
            return None;
        }
        let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then(|| At(Some(i64::from(hours) * 60 + i64::from(minutes))))
    }

    /// The last moment at or before `now` at which it was that time.
    fn last_before(self, now: Millis) -> Option<Millis> {
        let minute = self.0?;
        let since = (now.0 - Millis::minutes(minute)).rem_euclid(Millis::days(1));
        Some(Millis(now.0 - since))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        At::parse(&text).ok_or_else(|| de::Error::custom("a time is written as \"02:30\" (UTC), or \"off\""))
    }
}

/// Its turn comes when the hour has passed while the program ran.
struct Turn {
    at: At,
    /// The hour of the last turn, or the last hour before the start.
    last: Option<Millis>,
}

impl Turn {
    fn is_due(&mut self, now: Millis) -> bool {
        let hour = self.at.last_before(now);
        // A clock that is set back makes no turn.
        let is_due = self.last.is_some() && hour > self.last;
        self.last = hour.max(self.last);
        is_due
    }
}

pub fn chore(house: Household, hub: Hub, at: At) -> Chore {
    let mut turn = Turn { at, last: None };
    let work = move |now, rest: &mut crate::jobs::Rest| {
        let is_here = |customer| hub.customer_online(customer);
        let done = maintain(&house, Care::Light, now, &is_here, &mut |_| rest.after_a_piece())?;
        done.iter().for_each(|one| tracing::info!(step = one.step, said = one.said, "looked after"));
        Ok(())
    };
    Chore::new("upkeep", move |now| turn.is_due(now), work)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(day: i64, hours: i64, minutes: i64) -> Millis {
        Millis(Millis::days(day) + Millis::hours(hours) + Millis::minutes(minutes))
    }

    #[test]
    fn a_time_of_day_has_one_spelling() {
        assert_eq!(At::parse("02:30"), Some(At::DEFAULT));
        assert_eq!(At::parse("off"), Some(At(None)));
        for bad in ["", "2:30", "02:60", "24:00", "02:30:00", "noon", "-1:00", "+1:00"] {
            assert_eq!(At::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn its_turn_comes_once_a_day_and_not_at_the_start() {
        let mut turn = Turn { at: At::DEFAULT, last: None };
        assert!(!turn.is_due(time(5, 12, 0)), "the program has just been started");
        assert!(!turn.is_due(time(6, 2, 29)));
        assert!(turn.is_due(time(6, 2, 30)));
        assert!(!turn.is_due(time(6, 2, 31)) && !turn.is_due(time(7, 2, 29)));
        assert!(!turn.is_due(time(4, 3, 0)), "set back");
        assert!(turn.is_due(time(7, 3, 0)), "a machine that slept");
        let mut off = Turn { at: At(None), last: None };
        assert!(!off.is_due(time(5, 12, 0)) && !off.is_due(time(9, 12, 0)));
    }
}
