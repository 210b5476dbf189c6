//! A consumer sees every event, in order, whatever fails, and stops when told.

use super::{Consumer, Jobs, Timer};
use crate::db::{Db, Options, RecordedEvent};
use crate::kernel::{Clock, Error, Event, Millis, Result};
use crate::vault::PageKey;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Happened(i64);

impl Event for Happened {
    fn kind(&self) -> &'static str {
        "test.happened"
    }
    fn subject(&self) -> (i64, i64) {
        (self.0, 0)
    }
}

/// Remembers its cursor as a real one would, and fails at its first try of each of `fails_at`.
struct Listener {
    cursor: i64,
    fails_at: Vec<i64>,
    heard: Sender<i64>,
}

impl Consumer for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn cursor(&mut self, _: &Db) -> Result<i64> {
        Ok(self.cursor)
    }

    fn consume(&mut self, _: &Db, events: &[RecordedEvent]) -> Result<()> {
        for event in events {
            if let Some(n) = self.fails_at.iter().position(|at| *at == event.subject.0) {
                self.fails_at.remove(n);
                assert_ne!(event.subject.0, 2, "the second event makes it panic");
                return Err(Error::internal("not now"));
            }
            self.heard.send(event.subject.0).map_err(Error::internal)?;
            self.cursor = event.position;
        }
        Ok(())
    }
}

fn store() -> (TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("parlor.db");
    let key = PageKey::new([3; 32]);
    let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
    let db = Db::open(&options).unwrap();
    (folder, db)
}

fn happen(db: &Db, n: i64) {
    db.write_blocking(move |tx| tx.emit(Millis(1), Happened(n))).unwrap();
}

fn start(db: &Db, fails_at: Vec<i64>) -> (Jobs, Receiver<i64>) {
    let (heard, hears) = unbounded();
    let listener = Listener { cursor: 0, fails_at, heard };
    (Jobs::start(db, &Clock::system(), vec![], vec![Box::new(listener)]).unwrap(), hears)
}

fn next(hears: &Receiver<i64>, count: usize) -> Vec<i64> {
    (0..count).map(|_| hears.recv_timeout(PATIENCE).unwrap()).collect()
}

#[test]
fn what_happened_before_and_after_the_start_is_heard_in_order() {
    let (_folder, db) = store();
    (1..=3).for_each(|n| happen(&db, n));
    let (jobs, hears) = start(&db, vec![]);
    assert_eq!(next(&hears, 3), [1, 2, 3]);
    (4..=6).for_each(|n| happen(&db, n));
    assert_eq!(next(&hears, 3), [4, 5, 6]);
    jobs.stop();
    happen(&db, 7);
    assert!(hears.recv().is_err(), "the consumer is gone");
}

#[test]
fn an_error_or_a_panic_only_delays() {
    let (_folder, db) = store();
    (1..=3).for_each(|n| happen(&db, n));
    let (jobs, hears) = start(&db, vec![2, 3]);
    assert_eq!(next(&hears, 3), [1, 2, 3]);
    jobs.stop();
}

#[test]
fn a_backlog_of_many_batches_is_worked_off() {
    let (_folder, db) = store();
    db.write_blocking(|tx| (1..=2_500).try_for_each(|n| tx.emit(Millis(1), Happened(n)).map(drop))).unwrap();
    let (jobs, hears) = start(&db, vec![]);
    assert_eq!(next(&hears, 2_500), (1..=2_500).collect::<Vec<i64>>());
    jobs.stop();
}

#[tokio::test]
async fn work_that_can_wait_waits_while_people_crowd_the_writer() {
    let (_folder, db) = store();
    db.write(|tx| tx.emit(Millis(1), Happened(1))).await.unwrap();
    // Each is a batch of its own: what comes later waits until the one in the writer's hands is let go.
    let hold = || {
        let (release, held) = crossbeam_channel::bounded::<()>(0);
        let (begun, begins) = crossbeam_channel::bounded::<()>(1);
        let answer = db.write(move |_| begun.try_send(()).or(Ok(())).and_then(|()| held.recv().or(Ok(()))));
        (release, begins, answer)
    };
    let (one, begins, first) = hold();
    begins.recv().unwrap();
    let (crowd, _, second) = hold();
    let others: Vec<_> = (0..100).map(|_| db.write(|_| Ok(()))).collect();
    drop(one);
    first.await.unwrap();
    // The second batch is in the writer's hands, a hundred commands long.
    while !db.is_crowded() {
        tokio::task::yield_now().await;
    }
    let (jobs, hears) = start(&db, vec![]);
    assert!(hears.recv_timeout(Duration::from_millis(500)).is_err());
    drop(crowd);
    second.await.unwrap();
    for other in others {
        other.await.unwrap();
    }
    assert_eq!(next(&hears, 1), [1]);
    jobs.stop();
}

#[test]
fn timers_run_beside() {
    let (_folder, db) = store();
    let (ran, runs) = unbounded();
    let timer = Timer::new("test", 1_000, move |now| ran.send(now).map_err(Error::internal));
    let jobs = Jobs::start(&db, &Clock::manual(Millis(77)), vec![timer], vec![]).unwrap();
    assert_eq!(runs.recv_timeout(PATIENCE).unwrap(), Millis(77));
    jobs.stop();
    assert!(runs.recv().is_err());
}
