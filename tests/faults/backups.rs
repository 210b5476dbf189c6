//! SIGKILL at the nth system call of a backup, a restore and an upgrade: what is left is old or new, whole, and the same
//! command works next time.

use super::report::{Report, progress};
use super::strace::Strace;
use super::syscalls::{counted, places};
use crate::history::Dice;
use crate::world::{Printed, parlor, run_with_input};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

/// What changes files, restores included.
const CHANGES: &str = "open,openat,write,pwrite64,fsync,fdatasync,syncfs,ftruncate,rename,renameat2,link,linkat,unlink,\
                       unlinkat,rmdir,mkdir,chmod,fchmod";
const FILES: &str = "16 attachments";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Backup,
    Restore,
    Upgrade,
}

/// Folders to begin from: an old release's, the same one upgraded, and a backup of the old one.
struct Beginnings(TempDir);

impl Beginnings {
    fn new() -> Self {
        let begin = Beginnings(tempfile::tempdir().unwrap());
        let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade/0.1.0-schema7.tar.gz");
        let unpacked = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(begin.0.path()).status().unwrap();
        assert!(unpacked.success());
        copy(&begin.path("data"), &begin.old());
        copy(&begin.path("data"), &begin.new_one());
        let made = run(&[], &["backup", "--to", begin.backup().to_str().unwrap()], &begin.old());
        assert!(made.success, "{}", made.text);
        let upgraded = run(&[], &["user", "list"], &begin.new_one());
        assert!(upgraded.success, "{}", upgraded.text);
        begin
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn old(&self) -> PathBuf {
        self.path("old")
    }

    fn new_one(&self) -> PathBuf {
        self.path("new")
    }

    fn backup(&self) -> PathBuf {
        self.path("b.parlor-backup")
    }
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// `parlor` on a data folder, behind a wrapper.
fn run(wrapper: &[String], arguments: &[&str], data: &Path) -> Printed {
    let program = parlor();
    let mut command = match wrapper.split_first() {
        Some((first, rest)) => {
            let mut command = Command::new(first);
            command.args(rest).arg(program.get_program());
            command
        }
        None => program,
    };
    command.args(arguments).arg("--data").arg(data);
    run_with_input(command, "")
}

/// Of a store that is whole, with every file it names.
fn schema(data: &Path, scratch: &Path) -> Result<u32, String> {
    let to = scratch.join("look.parlor-backup");
    let looked = run(&[], &["backup", "--to", to.to_str().unwrap()], data);
    let _ = std::fs::remove_file(to);
    if !looked.success || !looked.text.contains(FILES) {
        return Err(format!("the data folder is neither old nor new: {}", looked.text));
    }
    let schema = looked.text.split("at schema ").nth(1).and_then(|rest| rest.split(',').next());
    schema.and_then(|schema| schema.parse().ok()).ok_or(looked.text)
}

impl Act {
    fn name(self) -> &'static str {
        match self {
            Act::Backup => "backup",
            Act::Restore => "restore",
            Act::Upgrade => "upgrade",
        }
    }

    fn prepared(self, begin: &Beginnings) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let from = if matches!(self, Act::Restore) { begin.new_one() } else { begin.old() };
        copy(&from, &folder.path().join("data"));
        folder
    }

    fn walk(self, wrapper: &[String], begin: &Beginnings, folder: &Path) -> Printed {
        let data = folder.join("data");
        let (to, from) = (folder.join("made.parlor-backup"), begin.backup());
        match self {
            Act::Backup => run(wrapper, &["backup", "--to", to.to_str().unwrap()], &data),
            Act::Restore => run(wrapper, &["restore", from.to_str().unwrap(), "--replace"], &data),
            Act::Upgrade => run(wrapper, &["user", "list"], &data),
        }
    }

