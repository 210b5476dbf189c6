//! A network that comes back: everybody at once, each with the cursor of what they heard last.

use super::engine::{SECOND, Seat};
use super::phase;
use super::report::{Reconnect, Report};
use super::session::{CONNECT_AT_ONCE, Scene, bar};
use super::tally::seconds;
use super::usage::process_cpu_s;
use anyhow::Result;

pub fn run(scene: &mut Scene, visitors: Vec<Seat>, report: &mut Report) -> Result<()> {
    let connections = visitors.len();
    let progress = bar("connecting", connections as u64);
    scene.engine.seat(visitors);
    scene.engine.connect(CONNECT_AT_ONCE, |live| progress.set_position(live as u64))?;
    phase::idle(&mut scene.engine, 2 * SECOND, |_| {})?;
    progress.set_message("again");
    let cpu = scene.server_pid.and_then(process_cpu_s);
    let cut = scene.engine.now();
    scene.engine.drop_all();
    let live = scene.engine.reconnect(|live| progress.set_position(live as u64))?;
    progress.finish_and_clear();
    let after = |share: f64| {
        let nth = ((live.len() as f64 * share).ceil() as usize).clamp(1, live.len().max(1)) - 1;
        live.get(nth).map_or(0.0, |at| seconds(at - cut))
    };
    report.reconnect = Some(Reconnect {
        connections: live.len() as u32,
        half_s: after(0.5),
        most_s: after(0.99),
        all_s: after(1.0),
        server_cpu_s: scene.server_pid.and_then(process_cpu_s).zip(cpu).map(|(after, before)| after - before),
    });
    if live.len() < connections {
        report.remarks.push(format!("{} of {connections} did not come back", connections - live.len()));
    }
    Ok(())
}
