//! One bench from beginning to end: a server, people, load, a report, and everything put away again.

use super::engine::{Engine, SECOND, Seat};
use super::history::{self, Past};
use super::line::Target;
use super::onlooker::Onlooker;
use super::own::{self, Folder, Opened, Process};
use super::phase::{self, Ask, Pace};
use super::plan::{Crowd, Mode, Own, Plan, Server};
use super::report::{CrowdFacts, FORMAT, Report, Run, ServerFacts};
use super::rest::Rest;
use super::stage::Stage;
use super::stop::Stop;
use super::words::Sayings;
use super::{html, idle, machine, ramp, rate, reconnect, saturate, table};
use crate::kernel::Clock;
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Runtime;

/// What runs need: the connected crowd and how it is counted.
pub struct Scene {
    pub engine: Engine,
    pub clock: Clock,
    pub visitors: u32,
    pub deliveries_each: u8,
    /// Of the server, if it is ours.
    pub server_pid: Option<u32>,
    pub sayings: Sayings,
    /// The newest seq of each conversation at each agent, from run to run.
    pub newest: HashMap<(u32, u64), u64>,
    pub runs: u16,
    pub stop: Stop,
}

impl Scene {
    pub fn new(target: Target, crowd: &Crowd, server_pid: Option<u32>, stop: &Stop) -> Result<Scene> {
        Ok(Scene {
            engine: Engine::new(target, stop.clone())?,
            clock: Clock::system(),
            visitors: crowd.visitors,
            deliveries_each: crowd.agents_per_channel as u8,
            server_pid,
            sayings: Sayings::new(crowd.bytes),
            newest: HashMap::new(),
            runs: 0,
            stop: stop.clone(),
        })
    }

    /// Everybody connects, visitors first; then each visitor says one thing, so that all conversations have begun.
    pub fn gather(&mut self, visitors: Vec<Seat>, agents: impl Iterator<Item = Seat>) -> Result<()> {
        let agents: Vec<Seat> = agents.collect();
        let bar = bar("connecting", (visitors.len() + agents.len()) as u64);
        self.engine.seat(visitors);
        self.engine.seat(agents);
        self.engine.connect(CONNECT_AT_ONCE, |live| bar.set_position(live as u64))?;
        bar.finish_and_clear();
        self.run("greeting", Ask { pace: Pace::Once, warm_up: 0, measured: 60 * SECOND }).map(drop)
    }

    pub fn run(&mut self, what: &str, ask: Ask) -> Result<Run> {
        let length = match ask.pace {
            Pace::Once => u64::from(self.visitors),
            _ => (ask.warm_up + ask.measured) / 1_000_000,
        };
        let bar = bar(what, length);
        let run = phase::run(self, ask, &bar);
        bar.finish_and_clear();
        run
    }
}

/// Connections that greet at the same time while nobody measures that.
pub const CONNECT_AT_ONCE: usize = 256;

/// On standard error, and only if that is a terminal.
pub fn bar(what: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg:>24} [{bar:40}] {percent:>3} % {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// The server of this bench, and what it takes to end it.
pub struct Host {
    pub target: Target,
    pub rest: Rest,
    pub stage: Stage,
    pub process: Option<Process>,
    pub folder: Option<Folder>,
    pub runtime: Runtime,
    past: Option<Past>,
}

impl Host {
    fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.pid)
    }
}

pub fn run(plan: &Plan) -> Result<()> {
    let stop = Stop::on_signals()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let mut report = facts(plan);
    let host = match &plan.server {
        Server::Own(own) => start(plan, own, runtime, &stop, &mut report)?,
        Server::Running { url, token, fingerprint } => {
            let target = own::target(url, fingerprint.as_deref())?;
            let rest = Rest::new(url.trim_end_matches('/'), token, target.tls.as_ref().map(|(config, _)| config))?;
            let stage = runtime.block_on(Stage::set(&rest, &plan.crowd, &bar("agents", 0), &stop))?;
            Host { target, rest, stage, process: None, folder: None, runtime, past: None }
        }
    };
    report.machine = machine::describe(host.folder.as_ref().map(|folder| folder.path()));
    let measured = measure(plan, &host, &stop, &mut report);
    host.runtime.block_on(host.stage.leave(&host.rest));
    measured?;
    report.interrupted = stop.is_wanted();
    drop(host);
    write(plan, &report)
}

fn facts(plan: &Plan) -> Report {
    let (url, own, tls, workers) = match &plan.server {
        Server::Running { url, .. } => (url.clone(), false, url.starts_with("https"), None),
        Server::Own(own) => (String::new(), true, own.tls, (own.workers > 0).then_some(own.workers)),
    };
    let Crowd { visitors, agents, agents_per_channel, bytes } = plan.crowd;
    Report {
        format: FORMAT,
        version: plan.version.to_owned(),
        command: plan.command.clone(),
        at: Clock::system().now().0,
        server: ServerFacts { url, own, tls, workers },
        crowd: CrowdFacts { visitors, agents, channels: plan.crowd.channels(), agents_per_channel, bytes },
        ..Report::default()
    }
}

