//! Backups at their times. A thread of its own, behind everybody: one takes as long as it takes.

use super::header::Reason;
use super::keeper::Backups;
use super::runs;
use super::settings::TimeOfDay;
use crate::db::give_way;
use crate::kernel::{Error, Millis};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::convert::Infallible;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the clock is looked at.
const TURN: Duration = Duration::from_secs(5);
/// A failed one is tried again after so long, as often as it takes.
const RETRY_MS: i64 = Millis::minutes(10);

/// Ends with the server.
pub struct Schedule {
    running: Sender<Infallible>,
    thread: JoinHandle<()>,
}

impl Schedule {
    pub fn start(backups: Backups) -> io::Result<Schedule> {
        let (running, stop) = bounded(0);
        let thread = std::thread::Builder::new().name("backup".into()).spawn(move || {
            give_way();
            let began = backups.clock().now();
            while stop.recv_timeout(TURN) == Err(RecvTimeoutError::Timeout) {
                if is_due(&backups, began) {
                    run(&backups, &stop);
                }
            }
        })?;
        Ok(Schedule { running, thread })
    }

    /// One that is being made is given up. Before [`Db::stop`](crate::db::Db::stop).
    pub fn stop(self) {
        drop(self.running);
        if self.thread.join().is_err() {
            tracing::error!("the thread for backups ended by a panic");
        }
    }
}

fn is_due(backups: &Backups, began: Millis) -> bool {
    let now = backups.clock().now();
    let runs = runs::last(backups.data()).unwrap_or_default();
    // Without any yet: the next time that comes.
    let good = runs.last_good.map_or(began, |run| Millis(run.began_at));
    let failed = runs.last.filter(|run| run.failure.is_some()).map(|run| Millis(run.ended_at));
    let rests = failed.is_some_and(|at| at <= now && now.since(at) < RETRY_MS);
    !rests && backups.settings().at.iter().any(|at| newest_time(*at, now) > good)
}

/// When it was this time of day last.
fn newest_time(at: TimeOfDay, now: Millis) -> Millis {
    let today = now.0 - now.0.rem_euclid(Millis::days(1)) + Millis::minutes(i64::from(at.0));
    Millis(if today <= now.0 { today } else { today - Millis::days(1) })
}

fn run(backups: &Backups, stop: &Receiver<Infallible>) {
    let mut report = |_| match stop.try_recv() {
        Err(crossbeam_channel::TryRecvError::Disconnected) => Err(Error::unavailable("the server stops")),
        _ => Ok(()),
    };
    if let Some(brought) = backups.bring_again() {
        match brought {
            Ok(()) => tracing::info!("the backup has reached its other place"),
            Err(error) => {
                tracing::error!(%error, "the backup has not reached its other place; tried again in ten minutes")
            }
        }
        return;
    }
    match backups.make(Reason::Scheduled, &mut report) {
        Ok(made) => {
            tracing::info!(file = %made.path.display(), bytes = made.bytes, "a backup was made");
            if !made.manifest.missing.is_empty() {
                tracing::error!("in the backup something is missing: {}", made.what_is_missing());
            }
        }
        Err(error) => tracing::error!(%error, "the backup failed; it is tried again in ten minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_the_last_one_that_was() {
        let half_past_three = TimeOfDay(3 * 60 + 30);
        let midnight = Millis::days(20_000);
        let last = |ms| newest_time(half_past_three, Millis(midnight + ms)).0 - midnight;
        assert_eq!(last(0), Millis::minutes(210) - Millis::days(1));
        assert_eq!(last(Millis::minutes(210) - 1), Millis::minutes(210) - Millis::days(1));
        assert_eq!(last(Millis::minutes(210)), Millis::minutes(210));
        assert_eq!(last(Millis::hours(23)), Millis::minutes(210));
    }
}
