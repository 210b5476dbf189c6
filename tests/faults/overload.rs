//! Too much of everything: ten times the messages, readers that do not read, everybody back at once.

use super::cage::{Cage, peak_mib};
use super::kill::settled;
use super::report::{Report, ms, progress};
use crate::history::Dice;
use crate::history::wire::{Line, Wire};
use crate::world::{Visitor, World, new_id};
use futures_util::StreamExt;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

const MEMORY: u64 = 512 << 20;
/// What an acknowledged message may take under ten times the load.
const ACCEPTED_P99_MAX: Duration = Duration::from_millis(250);
const SENDERS: usize = 128;
/// Of one sender without an answer; together more than the server's queue holds.
const WINDOW: usize = 64;
const WEDGED: usize = 20;

/// What became of one sender's messages.
#[derive(Default)]
struct Sent {
    took: Vec<Duration>,
    accepted: HashSet<String>,
    refused: usize,
    /// Refusals that do not say when to come back.
    unclear: Vec<Value>,
    /// Not even sent, since too many were without an answer.
    held_back: usize,
    ends: Vec<u16>,
}

/// Sends `rate` a second, whether or not the answers come.
async fn send(wire: Wire, rate: f64, time: Duration) -> Sent {
    let mut sent = Sent::default();
    let Ok(line) = wire.line(None).await else {
        sent.ends.push(1006);
        return sent;
    };
    let mut line = line.patient();
    let (begun, mut offered) = (Instant::now(), 0);
    let mut waiting: HashMap<String, Instant> = HashMap::new();
    while begun.elapsed() < time || (!waiting.is_empty() && begun.elapsed() < time + Duration::from_secs(15)) {
        let due = (begun.elapsed().min(time).as_secs_f64() * rate) as usize;
        while offered < due {
            offered += 1;
            if waiting.len() >= WINDOW {
                sent.held_back += 1;
                continue;
            }
            let id = new_id();
            if line.say(&json!({"type": "send", "id": id, "text": "x".repeat(120)})).await.is_err() {
                sent.ends.push(1006);
                return sent;
            }
            waiting.insert(id, Instant::now());
        }
        match line.next(Duration::from_millis(2)).await {
            Ok(Some(frame)) => sent.take(&frame, &mut waiting),
            Ok(None) => {}
            Err(code) => {
                sent.ends.push(code);
                return sent;
            }
        }
    }
    sent
}

impl Sent {
    fn take(&mut self, frame: &Value, waiting: &mut HashMap<String, Instant>) {
        let Some(begun) = frame["id"].as_str().and_then(|id| waiting.remove(id)) else { return };
        if frame["type"] == "ack" {
            self.took.push(begun.elapsed());
            self.accepted.insert(frame["id"].as_str().unwrap_or("").to_owned());
        } else {
            self.refused += 1;
            if !frame["retry_after"].is_i64() || frame["code"] != "server.busy" {
                self.unclear.push(frame.clone());
            }
        }
    }
}

