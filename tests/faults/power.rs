//! Power cuts under a whole server: its own writes and syncs are written down, and played again up to any moment.
//!
//! What was synced is there. Of what was written and not synced, any part may be: block by block, in any order; of the changes
//! in a directory that was not synced, the first few. The server is then started on what is left, and everything
//! that had been acknowledged at that moment must be there.

use super::report::{Report, progress};
use super::strace::Strace;
use super::trace::{CALLS, Call, Deed, calls};
use crate::history::Dice;
use crate::history::wire::Wire;
use crate::world::{OPEN_DOORS, Visitor, World, files_below, new_id, parlor, run_with_input};
use futures_util::future::join_all;
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

const VISITORS: usize = 3;
const DEEDS: usize = 25;

/// What a server forgets to sync, for the simulation to find out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Planted {
    /// As with `synchronous=NORMAL`.
    Log,
    Files,
    Folders,
}

/// What somebody was told is on disk, and when they heard of it.
struct Kept {
    at: f64,
    visitor: usize,
    text: String,
    /// Its id and bytes.
    file: Option<(String, Vec<u8>)>,
}

struct Run {
    folder: PathBuf,
    channel_key: String,
    visitors: Vec<Visitor>,
    before: Vec<(PathBuf, Vec<u8>)>,
    calls: Vec<Call>,
    kept: Vec<Kept>,
    rotations: usize,
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

/// What else the server does meanwhile.
#[derive(Clone, Copy, PartialEq)]
enum Beside {
    Nothing,
    /// It exchanges its root key, again and again.
    Rotation,
}

/// A server at work, under strace.
async fn recorded(dice: &mut Dice, beside: Beside) -> Result<Run, String> {
    let mut world = World::stopped(&[]);
    world.configure(OPEN_DOORS);
    world.settle();
    world.init();
    world.start().await;
    let visitors: Vec<Visitor> = join_all((0..VISITORS).map(|_| world.visitor())).await;
    world.kill();
    let folder = world.data();
    let before = files_below(&folder);
    let trace = folder.with_file_name("trace");
    world.wrapper = Strace::writing_down(CALLS, &trace);
    if !world.try_start().await {
        return Err(format!("strace cannot start it: {}", world.log()));
    }
    let people = visitors.iter().enumerate().map(|(n, visitor)| talks(n, visitor, dice.fork(n as u64)));
    let people = people.collect::<Vec<_>>();
    let talk = async { join_all(people).await.into_iter().flatten().collect() };
    let rotations = Arc::new(AtomicBool::new(beside == Beside::Rotation));
    let rotating = tokio::task::spawn_blocking({
        let (more, folder) = (rotations.clone(), folder.clone());
        move || {
            let mut rotated = 0;
            while more.load(Ordering::Relaxed) {
                let mut rotate = parlor();
                rotate.args(["key", "rotate", "--data"]).arg(&folder);
                let printed = run_with_input(rotate, "");
                assert!(printed.success, "{}", printed.text);
                rotated += 1;
            }
            rotated
        }
    });
    let kept = talk.await;
    rotations.store(false, Ordering::Relaxed);
    let rotations = rotating.await.map_err(|error| error.to_string())?;
    world.kill();
    world.ended(std::time::Duration::from_millis(300)).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let text = std::fs::read_to_string(&trace).map_err(|error| error.to_string())?;
    let ours = |call: &Call| call.deed.paths().iter().all(|path| path.starts_with(&folder));
    let calls: Vec<Call> = calls(&text).into_iter().filter(ours).collect();
    Ok(Run { folder, channel_key: world.channel_key.clone(), visitors, before, calls, kept, rotations })
}

async fn talks(n: usize, visitor: &Visitor, mut dice: Dice) -> Vec<Kept> {
    let mut kept = Vec::new();
    for said in 0..DEEDS {
        let text = format!("{n} says {said}: {}", "好 words ".repeat(dice.below(200)));
        let mut message = json!({"client_id": new_id(), "text": text});
        let mut file = None;
        if dice.one_in(3) {
            let size = 1 + dice.below(200_000);
            let bytes: Vec<u8> = (0..size).map(|_| b'a' + dice.below(26) as u8).collect();
            let up = visitor.upload("/visitor/attachments", "a.txt", "text/plain", bytes.clone()).await.ok(201);
            let id = up["id"].as_str().unwrap().to_owned();
            message["attachments"] = json!([id]);
            file = Some((id, bytes));
        }
        visitor.post("/visitor/messages", &message).await.ok(201);
        kept.push(Kept { at: now(), visitor: n, text, file });
    }
    kept
}

/// A file's bytes: those on the disk, and those that may be.
#[derive(Default, Clone)]
struct Inode<'r> {
    synced: Vec<u8>,
    waiting: Vec<Change<'r>>,
}

