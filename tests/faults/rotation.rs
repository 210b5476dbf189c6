//! SIGKILL while the ways in are changed and the root key is exchanged: what was there opens, with a way in that somebody has.

use super::kill::settled;
use super::report::{Report, progress};
use super::strace::Strace;
use super::syscalls::{CHANGES, counted, places};
use crate::history::{Crowd, Dice, Doors, Plan};
use crate::world::{Agent, OWNER, Printed, World, files_below, new_id, parlor, run_with_input};
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: usize = 4_096;
const TRAILER: usize = 48;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// The ids of all keys that anything in the folder says it is under: pages, frames of the logs, headers of files.
pub fn key_ids(data: &Path) -> HashSet<[u8; 4]> {
    let id = |bytes: &[u8], at: usize| <[u8; 4]>::try_from(&bytes[at..at + 4]).unwrap();
    let mut ids = HashSet::new();
    for (path, bytes) in files_below(data) {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("db") => ids.extend(bytes.chunks_exact(PAGE).map(|page| id(page, PAGE - TRAILER))),
            Some("db-wal") => {
                let frames = bytes.get(LOG_HEADER..).unwrap_or_default().chunks_exact(FRAME_HEADER + PAGE);
                ids.extend(frames.map(|frame| id(frame, FRAME_HEADER + PAGE - TRAILER)));
            }
            _ if bytes.starts_with(b"PARLORSF") && bytes.len() >= 16 => drop(ids.insert(id(&bytes, 12))),
            _ => {}
        }
    }
    ids.remove(&[0; 4]);
    ids
}

/// What an operator does about keys, while nothing is served.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Deed {
    Add,
    RenewFile,
    RenewRecovery,
    Remove,
    Exchange,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Deed::Add => "key add",
            Deed::RenewFile => "key rotate --slot: file",
            Deed::RenewRecovery => "key rotate --slot: recovery",
            Deed::Remove => "key remove",
            Deed::Exchange => "key rotate",
        }
    }

    fn is_done_in(self, world: &World) -> Printed {
        match self {
            Deed::Add => world.run(&["key", "add", "--file", world.data().join("usb.key").to_str().unwrap()]),
            Deed::RenewFile => world.run(&["key", "rotate", "--slot", "1"]),
            Deed::RenewRecovery => world.run(&["key", "rotate", "--slot", "2"]),
            Deed::Remove => world.run(&["key", "remove", "2"]),
            Deed::Exchange => world.run(&["key", "rotate"]),
        }
    }
}

/// A store with a conversation and a file in it, and the paper that opens it.
struct Original {
    world: World,
    paper: String,
    bytes: Vec<u8>,
}

impl Original {
    async fn new() -> Original {
        let mut world = World::stopped(&[]);
        let printed = world.try_init();
        let paper = printed.text.split("shown this once: ").nth(1).expect("a recovery key").lines().next().unwrap();
        let paper = paper.trim().to_owned();
        let key = printed.text.split("wc_").nth(1).expect("init prints the channel's key");
        let is_key = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
        world.channel_key = format!("wc_{}", key.chars().take_while(is_key).collect::<String>());
        world.start().await;
        let visitor = world.visitor().await;
        visitor.says("before").await;
        let bytes = b"before ".repeat(20_000);
        let file = visitor.upload("/visitor/attachments", "a.txt", "text/plain", bytes.clone()).await.ok(201);
        let message = json!({"client_id": new_id(), "text": "", "attachments": [file["id"]]});
        visitor.post("/visitor/messages", &message).await.ok(201);
        // The index follows a moment later.
        tokio::time::sleep(Duration::from_millis(600)).await;
        world.kill();
        Original { world, paper, bytes }
    }

