//! What office hours may be.

use crate::kernel::FieldError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A part of a channel's settings.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    /// Otherwise it is open always.
    pub enabled: bool,
    /// Of the IANA: `Asia/Shanghai`.
    pub time_zone: String,
    /// Monday to Sunday: the hours of each day.
    pub week: Vec<Vec<Span>>,
    /// Dates on which other hours hold than the week's.
    pub dates: Vec<DateHours>,
}

/// From `from` until just before `to`. A `to` that is not later is on the next day: `00:00` is the end of the day.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    #[schema(example = "09:00")]
    pub from: String,
    #[schema(example = "18:00")]
    pub to: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateHours {
    #[schema(example = "2026-12-25")]
    pub date: String,
    /// For those who work here.
    #[serde(default)]
    pub name: String,
    /// Empty: closed.
    #[serde(default)]
    pub spans: Vec<Span>,
}

impl Default for Hours {
    /// Ready to be switched on.
    fn default() -> Self {
        let day = || vec![Span { from: "09:00".into(), to: "18:00".into() }];
        let week = (0..DAYS).map(|n| if n < 5 { day() } else { Vec::new() }).collect();
        Hours { enabled: false, time_zone: "UTC".into(), week, dates: Vec::new() }
    }
}

const DAYS: usize = 7;
const SPANS_MAX: usize = 6;
const DATES_MAX: usize = 200;
const DATE_NAME_CHARS_MAX: usize = 60;
pub(super) const DAY_MINUTES: i64 = 24 * 60;

impl Span {
    /// In minutes since the day's midnight; the end is after the beginning, perhaps on the next day.
    pub(super) fn minutes(&self) -> Option<(i64, i64)> {
        let (from, to) = (minutes(&self.from)?, minutes(&self.to)?);
        Some((from, if to > from { to } else { to + DAY_MINUTES }))
    }
}

/// `09:30`, exactly so.
fn minutes(text: &str) -> Option<i64> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hours, minutes) = text.split_once(':').filter(|(h, m)| digits(h) && digits(m))?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

pub(super) fn date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| text.len() == 10 && (2000..=2200).contains(&date.year()))
}

impl Hours {
    pub(super) fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(&self.time_zone).ok()
    }

    /// What is wrong, by the names of the channel's settings.
    pub fn wrong(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        let mut refuse =
            |part: &str, code| wrong.push(FieldError { field: format!("settings.hours.{part}").into(), code });
        if self.zone().is_none() {
            refuse("time_zone", "unknown");
        }
        if self.week.len() != DAYS || !self.week.iter().all(|day| day_fits(day)) {
            refuse("week", "invalid");
        }
        if self.dates.len() > DATES_MAX || self.dates.iter().any(|one| one.name.chars().count() > DATE_NAME_CHARS_MAX) {
            refuse("dates", "too_long");
        }
        let known = |one: &DateHours| date(&one.date).is_some() && day_fits(&one.spans);
        let twice = |n: usize| self.dates[..n].iter().any(|other| other.date == self.dates[n].date);
        if !self.dates.iter().all(known) || (0..self.dates.len().min(DATES_MAX)).any(twice) {
            refuse("dates", "invalid");
        }
        wrong
    }
}

/// Few, in order, none in another.
fn day_fits(spans: &[Span]) -> bool {
    let Some(times) = spans.iter().map(Span::minutes).collect::<Option<Vec<_>>>() else { return false };
    times.len() <= SPANS_MAX && times.windows(2).all(|pair| pair[0].1 <= pair[1].0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.into(), to: to.into() }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for (from, to) in [("9:00", "18:00"), ("09:00", "24:00"), ("09:60", "18:00"), ("", "18:00"), ("ab:cd", "18:00")]
        {
            assert!(!day_fits(&[span(from, to)]), "{from} {to}");
        }
        assert!(day_fits(&[span("09:00", "12:00"), span("12:00", "18:00"), span("22:00", "02:00")]));
        assert!(day_fits(&[span("00:00", "00:00")]), "all day");
        assert!(!day_fits(&[span("09:00", "12:00"), span("11:59", "18:00")]), "one in another");
        assert!(!day_fits(&[span("13:00", "18:00"), span("09:00", "12:00")]), "out of order");
    }

    #[test]
    fn every_wrong_part_is_named() {
        let day = |date: &str| DateHours { date: date.into(), name: String::new(), spans: Vec::new() };
        let hours = Hours {
            time_zone: "Asia/Nowhere".into(),
            week: vec![Vec::new(); 6],
            dates: vec![day("2026-12-25"), day("2026-12-25")],
            ..Hours::default()
        };
        let fields: Vec<String> = hours.wrong().into_iter().map(|wrong| wrong.field.into_owned()).collect();
        assert_eq!(fields, ["time_zone", "week", "dates"].map(|part| format!("settings.hours.{part}")));
        for bad in ["2026-02-30", "2026-1-1", "1999-12-31", "tomorrow"] {
            let hours = Hours { dates: vec![day(bad)], ..Hours::default() };
            assert_eq!(hours.wrong().len(), 1, "{bad}");
        }
        assert!(Hours::default().wrong().is_empty());
    }
}
