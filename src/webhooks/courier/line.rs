//! One webhook: what happens, in order, one after the other, until each is taken or given up.

use super::{Fare, Shared};
use crate::kernel::{Error, Millis, Result, Stopwatch};
use crate::post::{Letter, Outcome};
use crate::vault::random;
use crate::webhooks::commands::{self, Settled};
use crate::webhooks::figures::DELIVERIES;
use crate::webhooks::model::{Delivery, State, Webhook, pause_ms};
use crate::webhooks::queries::{self, Item, Upcoming};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// What was done is kept so soon, or after so many: a crash makes no more than that be sent again.
const KEEP_EVERY: Duration = Duration::from_secs(1);
const KEEP_AFTER: usize = 100;
/// Likewise when all that happened is that the log grew by what the webhook does not want.
const KEEP_PLACE_EVERY: Duration = Duration::from_secs(10);
/// When the store is too busy, or broken.
const AGAIN: Duration = Duration::from_secs(1);
/// To keep what was done when it ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// However the clock was set meanwhile, it is not waited for longer.
const WAIT_MAX_MS: i64 = Millis::hours(2);

pub(super) struct Line {
    shared: Shared,
    webhook: Webhook,
    /// Not kept yet.
    settled: Settled,
    kept_cursor: i64,
    kept: Stopwatch,
    /// What is tried again.
    waiting: Option<Delivery>,
}

/// The line is over: somebody changed what comes next.
struct Over;

impl Line {
    pub(super) fn new(shared: Shared, webhook: Webhook, waiting: Option<Delivery>) -> Line {
        let (cursor, failures, next_at) = (webhook.cursor, webhook.failures, webhook.next_at);
        let settled = Settled { cursor, failures, next_at, deliveries: Vec::new() };
        Line { shared, webhook, settled, kept_cursor: cursor, kept: Stopwatch::start(), waiting }
    }

    /// Until it is over or told to end.
    pub(super) async fn run(mut self, mut ends: watch::Receiver<bool>) {
        tokio::select! {
            _ = self.work() => return,
            _ = ends.wait_for(|end| *end) => {}
        }
        let _ = timeout(FAREWELL, self.keep()).await;
    }

    async fn work(&mut self) -> Result<(), Over> {
        let mut newest = self.shared.db.bus().newest();
        loop {
            self.wait_until_due().await;
            newest.borrow_and_update();
            let Upcoming { items, reached, more, swept } = self.look().await;
            if swept > self.settled.cursor {
                tracing::warn!(webhook = %self.webhook.id, "what this webhook did not hear was deleted meanwhile");
            }
            if !self.deliver_all(items).await? {
                continue;
            }
            self.settled.cursor = reached.max(swept);
            self.note(*newest.borrow());
            if self.keep_in().is_some_and(|time| time.is_zero()) {
                self.keep().await?;
            }
            if !more {
                self.rest(&mut newest).await?;
            }
        }
    }

    /// Until something happens; what was done is kept meanwhile, when its time has come.
    async fn rest(&mut self, newest: &mut watch::Receiver<i64>) -> Result<(), Over> {
        while let Some(time) = self.keep_in() {
            if timeout(time, newest.changed()).await.is_ok() {
                return Ok(());
            }
            self.keep().await?;
        }
        drop(newest.changed().await);
        Ok(())
    }

    /// `false`: one was not taken, and everything after it waits.
    async fn deliver_all(&mut self, items: Vec<Item>) -> Result<bool, Over> {
        for item in items {
            if !self.deliver(item).await {
                self.keep().await?;
                return Ok(false);
            }
            if self.settled.deliveries.len() >= KEEP_AFTER || self.kept.elapsed() >= KEEP_EVERY {
                self.keep().await?;
            }
        }
        Ok(true)
    }

    async fn deliver(&mut self, item: Item) -> bool {
        let (id, secrets) = (self.shared.hub.cursor(item.position), self.webhook.secrets(self.shared.clock.now()));
        let letter = Letter { url: &self.webhook.url, secrets: &secrets, id: &id, body: item.body };
        let outcome = self.shared.post.send(&letter).await;
        DELIVERIES.of(outcome.result).one();
        let state = match outcome.is_ok() {
            true => State::Taken,
            false if self.webhook.gives_up(item.at, outcome.at) => State::Dead,
            false => State::Waiting,
        };
        let before = self.waiting.take().filter(|waiting| waiting.position == item.position);
        let (attempts, first_at) = before.map_or((0, outcome.at), |before| (before.attempts, before.first_at));
        let asked_s = outcome.retry_after_s;
        let delivery = delivery(item.position, item.kind, state, (attempts + 1, first_at), outcome);
        self.settle(delivery, asked_s);
        state != State::Waiting
    }

