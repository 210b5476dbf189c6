//! Many who only look: what a connection costs in memory.

use super::engine::{SECOND, Seat};
use super::phase;
use super::rate::nanos;
use super::report::{Idle, Report};
use super::session::{CONNECT_AT_ONCE, Scene, bar};
use super::tally::seconds;
use super::usage::{Memory, process_cpu_s};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::time::Duration;

pub fn run(scene: &mut Scene, visitors: Vec<Seat>, hold: Duration, report: &mut Report) -> Result<()> {
    let pid = scene.server_pid.context("the memory of a server that is not ours cannot be read")?;
    let connections = visitors.len() as u32;
    // What making the sessions left behind settles first.
    phase::idle(&mut scene.engine, 2 * SECOND, |_| {})?;
    let before = Memory::of(pid);
    let began = scene.engine.now();
    let progress = bar("connecting", u64::from(connections));
    scene.engine.seat(visitors);
    scene.engine.connect(CONNECT_AT_ONCE, |live| progress.set_position(live as u64))?;
    progress.finish_and_clear();
    let connected_in_s = seconds(scene.engine.now() - began);
    let (mut closed, cpu) = (BTreeMap::new(), process_cpu_s(pid));
    let began = scene.engine.now();
    while scene.engine.now() - began < nanos(hold) && !scene.stop.is_wanted() {
        phase::idle(&mut scene.engine, SECOND / 4, |code| *closed.entry(code).or_default() += 1)?;
    }
    let after = Memory::of(pid);
    report.idle = Some(Idle {
        connections,
        connected_in_s,
        held_s: seconds(scene.engine.now() - began),
        closed,
        before,
        after,
        bytes_each: after.bytes().saturating_sub(before.bytes()) as f64 / f64::from(connections),
        server_cpu_s: process_cpu_s(pid).zip(cpu).map_or(0.0, |(after, before)| after - before),
    });
    Ok(())
}