async fn all_send(visitors: &[Visitor], rate: f64, time: Duration) -> Vec<Sent> {
    let each = rate / visitors.len() as f64;
    let tasks = visitors.iter().map(|visitor| {
        let wire = Wire::new(&visitor.url, &visitor.token);
        tokio::spawn(send(wire, each, time))
    });
    join_all(tasks.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect()
}

/// Ten times what it can do, for a while, in a cage of 512 MB, with readers that read nothing.
pub async fn tenfold(time: Duration) -> Report {
    let mut report = Report::of("overload");
    let world = settled("").await;
    let cage = Cage::around(world.pid(), MEMORY);
    let visitors: Vec<Visitor> = join_all((0..SENDERS).map(|_| world.visitor())).await;
    let token = world.owners_token().await;
    // As much as goes: every window always full.
    let measured = all_send(&visitors[..8], 1e6, time / 4).await;
    let capacity = measured.iter().map(|sent| sent.took.len()).sum::<usize>() as f64 / (time / 4).as_secs_f64();
    let agents = Wire::new(&world.url, &token);
    let wedged: Vec<Line> = join_all((0..WEDGED).map(|_| agents.line(None))).await.into_iter().flatten().collect();
    let sent = all_send(&visitors, 10.0 * capacity, time).await;
    drop(wedged);
    let mut took: Vec<Duration> = sent.iter().flat_map(|sent| sent.took.iter().copied()).collect();
    took.sort_unstable();
    let p99 = took.get(took.len() * 99 / 100).copied().unwrap_or_default();
    let count = |of: fn(&Sent) -> usize| sent.iter().map(of).sum::<usize>();
    report.figure("capacity", format!("{capacity:.0}/s"));
    report.figure("accepted", took.len());
    report.figure("refused", count(|sent| sent.refused));
    report.figure("held back by senders", count(|sent| sent.held_back));
    report.figure("accepted p50", ms(took.get(took.len() / 2).copied().unwrap_or_default()));
    report.figure("accepted p99", ms(p99));
    report.require(p99 <= ACCEPTED_P99_MAX, || format!("accepted (p99) only after {p99:?}"));
    report.require(took.len() > 100, || "hardly anything was accepted".to_owned());
    let unclear: Vec<&Value> = sent.iter().flat_map(|sent| &sent.unclear).collect();
    report.require(unclear.is_empty(), || format!("{} unclear refusals, such as {}", unclear.len(), unclear[0]));
    let ends: HashSet<u16> = sent.iter().flat_map(|sent| sent.ends.iter().copied()).collect();
    report.require(ends.iter().all(|code| *code == 1013), || format!("lines ended with {ends:?}"));
    for (visitor, sent) in visitors.iter().zip(&sent) {
        let history = visitor.history().await;
        let kept: HashSet<&str> = history.iter().filter_map(|message| message["client_id"].as_str()).collect();
        let lost = sent.accepted.iter().filter(|id| !kept.contains(id.as_str())).count();
        report.require(lost == 0, || format!("{lost} accepted messages are lost"));
    }
    let peak = peak_mib(world.pid());
    report.figure("peak memory", format!("{peak} MiB"));
    report.require(peak << 20 <= MEMORY, || format!("{peak} MiB of memory"));
    match &cage {
        Some(cage) => report.require(cage.kills() == 0, || "the kernel ended it for its memory".to_owned()),
        None => report.not_run.push("no control group could be made: its memory was only looked at".to_owned()),
    }
    drop(world);
    report
}

/// So many sockets lose their server at once and come back to the next one.
pub async fn storm(seed: u64, sockets: usize) -> Report {
    let mut report = Report::of("storm");
    raise_descriptor_limit();
    let mut world = settled(&format!("sockets = {sockets}\nsockets_per_address = {sockets}\n")).await;
    let mut dice = Dice::new(seed);
    let mut people = gathered(&world, sockets).await;
    for (n, person) in people.iter_mut().enumerate().step_by(20) {
        person.last = Some(format!("before the storm {n}"));
        let said = json!({"client_id": new_id(), "text": person.last});
        person.wire.post("/visitor/messages", &said).await;
    }
    let connected = all_connect(&world, &mut people, &mut dice).await;
    report.figure("sockets", people.len());
    report.figure("first time", ms(connected));
    world.kill();
    // What they have not heard of must come when they are back.
    world.start().await;
    let again = all_connect(&world, &mut people, &mut dice).await;
    report.figure("all live again", ms(again));
    let peak = peak_mib(world.pid());
    report.figure("peak memory", format!("{peak} MiB"));
    report.require(peak << 20 <= MEMORY, || format!("{peak} MiB of memory"));
    let away = people.iter().filter(|person| person.line.is_none()).count();
    report.require(away == 0, || format!("{away} did not come back"));
    let deaf = people.iter().filter(|person| person.last.is_some() && person.heard < 2).count();
    report.require(deaf == 0, || format!("{deaf} were not told what they had missed, each time"));
    report
}

struct Person {
    wire: Wire,
    cursor: String,
    line: Option<Line>,
    /// Said and not heard yet: told at every return, since the cursor stays.
    last: Option<String>,
    heard: usize,
}

async fn gathered(world: &World, sockets: usize) -> Vec<Person> {
    let shared = Wire::new(&world.url, "");
    let (shared, world) = (&shared, &world);
    let arriving = (0..sockets).map(async |_| {
        let visitor = world.visitor().await;
        let wire = shared.with_token(&visitor.token);
        Person { wire, cursor: visitor.cursor, line: None, last: None, heard: 0 }
    });
    futures_util::stream::iter(arriving).buffer_unordered(64).collect().await
}

/// How long until everybody is live. Each comes within the first half second, and again until let in.
async fn all_connect(world: &World, people: &mut Vec<Person>, dice: &mut Dice) -> Duration {
    let begun = Instant::now();
    let all = people.len();
    let coming: Vec<_> = std::mem::take(people)
        .into_iter()
        .map(|mut person| {
            let wait = Duration::from_millis(dice.below(500) as u64);
            person.wire.url = world.url.clone();
            person.line = None;
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                while person.line.is_none() && begun.elapsed() < Duration::from_secs(60) {
                    person.comes().await;
                }
                person
            })
        })
        .collect();
    for (done, one) in coming.into_iter().enumerate() {
        people.push(one.await.unwrap());
        progress("live", done + 1, all);
    }
    begun.elapsed()
}

impl Person {
    async fn comes(&mut self) {
        let Ok(mut line) = self.wire.line(Some(&self.cursor)).await else {
            tokio::time::sleep(Duration::from_millis(200)).await;
            return;
        };
        while let Ok(Some(frame)) = line.next(Duration::from_secs(10)).await {
            if self.last.as_deref().is_some_and(|last| frame["message"]["text"] == last) {
                self.heard += 1;
            }
            if frame["type"] == "live" {
                self.line = Some(line);
                return;
            }
        }
    }
}

fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // What is missing shows as people who do not come.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
}
