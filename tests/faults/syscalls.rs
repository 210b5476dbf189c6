//! SIGKILL at the nth system call: between any two steps of a path there must be a way on.

use super::kill::settled;
use super::report::{Report, progress};
use super::strace::Strace;
use crate::history::{Crowd, Dice, Doors, Plan};
use crate::world::{Agent, OWNER, World};
use std::time::{Duration, Instant};

/// What changes files.
pub(super) const CHANGES: &str =
    "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,link,unlink,mkdir,chmod,fchmod";

/// Which calls of `of` to die at: all, or a draw of them.
pub(super) fn places(dice: &mut Dice, of: usize, points: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (1..=of).collect();
    while all.len() > points {
        all.remove(dice.below(all.len()));
    }
    all
}

/// How many such calls the busiest thread makes.
pub(super) fn counted(trace: &std::path::Path) -> usize {
    let mut threads = std::collections::HashMap::<String, usize>::new();
    for line in std::fs::read_to_string(trace).unwrap_or_default().lines() {
        if !line.contains(" resumed>") {
            *threads.entry(line.split(' ').next().unwrap_or("").to_owned()).or_default() += 1;
        }
    }
    threads.into_values().max().unwrap_or(0)
}

/// A command's first run on an empty folder (keys, store, every migration), and a start after a kill.
pub async fn of_beginnings(seed: u64, points: usize, until: Instant) -> Report {
    let mut report = Report::of("nth call: beginnings");
    if !Strace::is_there() {
        report.not_run.push("no strace".to_owned());
        return report;
    }
    let mut dice = Dice::new(seed);
    for path in [Path::FirstStart, Path::Init, Path::Restart] {
        let folder = tempfile::tempdir().unwrap();
        let trace = folder.path().join("trace");
        let mut world = path.prepared().await;
        world.wrapper = Strace::writing_down(CHANGES, &trace);
        path.walk(&mut world).await;
        world.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let of = counted(&trace);
        let (mut died, mut tried, places) = (0, 0, places(&mut dice, of, points));
        for (done, n) in places.iter().enumerate() {
            if Instant::now() > until {
                report.reached(path.name(), done, places.len());
                break;
            }
            tried += 1;
            died += usize::from(path.dies_at(*n, &mut report).await);
            progress(path.name(), done + 1, places.len());
        }
        report.figure(path.name(), format!("{died} killed at {tried} of {of} calls"));
        report.require(died > 0 || tried == 0, || format!("{path:?}: nothing was killed"));
    }
    report
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Path {
    FirstStart,
    Init,
    Restart,
}

impl Path {
    fn name(self) -> &'static str {
        match self {
            Path::FirstStart => "first start and migrations",
            Path::Init => "init",
            Path::Restart => "start after a kill",
        }
    }

    async fn prepared(self) -> World {
        let mut world = World::stopped(&[]);
        if self == Path::Restart {
            world.init();
            world.start().await;
            world.visitor().await.says("before").await;
            world.kill();
        }
        world
    }

    /// Whether it came to its end.
    async fn walk(self, world: &mut World) -> bool {
        match self {
            Path::Init => world.try_init().success,
            Path::FirstStart | Path::Restart => world.try_start().await,
        }
    }

    async fn dies_at(self, n: usize, report: &mut Report) -> bool {
        let mut world = self.prepared().await;
        world.wrapper = Strace::wrapper(CHANGES, n);
        let came_through = self.walk(&mut world).await;
        world.kill();
        world.wrapper.clear();
        if let Err(error) = self.goes_on(&mut world, came_through).await {
            report.violations.push(format!("{self:?}, killed at call {n}: {error}"));
        }
        !came_through
    }

    /// The same command once more, without trouble; then what it is for.
    async fn goes_on(self, world: &mut World, came_through: bool) -> Result<(), String> {
        if self == Path::Init && !came_through {
            let again = world.try_init();
            // It may have been done all the same; then it says so, and it was.
            if !again.success && !again.text.contains("already") {
                return Err(format!("init: {}", again.text));
            }
        }
        if !world.try_start().await {
            return Err(format!("serve: {} {}", world.printed, world.log()));
        }
        let setup = world.stranger().get("/setup").await.json();
        if self == Path::FirstStart {
            return match setup["needed"] == true && world.printed.contains("/setup#") {
                true => Ok(()),
                false => Err(format!("no set-up link: {setup} {}", world.printed)),
            };
        }
        let olga = Agent::sign_in(world, OWNER).await;
        if self == Path::Restart && olga.inbox("all").await.len() != 1 {
            return Err("the conversation is gone".to_owned());
        }
        Ok(())
    }
}

/// Under people who talk: the calls of commits, of uploads, and of a server that stops.
pub async fn while_people_talk(plan: &Plan, points: usize, until: Instant) -> Report {
    let mut report = Report::of("nth call: under load");
    if !Strace::is_there() {
        report.not_run.push("no strace".to_owned());
        return report;
    }
    let mut dice = Dice::new(plan.seed);
    let mut world = settled("").await;
    let token = world.owners_token().await;
    for (name, calls, deepest, files) in [
        ("commit", "pwrite64,fdatasync,fsync", 60, plan.files),
        ("upload", "openat,write,fsync,rename,unlink", 12, 3),
        ("stop", "pwrite64,fdatasync,fsync,ftruncate", 40, plan.files),
    ] {
        let url = world.url.clone();
        let doors = Doors { server: &url, crowd: &url, token: &token };
        let plan = Plan { seed: dice.next() >> 1, files, ..plan.clone() };
        let crowd = match Crowd::gather(&plan, &doors).await {
            Ok(crowd) => crowd,
            Err(error) => {
                report.violations.push(error);
                return report;
            }
        };
        let mut died = 0;
        for done in 0..points {
            if Instant::now() > until {
                report.reached(name, done, points);
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            let n = 1 + dice.below(deepest);
            let held = Strace::attach(world.pid(), &format!("{calls}:signal=SIGKILL:when={n}")).await;
            if held.is_none() && !world.ended(Duration::from_millis(300)).await {
                report.not_run.push(format!("{name}: strace may not attach"));
                break;
            }
            if name == "stop" {
                world.tell_to_stop();
            }
            died += usize::from(world.ended(Duration::from_secs(5)).await);
            drop(held);
            world.kill();
            world.start().await;
            progress(name, done + 1, points);
        }
        report.figure(name, format!("{died} killed"));
        report.take(crowd.finish().await);
    }
    report
}
