//! Somebody who opens conversations and searches while the load runs.

use super::report::{History, Latency};
use super::rest::Rest;
use super::tally::histogram;
use super::words::{Dice, VOCABULARY, word};
use anyhow::Result;
use hdrhistogram::Histogram;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

const OPENINGS_EVERY: Duration = Duration::from_millis(50);
const SEARCHES_EVERY: Duration = Duration::from_millis(250);
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
struct Looks {
    took: Arc<Mutex<Histogram<u64>>>,
    failed: Arc<Mutex<u64>>,
}

impl Looks {
    fn new() -> Looks {
        Looks { took: Arc::new(Mutex::new(histogram())), failed: Arc::default() }
    }

    fn note(&self, due: Instant, is_good: bool) {
        if is_good {
            self.took.lock().saturating_record(due.elapsed().as_micros() as u64);
        } else {
            *self.failed.lock() += 1;
        }
    }
}

/// Looks into the store beside the load, on a thread of its own, until it is asked to end.
pub struct Onlooker {
    end: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
    opening: Looks,
    search: Looks,
}

impl Onlooker {
    pub fn start(rest: Rest, conversations: u64) -> Result<Onlooker> {
        let (end, ended) = tokio::sync::oneshot::channel();
        let (opening, search) = (Looks::new(), Looks::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (opened, searched) = (opening.clone(), search.clone());
        let look = async move {
            tokio::select! {
                _ = ended => {}
                () = repeat(OPENINGS_EVERY, &rest, &opened, |dice| open(dice, conversations)) => {}
                () = repeat(SEARCHES_EVERY, &rest, &searched, find) => {}
            }
        };
        let thread = std::thread::Builder::new().name("bench-onlooker".into()).spawn(move || runtime.block_on(look))?;
        Ok(Onlooker { end, thread, opening, search })
    }

    pub fn finish(self, history: &mut History) {
        let _ = self.end.send(());
        let _ = self.thread.join();
        history.opening = Latency::of(&self.opening.took.lock());
        history.search = Latency::of(&self.search.took.lock());
        history.failed = *self.opening.failed.lock() + *self.search.failed.lock();
    }
}

/// What a console asks for when a conversation is opened.
fn open(dice: &mut Dice, conversations: u64) -> Vec<String> {
    let id = dice.below(conversations as usize) + 1;
    vec![format!("/conversations/cnv_{id}"), format!("/conversations/cnv_{id}/messages?limit=50")]
}

fn find(dice: &mut Dice) -> Vec<String> {
    let words = [word(dice.below(VOCABULARY)), word(dice.below(VOCABULARY))];
    let count = 1 + dice.below(2);
    vec![format!("/search?q={}", words[..count].join("+"))]
}

/// In time, whether or not the one before has answered.
async fn repeat(period: Duration, rest: &Rest, looks: &Looks, ask: impl Fn(&mut Dice) -> Vec<String>) {
    let (mut ticks, mut dice) = (interval(period), Dice::new(11));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    loop {
        let due = ticks.tick().await;
        let (rest, looks, paths) = (rest.clone(), looks.clone(), ask(&mut dice));
        tokio::spawn(async move {
            let mut is_good = true;
            for path in paths {
                is_good &= matches!(timeout(PATIENCE, rest.get(&path)).await, Ok(Ok(_)));
            }
            looks.note(due, is_good);
        });
    }
}