fn start(plan: &Plan, own: &Own, runtime: Runtime, stop: &Stop, report: &mut Report) -> Result<Host> {
    let folder = Folder::open(own.data.as_deref())?;
    let opened = Opened::open(&folder.data())?;
    let Crowd { visitors, bytes, .. } = plan.crowd;
    let history = plan.mode.history();
    let past = if history > 0 { Past::load(&folder)? } else { None };
    if let Some(past) = &past {
        past.must_fit(history, visitors, plan.crowd.channels())?;
    }
    let (stage, token) = own::found(&opened, &plan.crowd, past.as_ref().map(|past| &*past.channel_keys))?;
    let past = match past {
        None if history > 0 => {
            let how = (history, visitors, bytes);
            Some(history::fill(&folder, &opened, &stage.channel_keys, how, &runtime, stop)?)
        }
        past => past,
    };
    opened.close();
    if machine::file_system(folder.path()) == "tmpfs" {
        report.remarks.push(format!("{} is memory: nothing was synced to a disk", folder.path().display()));
    }
    let (process, target) = own::serve(&folder, own)?;
    report.server.url = process.url.clone();
    let rest = Rest::new(&process.url, &token, target.tls.as_ref().map(|(config, _)| config))?;
    if let Some(past) = &past {
        runtime.block_on(history::indexed(&rest, past, stop))?;
        report.history = Some(past.report(&folder.data()));
    }
    Ok(Host { target, rest, stage, process: Some(process), folder: Some(folder), runtime, past })
}

fn measure(plan: &Plan, host: &Host, stop: &Stop, report: &mut Report) -> Result<()> {
    let visitors = || {
        let bar = bar("visitors", 0);
        let begun = host.stage.visitors(&host.rest, plan.crowd.visitors, &bar, stop);
        let seats = host.runtime.block_on(begun);
        bar.finish_and_clear();
        seats
    };
    let mut scene = Scene::new(host.target.clone(), &plan.crowd, host.pid(), stop)?;
    match &plan.mode {
        Mode::Rate { rates, warm_up, measured, .. } => {
            let Some(past) = &host.past else {
                scene.gather(visitors()?, host.stage.agents())?;
                return rate::run(&mut scene, rates, *warm_up, *measured, report);
            };
            scene.gather(past.seats(), host.stage.agents())?;
            let onlooker = Onlooker::start(host.rest.clone(), past.conversations)?;
            let ran = rate::run(&mut scene, rates, *warm_up, *measured, report);
            onlooker.finish(report.history.get_or_insert_default());
            ran
        }
        Mode::Ramp(how) => {
            scene.gather(visitors()?, host.stage.agents())?;
            ramp::run(&mut scene, how, report)
        }
        Mode::Saturate { how, against_bare } => {
            scene.gather(visitors()?, host.stage.agents())?;
            let bare = if *against_bare { Some(bare_path(plan, stop)?) } else { None };
            match bare {
                Some((mut bare, _process, _folder)) => saturate::run(&mut scene, Some(&mut bare), how, report),
                None => saturate::run(&mut scene, None, how, report),
            }
        }
        Mode::Idle { hold } => idle::run(&mut scene, visitors()?, *hold, report),
        Mode::Reconnect => reconnect::run(&mut scene, visitors()?, report),
    }
}

/// A server of the bare path on a folder of its own, with the same crowd.
fn bare_path(plan: &Plan, stop: &Stop) -> Result<(Scene, Process, Folder)> {
    let folder = Folder::open(None)?;
    let Crowd { visitors, agents, agents_per_channel, .. } = plan.crowd;
    let numbers = [visitors, plan.crowd.channels(), agents_per_channel].map(|number| number.to_string());
    let arguments = ["bench".into(), "bare".into(), folder.data().display().to_string()].into_iter().chain(numbers);
    let process = Process::start(&arguments.collect::<Vec<_>>(), &folder.path().join("server.log"))?;
    let mut scene = Scene::new(own::target(&process.url, None)?, &plan.crowd, Some(process.pid), stop)?;
    let seat = |token| Seat { token, cursor: String::new() };
    let everybody = (0..visitors).map(|number| seat(format!("v{number}"))).collect();
    scene.gather(everybody, (0..agents).map(|number| seat(format!("a{number}"))))?;
    Ok((scene, process, folder))
}

fn write(plan: &Plan, report: &Report) -> Result<()> {
    let to_stdout = plan.output.json.as_deref() == Some(Path::new("-"));
    if let Some(path) = &plan.output.json {
        let json = serde_json::to_string_pretty(report)?;
        match to_stdout {
            true => println!("{json}"),
            false => fs::write(path, json + "\n").with_context(|| format!("cannot write {}", path.display()))?,
        }
    }
    if let Some(path) = &plan.output.html {
        fs::write(path, html::page(report)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if !to_stdout {
        print!("{}", table::text(report));
    }
    Ok(())
}
