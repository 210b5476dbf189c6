//! One run of messages: on a schedule (open loop), or as fast as they are answered (closed loop).

use super::engine::{Engine, MS, Nanos, SECOND};
use super::line::Heard;
use super::report::Run;
use super::session::Scene;
use super::tally::{Counted, Meaning, Tally, seconds, window};
use super::usage::{Usage, Used};
use super::words::MessageId;
use anyhow::Result;
use indicatif::ProgressBar;

/// When messages leave.
#[derive(Clone, Copy)]
pub enum Pace {
    /// So many a second, evenly, whatever becomes of them.
    Rate(f64),
    /// Each visitor keeps so many unanswered.
    Window(u32),
    /// Each visitor one, so that every conversation has begun.
    Once,
}

#[derive(Clone, Copy)]
pub struct Ask {
    pub pace: Pace,
    /// Not measured.
    pub warm_up: Nanos,
    pub measured: Nanos,
}

/// What is due is sent in bunches so far apart: below this the system calls would cost more than the precision is worth.
const QUANTUM: Nanos = 200_000;
/// How long answers are waited for after the last message.
const DRAIN: Nanos = 10 * SECOND;
/// Messages of [`Pace::Once`] under way.
const ONCE_AT_A_TIME: u32 = 256;

struct Course<'s> {
    scene: &'s mut Scene,
    tally: Tally,
    ask: Ask,
    began: Nanos,
    run: u16,
    epoch_ms: i64,
    /// Visitors that may send, in a closed loop.
    credits: Vec<u32>,
    next_once: u32,
}

/// Runs it and waits for the answers. Ctrl-C ends it early; what was measured counts.
pub fn run(scene: &mut Scene, ask: Ask, bar: &ProgressBar) -> Result<Run> {
    scene.runs += 1;
    let (run, began) = (scene.runs, scene.engine.now() + 5 * MS);
    let window = window(ask.warm_up, ask.measured);
    let mut tally = Tally::new(run, scene.visitors, scene.deliveries_each, began, window);
    tally.continue_from(std::mem::take(&mut scene.newest));
    let epoch_ms = scene.clock.now().0;
    let mut this = Course { scene, tally, ask, began, run, epoch_ms, credits: Vec::new(), next_once: 0 };
    let (measured, used) = this.send(bar)?;
    this.drain()?;
    this.scene.newest = this.tally.take_newest();
    Ok(report(ask, measured, this.tally.finish(), used))
}

fn report(ask: Ask, measured: Nanos, counted: Counted, used: Used) -> Run {
    let per_second = |n: u64| if measured == 0 { 0.0 } else { n as f64 / seconds(measured) };
    let (acknowledged, delivered) = counted.arrived;
    let (offered, in_flight) = match ask.pace {
        Pace::Rate(rate) => (Some(rate), None),
        Pace::Window(window) => (None, Some(window)),
        Pace::Once => (None, None),
    };
    Run {
        offered_per_s: offered,
        window: in_flight,
        measured_s: seconds(measured),
        acknowledged_per_s: per_second(acknowledged),
        delivered_per_s: per_second(delivered),
        ..Run::of(counted, used)
    }
}

