//! Open loop: fixed rates, one after the other.

use super::engine::Nanos;
use super::phase::{Ask, Pace};
use super::report::Report;
use super::session::Scene;
use anyhow::Result;
use std::time::Duration;

pub fn nanos(time: Duration) -> Nanos {
    time.as_nanos() as Nanos
}

pub fn run(scene: &mut Scene, rates: &[f64], warm_up: Duration, measured: Duration, report: &mut Report) -> Result<()> {
    for rate in rates {
        if scene.stop.is_wanted() {
            break;
        }
        let ask = Ask { pace: Pace::Rate(*rate), warm_up: nanos(warm_up), measured: nanos(measured) };
        report.runs.push(scene.run(&format!("{rate}/s"), ask)?);
    }
    Ok(())
}