#[derive(Clone)]
enum Change<'r> {
    Write(usize, &'r [u8]),
    Truncate(usize),
}

impl Inode<'_> {
    fn apply(&mut self, block: usize, mut arrives: impl FnMut() -> bool) {
        for change in std::mem::take(&mut self.waiting) {
            match change {
                Change::Truncate(size) if arrives() => self.synced.resize(size, 0),
                Change::Truncate(_) => {}
                Change::Write(at, bytes) => {
                    let (mut from, end) = (at, at + bytes.len());
                    while from < end {
                        let to = end.min((from / block + 1) * block);
                        if arrives() {
                            self.synced.resize(self.synced.len().max(to), 0);
                            self.synced[from..to].copy_from_slice(&bytes[from - at..to - at]);
                        }
                        from = to;
                    }
                }
            }
        }
    }
}

/// A name that appears or goes.
#[derive(Clone)]
enum Naming {
    Is(PathBuf, usize),
    Gone(PathBuf),
}

/// A disk with its cache.
struct Disk<'r> {
    inodes: Vec<Inode<'r>>,
    /// As the system shows them, and as they are on the disk.
    names: HashMap<PathBuf, usize>,
    synced_names: HashMap<PathBuf, usize>,
    waiting: HashMap<PathBuf, Vec<Naming>>,
    ends: HashMap<PathBuf, usize>,
}

