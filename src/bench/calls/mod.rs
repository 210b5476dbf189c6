//! Calls: what forwarding a packet costs, against a bare relay that only copies it.
//!
//! Rooms of two callers send pictures and sound to each other through the media room of this process; then as many datagrams of the same size
//! go through one thread that reads a socket and sends on. Both costs are the processor time of the one thread that does the work: neither
//! the generator's counts, nor that of others on the machine.

mod relay;
mod rooms;

use anyhow::{Context, Result};
use std::fmt;
use std::fs;
use std::time::Duration;

#[derive(Clone, Copy)]
pub struct Calls {
    pub rooms: usize,
    /// Packets a second to be forwarded, of all rooms.
    pub packets: usize,
    pub measured: Duration,
    pub rounds: usize,
}

/// Cameras send in bursts.
const BURST: Duration = Duration::from_millis(20);
const BURSTS: usize = 50;
/// Pictures are cut into such pieces, before encryption.
const PICTURE: usize = 1_100;
const SOUND: usize = 100;

impl Calls {
    /// Of pictures, in a burst of one caller; one of sound comes with them.
    fn pictures(&self) -> usize {
        (self.packets / self.rooms / 2 / BURSTS).saturating_sub(1).max(1)
    }
}

/// Whatever is driven: sends a burst from every caller, and takes what came.
trait Driven {
    fn burst(&mut self) -> Result<u64>;
    fn receive(&mut self) -> u64;
}

/// What one way of forwarding cost.
pub struct Cost {
    pub forwarded_s: f64,
    /// Parts of 1.
    pub lost: f64,
    /// Of processor time, for each packet.
    pub micros: f64,
}

pub struct Report {
    calls: Calls,
    rounds: Vec<(Cost, Cost)>,
}

pub fn measure(calls: Calls) -> Result<Report> {
    let rounds = (0..calls.rounds).map(|_| Ok((rooms::measure(&calls)?, relay::measure(&calls)?)));
    Ok(Report { calls, rounds: rounds.collect::<Result<_>>()? })
}

impl Report {
    /// The median of the rounds.
    pub fn ratio(&self) -> f64 {
        let mut ratios: Vec<f64> = self.rounds.iter().map(|(media, bare)| media.micros / bare.micros).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} rooms of two, {} packets a second to be forwarded", self.calls.rooms, self.calls.packets)?;
        writeln!(f, "{:>8}  {:>12}  {:>10}  {:>7}", "", "forwarded/s", "µs/packet", "lost")?;
        for (media, bare) in &self.rounds {
            for (name, cost) in [("media", media), ("bare", bare)] {
                writeln!(
                    f,
                    "{name:>8}  {:>12.0}  {:>10.2}  {:>6.2}%",
                    cost.forwarded_s,
                    cost.micros,
                    cost.lost * 100.0
                )?;
            }
        }
        write!(f, "forwarding costs {:.2} times what the bare relay does", self.ratio())
    }
}

/// Drives it for a second and then for as long as is measured, while the thread of that name works.
fn drive(calls: &Calls, thread: &str, driven: &mut impl Driven) -> Result<Cost> {
    phase(Duration::from_secs(1), driven)?;
    let before = thread_cpu(thread)?;
    let (sent, received) = phase(calls.measured, driven)?;
    let cpu = thread_cpu(thread)? - before;
    Ok(Cost {
        forwarded_s: received as f64 / calls.measured.as_secs_f64(),
        lost: 1.0 - received as f64 / sent.max(1) as f64,
        micros: cpu.as_secs_f64() * 1e6 / received.max(1) as f64,
    })
}

fn phase(long: Duration, driven: &mut impl Driven) -> Result<(u64, u64)> {
    let watch = crate::kernel::Stopwatch::start();
    let (mut due, mut sent, mut received) = (Duration::ZERO, 0, 0);
    while due < long {
        sent += driven.burst()?;
        due += BURST;
        // In between, so that no receiver's buffer runs over.
        loop {
            received += driven.receive();
            let left = due.saturating_sub(watch.elapsed());
            if left.is_zero() {
                break;
            }
            std::thread::park_timeout(left.min(Duration::from_millis(4)));
        }
    }
    std::thread::park_timeout(Duration::from_millis(50));
    Ok((sent, received + driven.receive()))
}

/// What a thread of this process has used, to the nanosecond.
fn thread_cpu(name: &str) -> Result<Duration> {
    for task in fs::read_dir("/proc/self/task")?.flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").trim() == name {
            let stat = read("schedstat");
            let nanoseconds = stat.split(' ').next().and_then(|n| n.parse().ok());
            return Ok(Duration::from_nanos(nanoseconds.context("the kernel does not count threads' time")?));
        }
    }
    anyhow::bail!("the thread {name} is gone")
}
