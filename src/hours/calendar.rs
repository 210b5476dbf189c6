//! From hours and a moment to open or closed, and until when.

use super::Hours;
use super::model::date as parse_date;
use crate::kernel::Millis;
use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// How far somebody is told what comes.
const AHEAD_DAYS: usize = 400;
/// Open for longer than this is open.
const OPEN_AHEAD_MS: i64 = Millis::days(14);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Until then, if that is soon.
    Open { closes_at: Option<Millis> },
    /// Until then, if ever.
    Closed { opens_at: Option<Millis> },
}

impl Hours {
    pub fn at(&self, now: Millis) -> Standing {
        if !self.enabled {
            return Standing::Open { closes_at: None };
        }
        let zone = self.zone().unwrap_or(TimeZone::UTC);
        let Some(today) = local_date(now, &zone) else { return Standing::Closed { opens_at: None } };
        // Yesterday's may reach into today.
        let days = today.yesterday().unwrap_or(today).series(1.day()).take(AHEAD_DAYS);
        let mut open_until: Option<Millis> = None;
        for (from, to) in days.flat_map(|day| self.of_day(day, &zone)).filter(|(_, to)| *to > now) {
            match open_until {
                None if from > now => return Standing::Closed { opens_at: Some(from) },
                None => open_until = Some(to),
                // One that goes on where another ends is no closing.
                Some(until) if from <= until => open_until = Some(until.max(to)),
                Some(until) => return Standing::Open { closes_at: Some(until) },
            }
            if open_until.is_some_and(|until| until.since(now) > OPEN_AHEAD_MS) {
                return Standing::Open { closes_at: None };
            }
        }
        match open_until {
            Some(until) => Standing::Open { closes_at: Some(until) },
            None => Standing::Closed { opens_at: None },
        }
    }

    fn of_day(&self, day: Date, zone: &TimeZone) -> Vec<(Millis, Millis)> {
        let other = self.dates.iter().find(|one| parse_date(&one.date) == Some(day)).map(|one| &one.spans);
        let weekday = day.weekday().to_monday_zero_offset() as usize;
        let Some(spans) = other.or_else(|| self.week.get(weekday)) else { return Vec::new() };
        let times = spans.iter().filter_map(super::Span::minutes);
        times.filter_map(|(from, to)| Some((moment(day, from, zone)?, moment(day, to, zone)?))).collect()
    }
}

fn local_date(now: Millis, zone: &TimeZone) -> Option<Date> {
    Some(zone.to_datetime(Timestamp::from_millisecond(now.0).ok()?).date())
}

