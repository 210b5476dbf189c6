//! Work beside the requests: timers, readers of the event log, and what is too costly to do for everybody at once.
//!
//! A [`Timer`] runs on one shared thread at its interval; what is due is in the store, a timer only looks. A [`Chore`] has a thread of its own and takes
//! hours, a piece at a time. A [`Consumer`] has a thread of its own and reads the `events` past a cursor that it keeps together with its work, so
//! that every event reaches it at least once, whatever stops the program in between. Failures are logged and tried
//! again, later each time. [`Turns`] lets a few of a kind of costly work run, and a few wait.

mod chore;
mod consumer;
pub mod figures;
#[cfg(test)]
mod tests;
mod timer;
mod turns;

pub use chore::{Chore, Rest};
pub use consumer::Consumer;
pub use timer::Timer;
pub use turns::Turns;

use crate::db::Db;
use crate::kernel::Clock;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::convert::Infallible;
use std::thread::JoinHandle;

/// Never receives; disconnected means "end".
type Stop = Receiver<Infallible>;

pub struct Jobs {
    running: Sender<Infallible>,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

impl Jobs {
    pub fn start(
        db: &Db,
        clock: &Clock,
        timers: Vec<Timer>,
        consumers: Vec<Box<dyn Consumer>>,
    ) -> std::io::Result<Jobs> {
        let (running, stop) = bounded(0);
        let mut threads = vec![timer::start(timers, clock.clone(), stop.clone())?];
        for consumer in consumers {
            threads.push(consumer::start(consumer, db.clone(), stop.clone())?);
        }
        Ok(Jobs { running, stop, threads })
    }

    /// Work of hours, beside everything else.
    pub fn add(&mut self, db: &Db, clock: &Clock, chore: Chore) -> std::io::Result<()> {
        self.threads.push(chore::start(chore, db.clone(), clock.clone(), self.stop.clone())?);
        Ok(())
    }

    /// Ends after the pieces of work that are running. Before [`Db::stop`].
    pub fn stop(self) {
        drop(self.running);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a background thread ended by a panic");
            }
        }
    }
}