    fn settle(&mut self, delivery: Delivery, asked_s: Option<u32>) {
        let webhook = self.webhook.id;
        match delivery.state {
            State::Taken => {
                if self.settled.failures > 0 {
                    tracing::info!(%webhook, "the webhook takes what it is sent again");
                }
                (self.settled.failures, self.settled.next_at) = (0, Millis(0));
                self.settled.cursor = delivery.position;
            }
            State::Dead => {
                tracing::error!(%webhook, position = delivery.position, "an event was not taken for three days and is given up");
                self.settled.failures = self.settled.failures.saturating_add(1);
                self.settled.cursor = delivery.position;
            }
            State::Waiting => {
                let (result, status) = (&*delivery.result, delivery.status);
                if self.settled.failures == 0 {
                    tracing::warn!(%webhook, result, status, "the webhook did not take an event; it is sent again, later each time");
                }
                self.settled.failures = self.settled.failures.saturating_add(1);
                let [chance] = random();
                self.settled.next_at = delivery.at.plus(pause_ms(self.settled.failures, asked_s, chance));
                self.waiting = Some(delivery.clone());
            }
        }
        self.settled.deliveries.retain(|known| known.position != delivery.position);
        self.settled.deliveries.push(delivery);
        self.note(*self.shared.db.bus().newest().borrow());
    }

    fn note(&self, newest: i64) {
        let behind = (newest - self.settled.cursor).max(0);
        let fare = Fare { behind, is_failing: self.settled.failures > 0 };
        self.shared.fares.lock().insert(self.webhook.id, fare);
    }

    async fn wait_until_due(&self) {
        let wait = self.settled.next_at.since(self.shared.clock.now()).min(WAIT_MAX_MS);
        sleep(Duration::from_millis(wait as u64)).await;
    }

    async fn look(&self) -> Upcoming {
        loop {
            let (hub, wants, after) = (self.shared.hub.clone(), self.webhook.wants.clone(), self.settled.cursor);
            let found = self.shared.db.read_behind(move |snapshot| queries::upcoming(snapshot, &hub, &wants, after));
            match found.await {
                Ok(upcoming) => return upcoming,
                Err(error) => self.trouble(&error).await,
            }
        }
    }

    /// After how long what was done must be kept; `None`: there is nothing to keep.
    fn keep_in(&self) -> Option<Duration> {
        let every = match self.settled.deliveries.is_empty() {
            true if self.settled.cursor == self.kept_cursor => return None,
            true => KEEP_PLACE_EVERY,
            false => KEEP_EVERY,
        };
        Some(every.saturating_sub(self.kept.elapsed()))
    }

    /// Until it is kept: nothing more is sent while it cannot be.
    async fn keep(&mut self) -> Result<(), Over> {
        loop {
            let (id, round, settled) = (self.webhook.id, self.webhook.round, self.settled.clone());
            match self.shared.db.write(move |tx| commands::settle(tx, id, round, &settled)).await {
                Ok(true) => break,
                Ok(false) => return Err(Over),
                Err(error) => self.trouble(&error).await,
            }
        }
        self.settled.deliveries.clear();
        (self.kept_cursor, self.kept) = (self.settled.cursor, Stopwatch::start());
        Ok(())
    }

    async fn trouble(&self, error: &Error) {
        tracing::warn!(webhook = %self.webhook.id, %error, "the store does not answer; tried again");
        sleep(AGAIN).await;
    }
}

/// What came of one try.
pub(in crate::webhooks) fn delivery(
    position: i64,
    kind: String,
    state: State,
    (attempts, first_at): (u32, Millis),
    outcome: Outcome,
) -> Delivery {
    Delivery {
        position,
        kind,
        state,
        attempts,
        first_at,
        at: outcome.at,
        result: outcome.result.to_owned(),
        status: outcome.status,
        took_ms: outcome.took_ms,
        answer: outcome.answer,
    }
}