impl<'r> Disk<'r> {
    fn of(run: &Run) -> Disk<'r> {
        let names: HashMap<PathBuf, usize> =
            run.before.iter().enumerate().map(|(n, (path, _))| (path.clone(), n)).collect();
        let inodes = run.before.iter().map(|(_, bytes)| Inode { synced: bytes.clone(), waiting: Vec::new() });
        Disk {
            inodes: inodes.collect(),
            synced_names: names.clone(),
            names,
            waiting: HashMap::new(),
            ends: HashMap::new(),
        }
    }

    fn name(&mut self, naming: Naming) {
        let path = match &naming {
            Naming::Is(path, inode) => {
                self.names.insert(path.clone(), *inode);
                path
            }
            Naming::Gone(path) => {
                self.names.remove(path);
                path
            }
        };
        let folder = path.parent().unwrap().to_owned();
        self.waiting.entry(folder).or_default().push(naming);
    }

    fn take(&mut self, deed: &'r Deed) {
        match deed {
            Deed::Open { path, creates, empties } => {
                if *creates && !self.names.contains_key(path) {
                    self.inodes.push(Inode::default());
                    self.name(Naming::Is(path.clone(), self.inodes.len() - 1));
                }
                if *empties {
                    self.change(path, Change::Truncate(0));
                }
                // Who only looks at a file, or writes at a place of it, moves nobody else's end.
                if *creates || *empties {
                    self.ends.insert(path.clone(), 0);
                }
            }
            Deed::Write { path, at, bytes } => {
                let end = self.ends.entry(path.clone()).or_default();
                let at = at.unwrap_or(*end);
                *end = at + bytes.len();
                self.change(path, Change::Write(at, bytes));
            }
            Deed::Truncate { path, size } => self.change(path, Change::Truncate(*size)),
            Deed::Rename { from, to } => {
                let Some(inode) = self.names.get(from).copied() else { return };
                // Both names are in one folder here, and a rename is one step.
                self.name(Naming::Is(to.clone(), inode));
                self.name(Naming::Gone(from.clone()));
            }
            Deed::Remove { path } => self.name(Naming::Gone(path.clone())),
            Deed::Sync { path } => match self.names.get(path) {
                Some(inode) => self.inodes[*inode].apply(4_096, || true),
                None => self.sync_folder(path, usize::MAX),
            },
        }
    }

    fn change(&mut self, path: &Path, change: Change<'r>) {
        if let Some(inode) = self.names.get(path) {
            self.inodes[*inode].waiting.push(change);
        }
    }

    /// The first changes of a folder reach the disk.
    fn sync_folder(&mut self, folder: &Path, first: usize) {
        let waiting = self.waiting.remove(folder).unwrap_or_default();
        for naming in waiting.into_iter().take(first) {
            match naming {
                Naming::Is(path, inode) => drop(self.synced_names.insert(path, inode)),
                Naming::Gone(path) => drop(self.synced_names.remove(&path)),
            }
        }
    }

    /// What is found when the power is back.
    fn after_cut(mut self, dice: &mut Dice) -> Vec<(PathBuf, Vec<u8>)> {
        let share = dice.below(11);
        let block = [512, 4_096, 16_384][dice.below(3)];
        for folder in self.waiting.keys().cloned().collect::<Vec<_>>() {
            let first = dice.below(self.waiting[&folder].len() + 1);
            self.sync_folder(&folder, first);
        }
        self.inodes.iter_mut().for_each(|inode| inode.apply(block, || dice.below(10) < share));
        let found = self.synced_names.iter().map(|(path, inode)| (path.clone(), self.inodes[*inode].synced.clone()));
        // The log's index lies in shared memory; no power cut leaves it.
        found.filter(|(path, _)| !path.to_string_lossy().ends_with("-shm")).collect()
    }
}

impl Run {
    /// A moment with something to lose: somebody has just been told, or a call has just begun or ended.
    fn moment(&self, dice: &mut Dice) -> f64 {
        match dice.below(3) {
            0 => self.calls[dice.below(self.calls.len())].begun + 1e-6,
            1 => self.calls[dice.below(self.calls.len())].ended.min(now()) - 1e-6,
            _ => self.kept[dice.below(self.kept.len())].at,
        }
    }

    fn image(&self, at: f64, planted: Option<Planted>, dice: &mut Dice) -> Vec<(PathBuf, Vec<u8>)> {
        let mut disk = Disk::of(self);
        for call in self.calls.iter().take_while(|call| call.begun <= at) {
            let is_sync = matches!(call.deed, Deed::Sync { .. });
            if !is_sync || (call.ended <= at && !planted.is_some_and(|planted| planted.skips(&disk, &call.deed))) {
                disk.take(&call.deed);
            }
        }
        disk.after_cut(dice)
    }

    async fn is_cut(&self, cuts: usize, dice: &mut Dice, until: Instant, report: &mut Report) {
        let mut done = 0;
        while done < cuts && Instant::now() < until {
            let at = self.moment(dice);
            let image = self.image(at, None, dice);
            let losses = self.losses(at, image).await;
            done += 1;
            report.require(losses.is_empty(), || format!("cut {done}: {losses:?}"));
            progress("power cuts", done, cuts);
        }
        report.figure("cuts", done);
        report.reached("cuts", done, cuts);
    }