    fn copy(&self) -> World {
        let copy = World::stopped(&[]);
        for (path, bytes) in files_below(&self.world.data()) {
            let to = copy.data().join(path.strip_prefix(self.world.data()).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(&to, bytes).unwrap();
            std::fs::set_permissions(&to, std::fs::metadata(&path).unwrap().permissions()).unwrap();
        }
        copy
    }

    /// Whether it came to its end.
    async fn dies_at(&self, n: usize, deed: Deed, report: &mut Report) -> bool {
        let mut world = self.copy();
        world.wrapper = Strace::wrapper(CHANGES, n);
        let printed = deed.is_done_in(&world);
        world.wrapper.clear();
        if let Err(error) = self.is_kept_in(&mut world, deed, &printed).await {
            report.violations.push(format!("{deed:?}, killed at call {n}: {error}"));
        }
        !printed.success
    }

    async fn is_kept_in(&self, world: &mut World, deed: Deed, printed: &Printed) -> Result<(), String> {
        let mut papers = vec![self.paper.clone()];
        let new = printed.text.split("shown this once: ").nth(1).and_then(|rest| rest.lines().next());
        papers.extend(new.map(str::to_owned));
        let opens = |paper: &String| opens_with(world, paper).success;
        if deed != Deed::Remove && !papers.iter().any(opens) {
            return Err(format!("no recovery key opens: {}", opens_with(world, &self.paper).text));
        }
        if deed == Deed::RenewRecovery && printed.success && opens(&self.paper) {
            return Err("the old recovery key still opens".to_owned());
        }
        if !world.try_start().await {
            return Err(format!("serve: {} {}", world.printed, world.log()));
        }
        let olga = Agent::sign_in(world, OWNER).await;
        let inbox = olga.inbox("all").await;
        let Some(conversation) = inbox.first().and_then(|found| found["id"].as_str()) else {
            return Err(format!("the conversation is gone: {inbox:?}"));
        };
        let messages = olga.get(&format!("/conversations/{conversation}/messages")).await.json();
        let file =
            messages.to_string().split("att_").nth(1).map(|rest| format!("att_{}", rest.split('"').next().unwrap()));
        let file = file.ok_or_else(|| format!("the attachment is gone: {messages}"))?;
        if olga.get(&format!("/attachments/{file}")).await.bytes != self.bytes {
            return Err("the attachment is another".to_owned());
        }
        if deed == Deed::Exchange {
            let again = world.run(&["key", "rotate"]);
            let (before, after) = (key_ids(&self.world.data()), key_ids(&world.data()));
            if !again.success || !before.is_disjoint(&after) {
                return Err(format!("{before:x?} are still among {after:x?}: {}", again.text));
            }
        }
        Ok(())
    }
}

fn opens_with(world: &World, paper: &str) -> Printed {
    let mut list = parlor();
    list.args(["key", "list", "--data"]).arg(world.data()).env("PARLOR_RECOVERY_KEY", paper);
    run_with_input(list, "")
}

/// At each system call that changes files, or some of them.
pub async fn of_commands(seed: u64, points: usize, until: Instant) -> Report {
    let mut report = Report::of("nth call: keys");
    if !Strace::is_there() {
        report.not_run.push("no strace".to_owned());
        return report;
    }
    let mut dice = Dice::new(seed);
    let original = Original::new().await;
    for deed in [Deed::Add, Deed::RenewFile, Deed::RenewRecovery, Deed::Remove, Deed::Exchange] {
        let mut world = original.copy();
        let trace = world.data().with_file_name("trace");
        world.wrapper = Strace::writing_down(CHANGES, &trace);
        let printed = deed.is_done_in(&world);
        report.require(printed.success, || format!("{deed:?}: {}", printed.text));
        tokio::time::sleep(Duration::from_millis(200)).await;
        let of = counted(&trace);
        let (mut died, mut tried, places) = (0, 0, places(&mut dice, of, points));
        for (done, n) in places.iter().enumerate() {
            if Instant::now() > until {
                report.reached(deed.name(), done, places.len());
                break;
            }
            tried += 1;
            died += usize::from(original.dies_at(*n, deed, &mut report).await);
            progress(deed.name(), done + 1, places.len());
        }
        report.figure(deed.name(), format!("{died} killed at {tried} of {of} calls"));
        report.require(died > 0 || tried == 0, || format!("{deed:?}: nothing was killed"));
    }
    report
}

/// The root key exchanged again and again under people who talk, and the server killed in the middle of that.
pub async fn while_people_talk(plan: &Plan, kills: usize, until: Instant) -> Report {
    let mut report = Report::of("rotation under load");
    if !Strace::is_there() {
        report.not_run.push("no strace".to_owned());
        return report;
    }
    let mut dice = Dice::new(plan.seed);
    let mut world = settled("").await;
    let token = world.owners_token().await;
    let url = world.url.clone();
    let doors = Doors { server: &url, crowd: &url, token: &token };
    let crowd = match Crowd::gather(plan, &doors).await {
        Ok(crowd) => crowd,
        Err(error) => {
            report.violations.push(error);
            return report;
        }
    };
    let mut died = 0;
    for done in 0..kills {
        if Instant::now() > until {
            report.reached("kills", done, kills);
            break;
        }
        let n = 1 + dice.below(80);
        let inject = format!("pwrite64,fdatasync,fsync,ftruncate,rename:signal=SIGKILL:when={n}");
        tokio::time::sleep(Duration::from_secs_f64(0.1 * dice.share())).await;
        let mut rotate = rotate_in(&world);
        tokio::time::sleep(Duration::from_secs_f64(0.05 * dice.share())).await;
        let held = Strace::attach(world.pid(), &inject).await;
        if held.is_none() && !world.ended(Duration::from_millis(300)).await {
            report.not_run.push("strace may not attach".to_owned());
            break;
        }
        died += usize::from(world.ended(Duration::from_secs(5)).await);
        drop(held);
        world.kill();
        rotate.wait().unwrap();
        world.start().await;
        progress("kills", done + 1, kills);
    }
    let before = key_ids(&world.data());
    let rotated = tokio::task::spawn_blocking(move || {
        let printed = (world.run(&["key", "rotate"]), world.run(&["key", "rotate"]));
        (world, printed)
    });
    let (world, (first, second)) = rotated.await.unwrap();
    report.require(first.success && second.success, || format!("{} {}", first.text, second.text));
    report.take(crowd.finish().await);
    let after = key_ids(&world.data());
    report.require(before.is_disjoint(&after), || format!("{before:x?} are still among {after:x?}"));
    report.figure("kills", died);
    report
}

fn rotate_in(world: &World) -> std::process::Child {
    let mut rotate = parlor();
    rotate.args(["key", "rotate", "--data"]).arg(world.data());
    rotate.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    rotate.spawn().unwrap()
}
