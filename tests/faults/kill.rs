//! SIGKILL while people talk.

use super::report::{Report, ms, progress};
use crate::history::{Crowd, Dice, Doors, Ear, Plan};
use crate::world::{OPEN_DOORS, World};
use std::time::{Duration, Instant};

/// A crowd is judged after so many kills, and a new one comes.
const KILLS_PER_CROWD: usize = 50;
/// What everybody should be back within, when the trouble is over.
pub const CONVERGENCE_MAX: Duration = Duration::from_secs(10);
/// From start to serving.
pub const READY_MAX: Duration = Duration::from_secs(2);

pub async fn settled(config: &str) -> World {
    let mut world = World::stopped(&[]);
    world.configure(&format!("{OPEN_DOORS}{config}"));
    world.settle();
    world.init();
    world.start().await;
    world
}

pub async fn while_people_talk(plan: &Plan, kills: usize, until: Instant) -> Report {
    let mut report = Report::of("kills");
    let mut dice = Dice::new(plan.seed);
    let mut world = settled("").await;
    let token = world.owners_token().await;
    let (mut killed, mut messages, mut lines) = (0, 0, 0);
    let (mut ready, mut converged) = (Duration::ZERO, Duration::ZERO);
    while killed < kills && Instant::now() < until {
        let url = world.url.clone();
        let doors = Doors { server: &url, crowd: &url, token: &token };
        let plan = Plan { seed: dice.next() >> 1, webhook: Some(Ear::Honest), ..plan.clone() };
        let crowd = match Crowd::gather(&plan, &doors).await {
            Ok(crowd) => crowd,
            Err(error) => {
                report.violations.push(error);
                break;
            }
        };
        for _ in 0..KILLS_PER_CROWD.min(kills - killed) {
            tokio::time::sleep(Duration::from_secs_f64(0.05 + 0.4 * dice.share())).await;
            world.kill();
            let begun = Instant::now();
            world.start().await;
            ready = ready.max(begun.elapsed());
            killed += 1;
            progress("kills", killed, kills);
        }
        let Some(outcome) = report.take(crowd.finish().await) else { break };
        converged = converged.max(outcome.converged);
        messages += outcome.messages;
        lines += outcome.lines;
    }
    report.figure("kills", killed);
    report.reached("kills", killed, kills);
    report.figure("messages", messages);
    report.figure("lines", lines);
    report.figure("longest to ready", ms(ready));
    report.figure("longest to converge", ms(converged));
    report.require(converged <= CONVERGENCE_MAX, || format!("everybody back only after {converged:?}"));
    report.require(ready <= READY_MAX, || format!("ready only after {ready:?}"));
    report
}

/// Kills of a server that has much to open.
pub async fn with_a_large_store(bytes: u64, kills: usize) -> Report {
    let mut report = Report::of("large store");
    let mut world = settled("").await;
    let store = world.data().join("parlor.db");
    let size = || std::fs::metadata(&store).map_or(0, |file| file.len());
    let begun = Instant::now();
    super::load::fill(
        &world,
        || size() >= bytes,
        |written| progress("MB", (written >> 20) as usize, (bytes >> 20) as usize),
    )
    .await;
    report.figure("store", format!("{} MB in {:.0?}", size() >> 20, begun.elapsed()));
    let visitor = world.visitor().await;
    let (mut ready, mut expected) = (Duration::ZERO, Vec::new());
    for n in 0..kills {
        let text = format!("before kill {n}");
        visitor.says(&text).await;
        expected.push(text);
        world.kill();
        let begun = Instant::now();
        world.start().await;
        ready = ready.max(begun.elapsed());
    }
    let kept: Vec<String> = visitor.history().await.iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect();
    report.require(kept == expected, || format!("kept {kept:?} of {expected:?}"));
    report.figure("kills", kills);
    report.figure("longest to ready", ms(ready));
    report.require(ready <= READY_MAX, || format!("ready only after {ready:?}"));
    report
}