    /// Starts a server on what is left; what is missing.
    async fn losses(&self, at: f64, image: Vec<(PathBuf, Vec<u8>)>) -> Vec<String> {
        let mut world = World::stopped(&[]);
        world.configure(OPEN_DOORS);
        for (path, bytes) in image {
            let path = world.data().join(path.strip_prefix(&self.folder).unwrap());
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = std::fs::File::options().write(true).create_new(true).mode(0o600).open(path);
            file.unwrap().write_all(&bytes).unwrap();
        }
        world.channel_key = self.channel_key.clone();
        if !world.try_start().await {
            return vec![format!("it does not start: {}", world.log())];
        }
        let mut losses = Vec::new();
        if self.rotations > 0 {
            let rotated = world.run(&["key", "rotate"]);
            losses.extend((!rotated.success).then(|| format!("the exchange of the key: {}", rotated.text)));
        }
        for (n, visitor) in self.visitors.iter().enumerate() {
            let mut visitor = visitor.clone();
            visitor.door.url = world.url.clone();
            let history = visitor.history().await;
            for (message, seq) in history.iter().zip(1..) {
                if message["seq"] != seq {
                    losses.push(format!("a gap at {seq}: {message}"));
                }
            }
            for kept in self.kept.iter().filter(|kept| kept.visitor == n && kept.at <= at) {
                let times = history.iter().filter(|message| message["text"] == kept.text.as_str()).count();
                if times != 1 {
                    losses.push(format!("there {times} times: {:.40}", kept.text));
                }
                if let Some((id, bytes)) = &kept.file {
                    let wire = Wire::new(&world.url, &visitor.token);
                    let got = wire.download(&format!("/visitor/attachments/{id}")).await;
                    if got.as_ref() != Some(bytes) {
                        losses.push(format!("of {id} there are {:?} bytes", got.map(|got| got.len())));
                    }
                }
            }
        }
        losses
    }
}

/// While the root key is exchanged under people who talk: what was acknowledged is there, and the exchange comes to its end.
pub async fn cuts_during_rotation(seed: u64, cuts: usize, until: Instant) -> Report {
    let mut report = Report::of("power cuts: rotation");
    if !Strace::is_there() {
        report.not_run.push("no strace to write the calls down".to_owned());
        return report;
    }
    let mut dice = Dice::new(seed);
    match recorded(&mut dice, Beside::Rotation).await {
        Ok(run) => {
            report.figure("calls", run.calls.len());
            report.figure("exchanges", run.rotations);
            run.is_cut(cuts, &mut dice, until, &mut report).await;
        }
        Err(error) => report.not_run.push(error),
    }
    report
}

impl Planted {
    fn skips(self, disk: &Disk<'_>, deed: &Deed) -> bool {
        let Deed::Sync { path } = deed else { return false };
        let is_file = disk.names.contains_key(path);
        let is_attachment = path.components().any(|part| part.as_os_str() == "attachments");
        match self {
            Planted::Log => path.to_string_lossy().ends_with("-wal"),
            Planted::Files => is_file && is_attachment,
            Planted::Folders => !is_file && is_attachment,
        }
    }
}

pub async fn cuts(seed: u64, cuts: usize, planted_cuts: usize, until: Instant) -> Report {
    let mut report = Report::of("power cuts");
    if !Strace::is_there() {
        report.not_run.push("no strace to write the calls down".to_owned());
        return report;
    }
    let mut dice = Dice::new(seed);
    let run = match recorded(&mut dice, Beside::Nothing).await {
        Ok(run) => run,
        Err(error) => {
            report.not_run.push(error);
            return report;
        }
    };
    let files = run.kept.iter().filter(|kept| kept.file.is_some()).count();
    report.figure("calls", run.calls.len());
    report.figure("acknowledged", format!("{} messages, {files} files", run.kept.len()));
    run.is_cut(cuts, &mut dice, until, &mut report).await;
    for planted in [Planted::Log, Planted::Files, Planted::Folders] {
        let mut found = 0;
        for tried in 1..=planted_cuts {
            let at = run.kept[dice.below(run.kept.len())].at;
            let image = run.image(at, Some(planted), &mut dice);
            if !run.losses(at, image).await.is_empty() {
                found = tried;
                break;
            }
        }
        report.require(found > 0, || format!("{planted:?} was not found out in {planted_cuts} cuts"));
        let name = ["planted: log", "planted: files", "planted: folders"][planted as usize];
        report.figure(name, format!("found at cut {found}"));
    }
    report
}
