//! A server's wall clock that jumps, as after a step of NTP or a wrong battery.
//!
//! The program is static and asks the kernel's vDSO for the time, so neither a preloaded library nor system-call injection reaches
//! it, and no namespace moves the wall clock. But a process's view of the vDSO is its own, for debuggers to change: through
//! `/proc/<pid>/mem` its `clock_gettime` becomes one that adds seconds to the wall clock, and to that alone. The machine's
//! clock stays as it is.

use super::kill::settled;
use super::report::{Report, ms};
use crate::history::{Crowd, Doors, Plan};
use crate::world::{Socket, World};
use futures_util::future::join_all;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

/// In hours: forward, back, far forward, far back.
const JUMPS: [i64; 5] = [1, -2, 26, -49, 0];
/// A line's heartbeat is every 25 s; by then a server that counts silence by the wall clock has ended it.
const HEARTBEAT: Duration = Duration::from_secs(28);

/// The wall clock of one process.
pub struct WallClock {
    memory: File,
    /// Where the seconds to add lie.
    seconds_at: u64,
}

/// `clock_gettime(clock, time)`: the system call; then, for clock 0, seconds are added.
fn code(seconds: i64) -> Vec<u8> {
    let mut code = vec![0xb8, 228, 0, 0, 0]; // mov eax, SYS_clock_gettime
    code.extend([0x0f, 0x05]); // syscall
    code.extend([0x85, 0xff]); // test edi, edi
    code.extend([0x75, 0x0d]); // jne: over the addition
    code.extend([0x48, 0xb9]); // mov rcx,
    code.extend(seconds.to_le_bytes());
    code.extend([0x48, 0x01, 0x0e]); // add [rsi], rcx
    code.push(0xc3); // ret
    code
}

const SECONDS_AT: u64 = 13;

impl WallClock {
    /// `None` where it cannot be done: another processor, or not allowed.
    pub fn of(pid: u32) -> Option<WallClock> {
        if !cfg!(target_arch = "x86_64") {
            return None;
        }
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
        let range = maps.lines().find(|line| line.ends_with("[vdso]"))?.split(' ').next()?;
        let (start, end) = range.split_once('-')?;
        let (start, end) = (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        let memory = File::options().read(true).write(true).open(format!("/proc/{pid}/mem")).ok()?;
        let mut image = vec![0; (end - start) as usize];
        memory.read_exact_at(&mut image, start).ok()?;
        let (offset, size) = symbol(&image, b"__vdso_clock_gettime")?;
        let code = code(0);
        (size >= code.len() as u64).then_some(())?;
        // Nobody runs through it while it changes.
        let pid = Pid::from_raw(pid as i32)?;
        kill_process(pid, Signal::STOP).ok()?;
        std::thread::sleep(Duration::from_millis(50));
        let written = memory.write_all_at(&code, start + offset);
        kill_process(pid, Signal::CONT).ok()?;
        written.ok()?;
        Some(WallClock { memory, seconds_at: start + offset + SECONDS_AT })
    }

    /// From the machine's time.
    pub fn is_off_by(&self, hours: i64) {
        self.memory.write_all_at(&(hours * 3_600).to_le_bytes(), self.seconds_at).unwrap();
    }
}

/// Offset and size of a function, from the section headers of an ELF image.
fn symbol(image: &[u8], name: &[u8]) -> Option<(u64, u64)> {
    let number = |at: usize, bytes: usize| -> Option<u64> {
        let mut whole = [0; 8];
        whole[..bytes].copy_from_slice(image.get(at..at + bytes)?);
        Some(u64::from_le_bytes(whole))
    };
    let (headers, size, count) = (number(40, 8)? as usize, number(58, 2)? as usize, number(60, 2)? as usize);
    let section = |n: usize| headers + n * size;
    let symbols = (0..count).map(section).find(|at| number(at + 4, 4) == Some(11))?;
    let (from, length) = (number(symbols + 24, 8)? as usize, number(symbols + 32, 8)? as usize);
    let names = number(section(number(symbols + 40, 4)? as usize) + 24, 8)? as usize;
    (from..from + length).step_by(24).find_map(|at| {
        let own = names + number(at, 4)? as usize;
        let found = image.get(own..own + name.len())? == name && image.get(own + name.len()) == Some(&0);
        found.then_some((number(at + 8, 8)?, number(at + 16, 8)?))
    })
}

/// People talk while the clock jumps; with `quiet`, also lines on which nobody says a word must stay.
pub async fn jumps(plan: &Plan, quiet: bool) -> Report {
    let mut report = Report::of("clock");
    let world = settled("").await;
    let token = world.owners_token().await;
    let Some(clock) = WallClock::of(world.pid()) else {
        report.not_run.push("jumps of the clock: another processor, or not allowed to change a process".to_owned());
        return report;
    };
    let doors = Doors { server: &world.url, crowd: &world.url, token: &token };
    // Many files: some are always on their way when the clock jumps.
    let plan = Plan { files: 3, ..plan.clone() };
    let crowd = match Crowd::gather(&plan, &doors).await {
        Ok(crowd) => crowd,
        Err(error) => {
            report.violations.push(error);
            return report;
        }
    };
    let mut off = 0;
    for hours in JUMPS {
        clock.is_off_by(hours);
        tokio::time::sleep(Duration::from_millis(500)).await;
        off += usize::from(tells(&world).await.abs_diff(hours) == 0);
    }
    report.require(off == JUMPS.len(), || format!("the server noticed {off} of {} jumps", JUMPS.len()));
    report.figure("jumps", JUMPS.len());
    if let Some(outcome) = report.take(crowd.finish().await) {
        report.figure("messages", outcome.messages);
        report.figure("converged", ms(outcome.converged));
    }
    if quiet {
        for hours in [2, -2] {
            clock.is_off_by(0);
            let mut lines: Vec<Socket> = join_all((0..5).map(async |_| world.visitor().await.socket().await)).await;
            clock.is_off_by(hours);
            // Reading answers the server's pings, and says nothing by itself.
            let ends = join_all(lines.iter_mut().map(|line| line.ends_within(HEARTBEAT))).await;
            let ended: Vec<u16> = ends.into_iter().flatten().collect();
            report.require(ended.is_empty(), || format!("a jump of {hours} h ended quiet lines with {ended:?}"));
        }
    }
    report
}

/// How many hours the server is off, by the time of a message.
async fn tells(world: &World) -> i64 {
    let at = world.visitor().await.says("what time is it?").await["at"].as_i64().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    (at - now + 1_800_000 * (at - now).signum()) / 3_600_000
}