impl Course<'_> {
    /// Until everything is sent; how long was measured, and what that cost.
    fn send(&mut self, bar: &ProgressBar) -> Result<(Nanos, Used)> {
        let last = self.began + self.ask.warm_up + self.ask.measured;
        let warm = self.began + self.ask.warm_up;
        let mut usage: Option<Usage> = None;
        if let Pace::Window(window) = self.ask.pace {
            self.credits =
                (0..self.scene.visitors).flat_map(|line| std::iter::repeat_n(line, window as usize)).collect();
        }
        let mut shown = 0;
        loop {
            let now = self.scene.engine.now();
            if now >= warm && usage.is_none() {
                usage = Some(Usage::start(self.scene.server_pid));
            }
            let is_over = self.is_over(now, last) || self.scene.stop.is_wanted();
            // What was due before the end goes out, however late we wake: leaving it out would hide just the worst.
            if !is_over || matches!(self.ask.pace, Pace::Rate(_)) {
                self.send_due(now, last);
                self.scene.engine.flush();
            }
            if is_over {
                break;
            }
            self.turn(self.wake_at(now, last))?;
            if now - self.began.min(now) > shown {
                shown += SECOND / 4;
                bar.set_position(self.progress(now));
            }
        }
        let now = self.scene.engine.now();
        let used = usage.map(Usage::end).unwrap_or_default();
        Ok((now.min(last).saturating_sub(warm), used))
    }

    fn progress(&self, now: Nanos) -> u64 {
        match self.ask.pace {
            Pace::Once => self.next_once.into(),
            _ => now.saturating_sub(self.began) / MS,
        }
    }

    fn is_over(&self, now: Nanos, last: Nanos) -> bool {
        match self.ask.pace {
            // Lost ones among them would hold up the rest for ever.
            Pace::Once => self.next_once >= self.scene.visitors || now >= last,
            _ => now >= last,
        }
    }

    /// The moment a message is due, since the beginning.
    fn due(rate: f64, number: u64) -> Nanos {
        (number as f64 * 1e9 / rate) as Nanos
    }

    fn send_due(&mut self, now: Nanos, last: Nanos) {
        match self.ask.pace {
            Pace::Rate(rate) => {
                let since = now.saturating_sub(self.began);
                let end = last - self.began;
                loop {
                    let number = self.tally.count();
                    let due = Self::due(rate, number);
                    if now < self.began || due > since || due >= end {
                        return;
                    }
                    let line = (number % u64::from(self.scene.visitors)) as u32;
                    self.post(line, due);
                }
            }
            Pace::Window(_) => {
                let mut credits = std::mem::take(&mut self.credits);
                for line in credits.drain(..) {
                    self.post(line, now.saturating_sub(self.began));
                }
                credits.append(&mut self.credits);
                self.credits = credits;
            }
            Pace::Once => {
                while self.next_once < self.scene.visitors && self.tally.open_messages() < ONCE_AT_A_TIME as usize {
                    self.post(self.next_once, now.saturating_sub(self.began));
                    self.next_once += 1;
                }
            }
        }
    }

    fn post(&mut self, line: u32, due: Nanos) {
        let now = self.scene.engine.now();
        let number = self.tally.sent(due / 1_000, now);
        let id = MessageId { at: self.epoch_ms + (due / MS) as i64, run: self.run, number };
        let sayings = &self.scene.sayings;
        if !self.scene.engine.say(line, |out| sayings.put(&id, out)) {
            self.tally.was_not_taken();
        }
    }

    fn wake_at(&self, now: Nanos, last: Nanos) -> Nanos {
        match self.ask.pace {
            Pace::Rate(rate) => {
                let next = self.began + Self::due(rate, self.tally.count());
                next.max(now + QUANTUM).min(last)
            }
            _ if !self.credits.is_empty() => now,
            _ => (now + 50 * MS).min(last.max(now + MS)),
        }
    }

    fn turn(&mut self, until: Nanos) -> Result<()> {
        let (tally, credits) = (&mut self.tally, &mut self.credits);
        let (visitors, window) = match self.ask.pace {
            Pace::Window(window) => (self.scene.visitors, window),
            _ => (0, 0),
        };
        self.scene.engine.turn(until, |line, heard, now| match heard {
            Heard::Text(frame) => {
                if tally.heard(line, frame, now) == Meaning::Answer && line < visitors {
                    credits.push(line);
                }
            }
            Heard::Closed(code) => tally.closed(code),
            Heard::Live if line < visitors => {
                // Back after a break: whatever was under way is not waited for.
                credits.extend(std::iter::repeat_n(line, window as usize));
            }
            Heard::Live => {}
        })
    }

    fn drain(&mut self) -> Result<()> {
        let patience = self.scene.engine.now() + DRAIN;
        while !self.tally.is_complete() && self.scene.engine.now() < patience {
            self.scene.engine.flush();
            let until = (self.scene.engine.now() + 20 * MS).min(patience);
            self.turn(until)?;
        }
        Ok(())
    }
}

/// Keeps the lines alive while something else is done.
pub fn idle(engine: &mut Engine, time: Nanos, mut closed: impl FnMut(u16)) -> Result<()> {
    let until = engine.now() + time;
    while engine.now() < until {
        engine.turn(until, |_, heard, _| {
            if let Heard::Closed(code) = heard {
                closed(code);
            }
        })?;
    }
    Ok(())
}
