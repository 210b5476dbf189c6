//! Disks that are full, read-only, or cannot sync.

use super::report::{Report, ms};
use super::strace::Strace;
use crate::history::{Crowd, Dice, Doors, Plan};
use crate::world::{Agent, OPEN_DOORS, OWNER, PASSWORD, Visitor, World, new_id};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// A small disk of its own. Only root can mount one.
pub struct Disk {
    at: PathBuf,
    /// The file it lies in, if it is a real one.
    image: Option<PathBuf>,
}

impl Disk {
    /// In memory.
    pub fn mount(at: PathBuf, megabytes: u32) -> Option<Disk> {
        std::fs::create_dir_all(&at).unwrap();
        let size = format!("size={megabytes}m,mode=0700");
        succeeds(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at)).then_some(())?;
        Some(Disk { at, image: None })
    }

    /// With a file system of its own in a file beside it.
    fn mount_ext4(at: PathBuf, megabytes: u32) -> Option<Disk> {
        std::fs::create_dir_all(&at).unwrap();
        let image = at.with_file_name("image");
        std::fs::File::create(&image).unwrap().set_len(u64::from(megabytes) << 20).unwrap();
        succeeds(Command::new("mkfs.ext4").args(["-q", "-F", "-m", "0"]).arg(&image)).then_some(())?;
        let disk = Disk { at, image: Some(image) };
        disk.mount_again().then_some(disk)
    }

    fn mount_again(&self) -> bool {
        let Some(image) = &self.image else { return false };
        let mounted = succeeds(Command::new("mount").args(["-o", "loop"]).arg(image).arg(&self.at));
        mounted && succeeds(Command::new("chmod").arg("0700").arg(&self.at))
    }

    /// The kernel gives up on it, as after an error of the device: everything open becomes read-only.
    fn abort(&self) -> bool {
        succeeds(Command::new("mount").args(["-o", "remount,abort"]).arg(&self.at))
    }

    fn unmount(&self) -> bool {
        succeeds(Command::new("umount").arg(&self.at))
    }

    /// Somebody else's file takes all that is left.
    pub fn fill(&self) {
        let mut filler = std::fs::File::options().create(true).append(true).open(self.at.join("filler")).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while std::io::Write::write_all(&mut filler, &vec![0; size]).is_ok() {}
        }
    }

    pub fn free(&self) {
        std::fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).output();
    }
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

/// Somebody who looks while something is wrong: an old visitor, and the owner.
struct Watch {
    visitor: Visitor,
    olga: Agent,
}

impl Watch {
    async fn over(world: &World) -> Watch {
        let watch = Watch { visitor: world.visitor().await, olga: world.owner().await };
        watch.visitor.says("before").await;
        watch
    }

    /// New words are refused in clear terms, old ones can be read, and people can sign in.
    async fn finds_clear_answers(&self, world: &World, what: &str, report: &mut Report) {
        // The log's file may have room left that the disk no longer has.
        let mut refusal = self.says().await;
        for _ in 0..3_000 {
            if refusal.status != 201 {
                break;
            }
            refusal = self.says().await;
        }
        let problem = refusal.json();
        let clear = refusal.status == 503 && problem["code"] == "server.unavailable" && problem["retry_after"].is_i64();
        report.require(clear, || format!("{what}: a message is answered {} {problem}", refusal.status));
        let history = self.visitor.get("/visitor/messages?limit=100").await.status;
        let inbox = self.olga.get("/conversations?view=all").await.status;
        report.require((history, inbox) == (200, 200), || format!("{what}: reading gives {history} and {inbox}"));
        let credentials = json!({"email": OWNER, "password": PASSWORD});
        let sign_in = world.stranger().post("/session", &credentials).await;
        report.require(sign_in.status == 200, || {
            format!("{what}: signing in gives {} {}", sign_in.status, sign_in.json())
        });
        let upload = self.visitor.upload("/visitor/attachments", "a", "text/plain", vec![b'x'; 100_000]).await;
        report.require(upload.status == 503, || format!("{what}: an upload gives {}", upload.status));
    }