/// A time that is skipped when clocks go forward comes as much later; of one that comes twice it is the first.
fn moment(day: Date, minutes: i64, zone: &TimeZone) -> Option<Millis> {
    let time = day.at(0, 0, 0, 0).checked_add(minutes.minutes()).ok()?;
    let at = zone.to_ambiguous_timestamp(time).compatible().ok()?;
    Some(Millis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::super::{DateHours, Span};
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: from.into(), to: to.into() }
    }

    fn week(zone: &str, days: [&[(&str, &str)]; 7]) -> Hours {
        let day = |spans: &[(&str, &str)]| spans.iter().map(|(from, to)| span(from, to)).collect();
        Hours { enabled: true, time_zone: zone.into(), week: days.map(day).into(), dates: Vec::new() }
    }

    fn office(zone: &str) -> Hours {
        let day: &[(&str, &str)] = &[("09:00", "12:00"), ("13:00", "18:00")];
        week(zone, [day, day, day, day, day, &[], &[]])
    }

    fn at(text: &str) -> Millis {
        Millis(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    fn open(until: &str) -> Standing {
        Standing::Open { closes_at: Some(at(until)) }
    }

    fn closed(until: &str) -> Standing {
        Standing::Closed { opens_at: Some(at(until)) }
    }

    #[test]
    fn a_day_has_several_hours_in_its_own_zone() {
        // Monday, 30 November 2026; Shanghai is eight hours ahead.
        let hours = office("Asia/Shanghai");
        assert_eq!(hours.at(at("2026-11-30T00:59:59.999Z")), closed("2026-11-30T01:00Z"));
        assert_eq!(hours.at(at("2026-11-30T01:00Z")), open("2026-11-30T04:00Z"));
        assert_eq!(hours.at(at("2026-11-30T04:00Z")), closed("2026-11-30T05:00Z"), "the end is outside");
        assert_eq!(hours.at(at("2026-11-30T09:59:59.999Z")), open("2026-11-30T10:00Z"));
        assert_eq!(hours.at(at("2026-12-04T10:00Z")), closed("2026-12-07T01:00Z"), "over the weekend");
    }

    #[test]
    fn midnight_is_no_closing() {
        let all: &[(&str, &str)] = &[("00:00", "00:00")];
        let days = week("Europe/Berlin", [all, all, &[], &[], &[], &[], &[]]);
        assert_eq!(days.at(at("2026-11-30T22:59:59.999Z")), open("2026-12-01T23:00Z"));
        assert_eq!(days.at(at("2026-11-30T23:00Z")), open("2026-12-01T23:00Z"));
        let always = week("Europe/Berlin", [all; 7]);
        assert_eq!(always.at(at("2026-11-30T23:00Z")), Standing::Open { closes_at: None });
        let late: &[(&str, &str)] = &[("22:00", "02:00")];
        let night = week("UTC", [&[], &[], &[], &[], late, &[], &[]]);
        assert_eq!(night.at(at("2026-12-05T01:59Z")), open("2026-12-05T02:00Z"), "Friday's, on Saturday");
        assert_eq!(night.at(at("2026-12-05T02:00Z")), closed("2026-12-11T22:00Z"));
    }

    #[test]
    fn a_date_has_hours_of_its_own() {
        let other = |date: &str, spans| DateHours { date: date.into(), name: "Holiday".into(), spans };
        let mut hours = office("UTC");
        hours.dates = vec![other("2026-12-24", vec![span("09:00", "11:00")]), other("2026-12-25", Vec::new())];
        assert_eq!(hours.at(at("2026-12-24T10:00Z")), open("2026-12-24T11:00Z"));
        assert_eq!(hours.at(at("2026-12-24T11:00Z")), closed("2026-12-28T09:00Z"));
        hours.dates.push(other("2026-12-27", vec![span("10:00", "11:00")]));
        assert_eq!(hours.at(at("2026-12-25T12:00Z")), closed("2026-12-27T10:00Z"), "a Sunday that is open");
    }

    #[test]
    fn clocks_that_are_changed_move_the_hours_with_them() {
        let day: &[(&str, &str)] = &[("02:30", "10:00")];
        let hours = week("Europe/Berlin", [day; 7]);
        // 28 March 2027: from 02:00 to 03:00; there is no 02:30, so it is 03:30.
        assert_eq!(hours.at(at("2027-03-28T01:00Z")), closed("2027-03-28T01:30Z"));
        assert_eq!(hours.at(at("2027-03-28T07:59Z")), open("2027-03-28T08:00Z"));
        // 31 October 2027: from 03:00 back to 02:00; the first 02:30 counts.
        assert_eq!(hours.at(at("2027-10-31T00:29Z")), closed("2027-10-31T00:30Z"));
        assert_eq!(hours.at(at("2027-10-31T08:59Z")), open("2027-10-31T09:00Z"));
    }

    #[test]
    fn never_open_has_no_next_opening() {
        let hours = week("UTC", [&[]; 7]);
        assert_eq!(hours.at(at("2026-11-30T12:00Z")), Standing::Closed { opens_at: None });
        let off = Hours { enabled: false, ..hours };
        assert_eq!(off.at(at("2026-11-30T12:00Z")), Standing::Open { closes_at: None });
    }
}