    /// What was left, and the same once more without trouble.
    fn goes_on(self, begin: &Beginnings, folder: &Path, (old, new): (u32, u32)) -> Result<(), String> {
        let (data, made) = (folder.join("data"), folder.join("made.parlor-backup"));
        let found = schema(&data, folder)?;
        if found != old && found != new {
            return Err(format!("schema {found}"));
        }
        for backup in backups(folder).into_iter().chain(backups(&data.join("backups"))) {
            let verified = run(&[], &["backup", "verify", backup.to_str().unwrap()], &begin.old());
            if !verified.success {
                return Err(format!("{}: {}", backup.display(), verified.text));
            }
        }
        if self == Act::Restore && !keeps(folder, old) {
            return Err("what was there before is nowhere".to_owned());
        }
        let _ = std::fs::remove_file(made);
        let again = self.walk(&[], begin, folder);
        if !again.success {
            return Err(format!("once more: {}", again.text));
        }
        let found = schema(&data, folder)?;
        let leftover =
            [folder.to_owned(), data.join("backups")].into_iter().flat_map(|folder| partials(&folder)).next();
        match leftover {
            _ if found != new => Err(format!("once more gives schema {found}")),
            Some(leftover) => Err(format!("{} stays behind", leftover.display())),
            None if self == Act::Restore && !keeps(folder, old) => {
                Err("once more takes what was kept aside".to_owned())
            }
            None => Ok(()),
        }
    }
}

/// Whether the store of this schema is in its place or kept aside.
fn keeps(folder: &Path, wanted: u32) -> bool {
    let is_kept = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        (name == "data" || name.starts_with("data.before-")) && schema(path, folder) == Ok(wanted)
    };
    entries(folder).iter().any(is_kept)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).map(|all| all.map(|entry| entry.unwrap().path()).collect()).unwrap_or_default()
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.to_str().unwrap().ends_with(".parlor-backup")).collect()
}

fn partials(folder: &Path) -> Vec<PathBuf> {
    entries(folder).into_iter().filter(|path| path.to_str().unwrap().ends_with(".partial")).collect()
}

/// `deaths` of each act.
pub fn deaths(seed: u64, deaths: usize, until: Instant) -> Report {
    let mut report = Report::of("nth call: backups");
    if !Strace::is_there() {
        report.not_run.push("no strace".to_owned());
        return report;
    }
    let begin = Beginnings::new();
    let scratch = tempfile::tempdir().unwrap();
    let old = schema(&begin.old(), scratch.path()).unwrap();
    let upgraded = schema(&begin.new_one(), scratch.path()).unwrap();
    report.require(old < upgraded, || "there is nothing to upgrade".to_owned());
    let mut dice = Dice::new(seed);
    for act in [Act::Backup, Act::Restore, Act::Upgrade] {
        let schemas = match act {
            Act::Backup => (old, old),
            Act::Restore => (upgraded, old),
            Act::Upgrade => (old, upgraded),
        };
        let folder = act.prepared(&begin);
        let trace = scratch.path().join(act.name());
        act.walk(&Strace::writing_down(CHANGES, &trace), &begin, folder.path());
        // -D: the tracer may end a moment after the command.
        std::thread::sleep(std::time::Duration::from_millis(200));
        let of = counted(&trace);
        let (mut died, mut tried, places) = (0, 0, places(&mut dice, of, deaths));
        for (done, n) in places.iter().enumerate() {
            if Instant::now() > until {
                report.reached(act.name(), done, places.len());
                break;
            }
            tried += 1;
            let folder = act.prepared(&begin);
            let came_through = act.walk(&Strace::wrapper(CHANGES, *n), &begin, folder.path()).success;
            died += usize::from(!came_through);
            if let Err(error) = act.goes_on(&begin, folder.path(), schemas) {
                report.violations.push(format!("{act:?}, killed at call {n}: {error}"));
            }
            progress(act.name(), done + 1, places.len());
        }
        report.figure(act.name(), format!("{died} killed at {tried} of {of} calls"));
        report.require(died > 0 || tried == 0, || format!("{act:?}: nothing was killed"));
    }
    report
}