    async fn says(&self) -> crate::world::Answer {
        self.visitor.says_with_id(&new_id(), &"x".repeat(8_000)).await
    }

    /// How long until words are taken again, without any help.
    async fn heals(&self, what: &str, report: &mut Report) -> Duration {
        let begun = Instant::now();
        while self.says().await.status != 201 {
            if begun.elapsed() > Duration::from_secs(15) {
                report.violations.push(format!("{what}: does not take words again"));
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        begun.elapsed()
    }
}

/// `calm`: with no sync on its way. Once in a while a sync that met the very moment in which the kernel gave up returned as if it
/// had been done, and what it was for was lost; whose fault that is nobody has found out yet (docs/testing.md).
async fn abort_under(world: &World, disk: &Disk, calm: bool) -> bool {
    if !calm {
        return disk.abort();
    }
    let pid = Pid::from_raw(world.pid() as i32).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let aborted = disk.abort();
    kill_process(pid, Signal::CONT).unwrap();
    aborted
}

/// People talk while the disk fills, syncs fail, and everything becomes read-only, again and again.
pub async fn troubles(plan: &Plan, rounds: usize, until: Instant) -> Report {
    let mut report = Report::of("disk");
    let mut world = World::stopped(&[]);
    let Some(disk) = Disk::mount_ext4(world.data(), 96).or_else(|| Disk::mount(world.data(), 96)) else {
        report.not_run.push("full, failing and read-only disks: not root".to_owned());
        return report;
    };
    world.configure(OPEN_DOORS);
    world.settle();
    world.init();
    world.start().await;
    let (token, watch) = (world.owners_token().await, Watch::over(&world).await);
    let (url, mut dice) = (world.url.clone(), Dice::new(plan.seed));
    let doors = Doors { server: &url, crowd: &url, token: &token };
    let (mut messages, mut healed, mut converged) = (0, Duration::ZERO, Duration::ZERO);
    for round in 0..rounds {
        if Instant::now() > until {
            report.reached("rounds", round, rounds);
            break;
        }
        for trouble in ["full", "no sync", "read-only", "aborted"] {
            let plan = Plan { seed: dice.next() >> 1, files: usize::MAX, ..plan.clone() };
            let crowd = match Crowd::gather(&plan, &doors).await {
                Ok(crowd) => crowd,
                Err(error) => {
                    report.violations.push(format!("{trouble}: {error}"));
                    return report;
                }
            };
            tokio::time::sleep(Duration::from_millis(700)).await;
            match trouble {
                "full" => {
                    disk.fill();
                    watch.finds_clear_answers(&world, trouble, &mut report).await;
                    disk.free();
                }
                "aborted" if abort_under(&world, &disk, round % 2 == 0).await => {
                    watch.finds_clear_answers(&world, trouble, &mut report).await;
                    // No program can heal this; the operator mounts it again.
                    world.kill();
                    report.require(disk.unmount() && disk.mount_again(), || {
                        "the disk cannot be mounted again".to_owned()
                    });
                    world.start().await;
                }
                "aborted" => report.not_run.push("a file system that the kernel gave up: no loop device".to_owned()),
                _ => {
                    let calls = if trouble == "no sync" { Strace::NO_SYNC } else { Strace::READ_ONLY };
                    match Strace::attach(world.pid(), calls).await {
                        Some(held) => {
                            watch.finds_clear_answers(&world, trouble, &mut report).await;
                            drop(held);
                        }
                        None => report.not_run.push(format!("{trouble}: strace may not attach")),
                    }
                }
            }
            healed = healed.max(watch.heals(trouble, &mut report).await);
            let Some(outcome) = report.take(crowd.finish().await) else { return report };
            messages += outcome.messages;
            converged = converged.max(outcome.converged);
            eprintln!("  {trouble}: {} messages, everybody back after {}", outcome.messages, ms(outcome.converged));
        }
    }
    report.figure("rounds", rounds);
    report.figure("messages", messages);
    report.figure("longest to heal", ms(healed));
    report.figure("longest to converge", ms(converged));
    world.kill();
    report
}
