//! What work beside the requests counts.

use crate::kernel::figures::{Count, Family, Level, Named, Spread};

pub struct Figures {
    /// Up to which position of the event log each consumer has done its work.
    pub positions: Named<Level>,
    pub(super) consumer_failures: Named<Count>,
    /// How long each timer's work took.
    pub(super) timer_runs: Named<Spread>,
    pub(super) timer_failures: Named<Count>,
}

pub static FIGURES: Figures = Figures {
    positions: Named::new(),
    consumer_failures: Named::new(),
    timer_runs: Named::new(),
    timer_failures: Named::new(),
};

#[rustfmt::skip]
pub fn families() -> Vec<Family> {
    let positions = FIGURES.positions.all();
    let positions = positions.iter().map(|(name, position)| (*name, position.get() as f64));
    vec![
        Family::levels("parlor_consumer_position", "Position in the event log up to which the work is done", "consumer", positions),
        Family::counts("parlor_consumer_failures", "Failures of such work; each is tried again", "consumer", &FIGURES.consumer_failures),
        Family::spreads("parlor_timer_run_seconds", "Timed work", "timer", &FIGURES.timer_runs),
        Family::counts("parlor_timer_failures", "Failures of timed work", "timer", &FIGURES.timer_failures),
    ]
}
