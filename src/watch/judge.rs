//! When a value that is beyond its threshold becomes an alert, and when that is over. Pure.
//!
//! A value must be bad for the rule's whole time; a value at the edge must not raise an alert every minute, so it is over
//! only when it is back by a tenth of the threshold, and stays so for a while.

use super::rules::Bad;
use crate::kernel::{Millis, Steady};

/// A value must be well again for so long.
const CLEAR_MS: i64 = Millis::seconds(30);
/// By so much of the threshold.
const MARGIN: f64 = 0.1;

/// What a rule is set to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Setting {
    pub enabled: bool,
    pub threshold: f64,
    pub for_s: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    Raised,
    Resolved,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Well,
    /// Since when.
    Bad(Steady),
    Raised {
        well_since: Option<Steady>,
    },
}

impl State {
    pub const RAISED: State = State::Raised { well_since: None };

    /// One look. `None`: there is nothing to look at, as when no backups are made.
    pub fn look(&mut self, setting: &Setting, bad: Bad, value: Option<f64>, now: Steady) -> Option<Change> {
        let value = value.filter(|_| setting.enabled);
        match *self {
            State::Well | State::Bad(_) => {
                if !value.is_some_and(|value| is_beyond(value, setting.threshold, bad)) {
                    *self = State::Well;
                    return None;
                }
                let since = if let State::Bad(since) = *self { since } else { now };
                let due = now.since(since) >= Millis::seconds(setting.for_s.into());
                *self = if due { State::RAISED } else { State::Bad(since) };
                due.then_some(Change::Raised)
            }
            State::Raised { well_since } => {
                if value.is_some_and(|value| !is_clearly_back(value, setting.threshold, bad)) {
                    *self = State::RAISED;
                    return None;
                }
                let since = well_since.unwrap_or(now);
                let over = value.is_none() || now.since(since) >= CLEAR_MS;
                *self = if over { State::Well } else { State::Raised { well_since: Some(since) } };
                over.then_some(Change::Resolved)
            }
        }
    }
}

fn is_beyond(value: f64, threshold: f64, bad: Bad) -> bool {
    match bad {
        Bad::Above => value > threshold,
        Bad::Below => value < threshold,
    }
}

fn is_clearly_back(value: f64, threshold: f64, bad: Bad) -> bool {
    match bad {
        Bad::Above => value <= threshold * (1.0 - MARGIN),
        Bad::Below => value >= threshold * (1.0 + MARGIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks once a second; when what changed.
    fn changes(setting: Setting, bad: Bad, values: impl IntoIterator<Item = Option<f64>>) -> Vec<(i64, Change)> {
        let mut state = State::Well;
        let look = |(second, value)| {
            let second = second as i64;
            state.look(&setting, bad, value, Steady(second * 1_000)).map(|change| (second, change))
        };
        values.into_iter().enumerate().filter_map(look).collect()
    }

    const SLOW: Setting = Setting { enabled: true, threshold: 250.0, for_s: 10 };

    #[test]
    fn a_value_must_stay_bad_and_then_stay_well() {
        let values = [vec![Some(300.0); 5], vec![Some(10.0); 5], vec![Some(300.0); 20], vec![Some(10.0); 60]].concat();
        assert_eq!(changes(SLOW, Bad::Above, values), [(20, Change::Raised), (60, Change::Resolved)]);
    }

    #[test]
    fn at_the_edge_it_is_told_once() {
        let values = (0..1_000).map(|n| Some(if n % 40 < 20 { 251.0 } else { 249.0 }));
        assert_eq!(changes(SLOW, Bad::Above, values), [(10, Change::Raised)]);
    }

    #[test]
    fn well_now_and_then_is_not_well() {
        let values = (0..200).map(|n| Some(if n > 20 && n % 20 != 0 { 10.0 } else { 300.0 }));
        assert_eq!(changes(SLOW, Bad::Above, values), [(10, Change::Raised)]);
    }

    #[test]
    fn what_is_too_little_is_bad_below() {
        let disk = Setting { enabled: true, threshold: 10.0, for_s: 0 };
        let values = [vec![Some(9.9); 3], vec![Some(10.5); 60], vec![Some(11.0); 60]].concat();
        assert_eq!(changes(disk, Bad::Below, values), [(0, Change::Raised), (93, Change::Resolved)]);
    }

    #[test]
    fn a_rule_that_is_switched_off_or_has_nothing_to_look_at_lets_go() {
        let off = Setting { enabled: false, ..SLOW };
        assert_eq!(changes(off, Bad::Above, vec![Some(300.0); 60]), []);
        let values = [vec![Some(300.0); 20], vec![None; 3]].concat();
        assert_eq!(changes(SLOW, Bad::Above, values), [(10, Change::Raised), (20, Change::Resolved)]);
        let mut raised = State::RAISED;
        assert_eq!(raised.look(&off, Bad::Above, Some(300.0), Steady(0)), Some(Change::Resolved));
    }

    #[test]
    fn what_is_either_so_or_not_is_over_when_it_is_not() {
        let yes = Setting { enabled: true, threshold: 0.0, for_s: 0 };
        let values = [vec![Some(1.0); 2], vec![Some(0.0); 60]].concat();
        assert_eq!(changes(yes, Bad::Above, values), [(0, Change::Raised), (32, Change::Resolved)]);
    }
}
