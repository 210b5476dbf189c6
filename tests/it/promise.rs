//! The promise, held against what a crowd of clients wrote down (`tests/history`).

use crate::faults::liar::{LIES, Liar};
use crate::faults::network::{Network, STORMS, Weather};
use crate::history::{Crowd, Doors, Outcome, Plan, run};
use crate::world::{OPEN_DOORS, World};
use futures_util::StreamExt;
use std::time::Duration;

/// A few people, quick enough for every test run.
pub fn small(seed: u64) -> Plan {
    Plan {
        seed,
        visitors: 6,
        agents: 3,
        pace: Duration::from_millis(8),
        files: 40,
        patience: Duration::from_secs(40),
        file: None,
    }
}

#[track_caller]
pub fn kept(outcome: &Outcome) {
    for violation in outcome.violations.iter().take(10) {
        println!("{violation}");
    }
    assert!(outcome.violations.is_empty(), "{} violations", outcome.violations.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_finds_every_promise_kept() {
    let world = World::configured(OPEN_DOORS).await;
    let token = world.owners_token().await;
    let doors = Doors { server: &world.url, crowd: &world.url, token: &token };
    let outcome = run(&small(1), &doors, Duration::from_secs(2)).await.unwrap();
    println!("{} messages, {} lines, heard by all after {:?}", outcome.messages, outcome.lines, outcome.converged);
    kept(&outcome);
    assert!(outcome.messages > 100 && outcome.lines > 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_lie_of_a_server_is_found_out() {
    let found_out = LIES.map(async |(lie, promise)| {
        let world = World::configured(OPEN_DOORS).await;
        let token = world.owners_token().await;
        let liar = Liar::before(&world.url, &token, lie, 7).await;
        let plan = Plan { patience: Duration::from_secs(3), ..small(7) };
        let doors = Doors { server: &world.url, crowd: &liar.url, token: &token };
        let outcome = run(&plan, &doors, Duration::from_millis(1_500)).await.unwrap();
        assert!(liar.lies() > 0, "{lie:?} was never told");
        let found: Vec<_> = outcome.violations.iter().filter(|found| found.promise == promise).collect();
        println!("{lie:?}: told {} times, found {} times: {:?}", liar.lies(), found.len(), found.first());
        assert!(!found.is_empty(), "{lie:?} breaks promise {promise}: {:?}", outcome.violations);
    });
    // A few at a time: many at once would take each other's breath.
    let mut running = futures_util::stream::iter(found_out).buffer_unordered(4);
    while running.next().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_weather_everybody_has_heard_everything() {
    let world = World::configured(OPEN_DOORS).await;
    let token = world.owners_token().await;
    let network = Network::before(&world.url).await;
    let doors = Doors { server: &world.url, crowd: &network.url, token: &token };
    let crowd = Crowd::gather(&small(3), &doors).await.unwrap();
    for storm in STORMS {
        network.turns(storm);
        tokio::time::sleep(Duration::from_millis(400)).await;
        network.turns(Weather::Fine);
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let left = network.in_limbo();
    let outcome = crowd.finish().await.unwrap();
    println!("{} messages, {left} sides in limbo, heard by all after {:?}", outcome.messages, outcome.converged);
    kept(&outcome);
    assert!(left > 0 && outcome.messages > 100);
}
