//! `make torture`: everything of `tests/faults` at length, with a seed, progress and a summary. Also the history checker as a
//! command: against a running server (`--url`), or on a history written down before (`--judge`).
#![allow(clippy::disallowed_methods, reason = "tests are outside of the program: they read clocks and make ids")]

#[path = "../faults/mod.rs"]
mod faults;
#[path = "../history/mod.rs"]
mod history;
#[allow(dead_code, unused_imports, reason = "the other test program uses the rest")]
#[path = "../it/world/mod.rs"]
mod world;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use faults::report::Report;
use faults::{backups, clock, disk, kill, lies, netns, network, overload, power, rotation, small, syscalls};
use futures_util::FutureExt;
use history::wire::Way;
use history::{Doors, Plan};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Hurts a Parlor in every way it should survive, and checks that nothing is lost.
#[derive(Parser)]
struct Arguments {
    /// The run is decided by it; printed, so that a run can be repeated
    #[arg(long)]
    seed: Option<u64>,
    /// Only these kinds of trouble, by name, with commas between
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(KINDS))]
    only: Vec<String>,
    /// Stop after about so many minutes; what was not reached is named
    #[arg(long, default_value_t = 45)]
    minutes: u64,
    #[arg(long, default_value_t = 1_000)]
    kills: usize,
    #[arg(long, default_value_t = 200)]
    cuts: usize,
    /// Of commands that change keys
    #[arg(long, default_value_t = 300)]
    key_kills: usize,
    /// Of a server in the middle of an exchange
    #[arg(long, default_value_t = 60)]
    rotation_kills: usize,
    /// Of each of backup, restore and upgrade; they have fewer calls, so that is every one
    #[arg(long, default_value_t = 500)]
    deaths: usize,
    /// Instead of all that: a crowd for half a minute on this running server, as PARLOR_TOKEN (an owner's API token). It makes
    /// two channels, three people and up to 20 visitors there
    #[arg(long)]
    url: Option<String>,
    /// Where the history of that goes
    #[arg(long)]
    history: Option<PathBuf>,
    /// Only judges a history written down before
    #[arg(long)]
    judge: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| u64::from(uuid::Uuid::new_v4().as_fields().0));
    let reports = if let Some(file) = &arguments.judge {
        vec![judged(file)]
    } else if let Some(url) = &arguments.url {
        println!("seed {seed}");
        vec![on_a_running_server(url, seed, arguments.history.clone()).await]
    } else {
        println!("seed {seed}");
        torture(&arguments, seed).await
    };
    summary(&reports)
}

fn plan(seed: u64) -> Plan {
    Plan {
        seed,
        visitors: 12,
        agents: 4,
        ways: Way::ALL.into(),
        pace: Duration::from_millis(10),
        files: 40,
        stragglers: Duration::ZERO,
        patience: Duration::from_secs(60),
        webhook: None,
        file: None,
    }
}

async fn torture(arguments: &Arguments, seed: u64) -> Vec<Report> {
    let until = Instant::now() + Duration::from_secs(60 * arguments.minutes);
    let wanted = |name: &str| arguments.only.is_empty() || arguments.only.iter().any(|only| only == name);
    let mut reports = Vec::new();
    for name in KINDS {
        if wanted(name) {
            println!("{name}");
            let begun = Instant::now();
            // What a helper of a test cannot live with ends that kind, not the whole run.
            let tried = AssertUnwindSafe(trouble(name, arguments, seed, until)).catch_unwind().await;
            let mut report = tried.unwrap_or_else(|_| {
                let mut report = Report::of(name);
                report.violations.push("it panicked, see above".to_owned());
                report
            });
            report.figure("took", format!("{:.0?}", begun.elapsed()));
            reports.push(report);
        }
    }
    reports
}

const KINDS: [&str; 17] = [
    "lies",
    "overload",
    "storm",
    "small",
    "clock",
    "disk",
    "packets",
    "network",
    "power",
    "beginnings",
    "backup",
    "syscalls",
    "keys",
    "rotation",
    "power-rotation",
    "large",
    "kills",
];

async fn trouble(name: &str, arguments: &Arguments, seed: u64, until: Instant) -> Report {
    match name {
        "lies" => lies::found_out(&plan(seed), Duration::from_secs(3)).await,
        "disk" => disk::troubles(&plan(seed), 10, until).await,
        "overload" => overload::tenfold(Duration::from_secs(20)).await,
        "storm" => overload::storm(seed, 10_000).await,
        "small" => small::machine(200, 20).await,
        "packets" => netns::losses(&plan(seed), Duration::from_secs(8), until).await,
        "clock" => clock::jumps(&plan(seed), true).await,
        "network" => network::weathers(&plan(seed), Duration::from_secs(4), 1, until).await,
        "power" => power::cuts(seed, arguments.cuts, 30, until).await,
        "beginnings" => syscalls::of_beginnings(seed, 150, until).await,
        "backup" => backups::deaths(seed, arguments.deaths, until),
        "syscalls" => syscalls::while_people_talk(&plan(seed), 60, until).await,
        "keys" => rotation::of_commands(seed, arguments.key_kills / 5, until).await,
        "power-rotation" => power::cuts_during_rotation(seed, arguments.cuts, until).await,
        "rotation" => rotation::while_people_talk(&plan(seed), arguments.rotation_kills, until).await,
        "large" => kill::with_a_large_store(1 << 30, 10).await,
        _ => kill::while_people_talk(&plan(seed), arguments.kills, until).await,
    }
}

async fn on_a_running_server(url: &str, seed: u64, file: Option<PathBuf>) -> Report {
    let mut report = Report::of("history");
    let token = std::env::var("PARLOR_TOKEN").unwrap_or_default();
    let doors = Doors { server: url, crowd: url, token: &token };
    // Within the default limits of a server.
    let plan = Plan { pace: Duration::from_millis(400), file, ..plan(seed) };
    let outcome = history::run(&plan, &doors, Duration::from_secs(30)).await;
    if let Some(outcome) = report.take(outcome) {
        report.figure("messages", outcome.messages);
        report.figure("records", outcome.records.len());
        report.figure("converged", format!("{:.1?}", outcome.converged));
    }
    report
}

fn judged(file: &std::path::Path) -> Report {
    let mut report = Report::of("history");
    match history::read(file) {
        Ok(records) => {
            report.figure("records", records.len());
            report.violations.extend(history::check(&records).iter().map(ToString::to_string));
        }
        Err(error) => report.violations.push(format!("{}: {error}", file.display())),
    }
    report
}

/// A line or two for each kind; how it ended for all.
fn summary(reports: &[Report]) -> ExitCode {
    println!();
    for report in reports {
        let figures: Vec<String> = report.figures.iter().map(|(name, figure)| format!("{name}: {figure}")).collect();
        println!("{:24} violations: {:4}  {}", report.name, report.violations.len(), figures.join(" · "));
        for what in &report.not_run {
            println!("{:24} NOT RUN  {what}", "");
        }
        for violation in report.violations.iter().take(20) {
            println!("{:24} VIOLATION  {violation:.600}", "");
        }
    }
    let violations: usize = reports.iter().map(|report| report.violations.len()).sum();
    println!("{violations} violations");
    if violations == 0 && !reports.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
