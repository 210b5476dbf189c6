//! Is the checker worth anything? Every lie must be found out, as the promise that it breaks.

use super::liar::{LIES, Liar, Lie};
use super::report::Report;
use crate::history::wire::Way;
use crate::history::{Dice, Doors, Ear, Plan, run};
use crate::world::{OPEN_DOORS, World};
use futures_util::StreamExt;
use std::time::Duration;

pub async fn found_out(plan: &Plan, talk: Duration) -> Report {
    let mut report = Report::of("lies");
    let mut dice = Dice::new(plan.seed);
    // The liar knows what a WebSocket says.
    let plans: Vec<Plan> = LIES
        .iter()
        .map(|_| Plan {
            seed: dice.next() >> 1,
            patience: Duration::from_secs(3),
            ways: vec![Way::Socket],
            ..plan.clone()
        })
        .collect();
    let tellings = LIES.into_iter().zip(&plans).map(|((lie, promise), plan)| told(lie, promise, plan, talk));
    // A few at a time: many at once would take each other's breath.
    let told: Vec<_> = futures_util::stream::iter(tellings).buffer_unordered(3).collect().await;
    let (mut all, mut runs) = (0, 0);
    for (lie, promise, told) in told {
        report.require(told.lies > 0, || format!("{lie:?} was never told"));
        report.require(told.found > 0, || {
            format!("{lie:?} was told {} times, and promise {promise} seemed kept", told.lies)
        });
        all += told.lies;
        runs += told.runs;
    }
    report.figure("kinds", LIES.len());
    report.figure("told", all);
    report.figure("runs", runs);
    report
}

/// A machine that has no breath may keep the moment from coming in which a lie does harm: then there are others, each with
/// twice the time to come in.
const RUNS_MAX: u32 = 5;

#[derive(Default)]
struct Told {
    runs: u32,
    /// How often the lie was told.
    lies: usize,
    /// How often its promise was found broken.
    found: usize,
}

async fn told(lie: Lie, promise: u8, plan: &Plan, talk: Duration) -> (Lie, u8, Told) {
    let mut told = Told::default();
    while told.found == 0 && told.runs < RUNS_MAX {
        let plan = Plan { seed: plan.seed.wrapping_add(told.runs.into()), ..plan.clone() };
        let (lies, found) = one(lie, promise, &plan, talk * (1 << told.runs)).await;
        told.runs += 1;
        told.lies += lies;
        told.found += found;
    }
    (lie, promise, told)
}

async fn one(lie: Lie, promise: u8, plan: &Plan, talk: Duration) -> (usize, usize) {
    let world = World::configured(OPEN_DOORS).await;
    let token = world.owners_token().await;
    let liar = Liar::before(&world.url, &token, lie, plan.seed).await;
    let doors = Doors { server: &world.url, crowd: &liar.url, token: &token };
    // A webhook does not come through the liar's door: its receiver is lied to by itself.
    let ear = match lie {
        Lie::SkipsWebhook => Ear::Misses,
        Lie::RenamesDelivery => Ear::Renamed,
        _ => Ear::Honest,
    };
    let outcome = run(&Plan { webhook: Some(ear), ..plan.clone() }, &doors, talk).await.unwrap();
    let found = outcome.violations.iter().filter(|violation| violation.promise == promise).count();
    (liar.lies() + outcome.bent, found)
}
