//! Closed loop: every visitor keeps some messages unanswered. The greatest rate of durable messages from end to end; and,
//! if wanted, the same against the bare path, in turns, so that both meet the same machine.

use super::phase::{Ask, Pace};
use super::rate::nanos;
use super::report::{Ratio, Report, Run};
use super::session::Scene;
use anyhow::Result;
use std::time::Duration;

pub struct Saturate {
    pub window: u32,
    pub warm_up: Duration,
    pub measured: Duration,
    pub rounds: usize,
}

pub fn run(product: &mut Scene, mut bare: Option<&mut Scene>, how: &Saturate, report: &mut Report) -> Result<()> {
    let ask = Ask { pace: Pace::Window(how.window), warm_up: nanos(how.warm_up), measured: nanos(how.measured) };
    for _ in 0..how.rounds {
        if product.stop.is_wanted() {
            break;
        }
        report.runs.push(product.run("saturating", ask)?);
        if let Some(bare) = bare.as_deref_mut()
            && !bare.stop.is_wanted()
        {
            let run = bare.run("the bare path", ask)?;
            report.runs.push(Run { of: "bare", ..run });
        }
    }
    report.ratio = ratio(&report.runs);
    Ok(())
}

/// Delivered, not acknowledged: a message counts when somebody has it.
fn ratio(runs: &[Run]) -> Option<Ratio> {
    let of = |which: &str| {
        let mut rates: Vec<f64> = runs.iter().filter(|run| run.of == which).map(|run| run.delivered_per_s).collect();
        rates.sort_by(f64::total_cmp);
        (rates.get(rates.len() / 2).copied(), rates.len())
    };
    let ((Some(product_per_s), rounds), (Some(bare_per_s), _)) = (of("product"), of("bare")) else { return None };
    let ratio = if bare_per_s > 0.0 { product_per_s / bare_per_s } else { 0.0 };
    Some(Ratio { product_per_s, bare_per_s, ratio, rounds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_of_medians() {
        let run = |of, delivered_per_s| Run { of, delivered_per_s, ..Run::default() };
        let runs = [
            run("product", 10.0),
            run("bare", 20.0),
            run("product", 12.0),
            run("bare", 1.0),
            run("product", 99.0),
            run("bare", 24.0),
        ];
        let ratio = ratio(&runs).unwrap();
        assert_eq!((ratio.product_per_s, ratio.bare_per_s, ratio.ratio), (12.0, 20.0, 0.6));
        assert!(super::ratio(&runs[..1]).is_none());
    }
}
