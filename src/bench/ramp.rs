//! Open loop, faster and faster: where the knee is.

use super::engine::SECOND;
use super::phase::{Ask, Pace};
use super::rate::nanos;
use super::report::{Knee, Report, Run};
use super::session::Scene;
use anyhow::Result;
use std::time::Duration;

pub struct Ramp {
    pub from: f64,
    pub to: f64,
    pub step: Duration,
    pub p99_ms: f64,
}

/// Each step up, until one breaks.
const FACTOR: f64 = 1.5;
/// Then so many times in the middle between what held and what broke.
const HALVINGS: usize = 3;
/// Less of what was offered than this is falling behind.
const KEPT_UP: f64 = 0.98;

pub fn run(scene: &mut Scene, ramp: &Ramp, report: &mut Report) -> Result<()> {
    let (mut held, mut broke, mut halvings) = (0.0, None::<(f64, String)>, 0);
    let mut rate = ramp.from;
    while !scene.stop.is_wanted() {
        let ask = Ask { pace: Pace::Rate(rate), warm_up: SECOND, measured: nanos(ramp.step) };
        let run = scene.run(&format!("{rate:.0}/s"), ask)?;
        let verdict = breaks(&run, rate, ramp.p99_ms);
        report.runs.push(run);
        if scene.stop.is_wanted() {
            break;
        }
        match verdict {
            None => held = rate,
            Some(because) => broke = Some((rate, because)),
        }
        rate = match &broke {
            None if rate >= ramp.to => break,
            None => (rate * FACTOR).min(ramp.to),
            Some(_) if halvings == HALVINGS || held == 0.0 => break,
            Some((broke, _)) => {
                halvings += 1;
                (held + broke) / 2.0
            }
        };
    }
    report.knee = Some(match broke {
        Some((rate, because)) => Knee { rate_per_s: held, broke_at_per_s: Some(rate), because },
        None => Knee { rate_per_s: held, broke_at_per_s: None, because: "it held to the end of the ramp".into() },
    });
    Ok(())
}

/// Why a rate does not hold.
fn breaks(run: &Run, rate: f64, p99_ms: f64) -> Option<String> {
    let share = run.acknowledged_per_s / rate;
    let delivered = run.delivered_latency.p99_ms;
    if let Some((code, count)) = run.refused.iter().next() {
        Some(format!("{count} messages were refused as {code}"))
    } else if run.lost + run.unsent + run.undelivered > 0 {
        Some(format!("{} messages found no way", run.lost + run.unsent + run.undelivered))
    } else if share < KEPT_UP {
        Some(format!("only {:.0} % of it was acknowledged in time", share * 100.0))
    } else if run.acknowledged_latency.p99_ms > p99_ms || delivered > p99_ms {
        let worse = delivered.max(run.acknowledged_latency.p99_ms);
        Some(format!("p99 was {worse:.1} ms, above {p99_ms} ms"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::Latency;

    #[test]
    fn a_rate_breaks_by_falling_behind_being_slow_or_losing() {
        let latency = Latency { p99_ms: 9.0, ..Latency::default() };
        let good = Run { acknowledged_per_s: 995.0, acknowledged_latency: latency, ..Run::default() };
        assert_eq!(breaks(&good, 1_000.0, 10.0), None);
        assert!(breaks(&good, 1_000.0, 8.0).unwrap().contains("p99"));
        assert!(breaks(&good, 1_100.0, 10.0).unwrap().contains("90 %"));
        assert!(breaks(&Run { lost: 1, ..good.clone() }, 1_000.0, 10.0).is_some());
        let busy = [("server.busy".to_owned(), 3)].into();
        assert!(breaks(&Run { refused: busy, ..good }, 1_000.0, 10.0).unwrap().contains("server.busy"));
    }
}
