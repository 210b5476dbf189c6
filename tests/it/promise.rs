//! The promise, held against what a crowd of clients wrote down (`tests/history`).

use crate::history::record::{Record, What};
use crate::history::wire::Way;
use crate::history::{Doors, Ear, Outcome, Plan, check, read, run};
use crate::world::{OPEN_DOORS, World};
use std::collections::HashSet;
use std::time::Duration;

/// A few people, quick enough for every test run.
pub fn small(seed: u64) -> Plan {
    Plan {
        seed,
        visitors: 6,
        agents: 3,
        ways: Way::ALL.into(),
        pace: Duration::from_millis(8),
        files: 40,
        stragglers: Duration::ZERO,
        patience: Duration::from_secs(40),
        webhook: None,
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

/// Whether a line of this kind got as far as `live`.
fn was_live(outcome: &Outcome, way: Way) -> bool {
    let opened = |record: &Record| match record.what {
        What::Opened { line, way: by, .. } if by == way => Some(line),
        _ => None,
    };
    let lines: HashSet<u64> = outcome.records.iter().filter_map(opened).collect();
    outcome.records.iter().any(|record| matches!(&record.what, What::Live { line, .. } if lines.contains(line)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_finds_every_promise_kept() {
    let world = World::configured(OPEN_DOORS).await;
    let token = world.owners_token().await;
    let doors = Doors { server: &world.url, crowd: &world.url, token: &token };
    let file = world.data().with_file_name("history");
    let plan = Plan { file: Some(file.clone()), webhook: Some(Ear::Honest), ..small(1) };
    let outcome = run(&plan, &doors, Duration::from_secs(2)).await.unwrap();
    println!("{} messages, {} lines, heard by all after {:?}", outcome.messages, outcome.lines, outcome.converged);
    kept(&outcome);
    assert!(outcome.messages > 100 && outcome.lines > 20);
    for way in Way::ALL {
        assert!(was_live(&outcome, way), "nobody came by {way:?}");
    }
    let written = read(&file).unwrap();
    assert_eq!((written.len(), check(&written)), (outcome.records.len(), Vec::new()), "it can be judged again");
}
