//! How many calls there were, and how they ended.

use super::model::{Call, State};
use crate::kernel::figures::{Count, Family, Level, Named};

struct Figures {
    begun: Named<Count>,
    answered: Count,
    ended: Named<Count>,
    live: Level,
}

static FIGURES: Figures =
    Figures { begun: Named::new(), answered: Count::new(), ended: Named::new(), live: Level::new() };

/// A call became another one; each is told once, after its commit.
pub(super) fn note(before: Option<State>, call: &Call, live: usize) {
    FIGURES.live.set(live as i64);
    if before.is_none() {
        FIGURES.begun.of(call.direction.as_str()).one();
    }
    if call.state == State::Connecting && before != Some(State::Connecting) {
        FIGURES.answered.one();
    }
    if let State::Ended(reason) = call.state {
        FIGURES.ended.of(reason.as_str()).one();
    }
}

pub fn families() -> Vec<Family> {
    vec![
        Family::counts("parlor_calls_begun", "Calls, by who asked", "by", &FIGURES.begun),
        Family::count("parlor_calls_answered", "Calls that were answered", FIGURES.answered.get()),
        Family::counts("parlor_calls_ended", "Calls that are over, by why", "reason", &FIGURES.ended),
        Family::level("parlor_calls_live", "Calls that ring or are under way", FIGURES.live.get() as f64),
    ]
}
