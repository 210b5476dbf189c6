//! Telling the world of alerts, by [`crate::post`].
//!
//! What is not taken (an answer of 2xx within ten seconds) is sent again, later each time. The same thread keeps the alerts
//! in the store: when the disk fails is when alerts are raised, so what cannot be written waits.

use super::model::{Alert, Webhook};
use super::store;
use crate::db::Db;
use crate::kernel::ErrorKind;
use crate::kernel::figures::{Count, Named};
use crate::post::{Letter, Outcome, Post};
use crate::vault::random;
use parking_lot::{Mutex, RwLock};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::sleep;

/// Alerts on their way to the store.
const KEEPING_MAX: usize = 256;
const KEEP_AGAIN: Duration = Duration::from_secs(5);
/// Messages on their way; one more is left out, and said so in the log.
const DELIVERIES_MAX: usize = 64;
const ERRANDS_MAX: usize = 64;
/// With the pauses between: about twenty minutes.
const TRIES: u32 = 12;
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(300);

pub static DELIVERIES: Named<Count> = Named::new();

/// Cheap to clone.
#[derive(Clone)]
pub struct Messenger {
    keep: Sender<Alert>,
    errands: Sender<Errand>,
    pub webhooks: Webhooks,
}

/// Who is told, and what came of it last.
#[derive(Clone, Default)]
pub struct Webhooks {
    list: Arc<RwLock<Vec<Webhook>>>,
    outcomes: Arc<Mutex<HashMap<i64, Outcome>>>,
}

enum Errand {
    Tell(Value),
    /// Once, and what came of it.
    Try(i64, Value, oneshot::Sender<Outcome>),
}

impl Webhooks {
    pub fn set(&self, webhooks: Vec<Webhook>) {
        self.outcomes.lock().retain(|id, _| webhooks.iter().any(|webhook| webhook.id == *id));
        *self.list.write() = webhooks;
    }

    pub fn all(&self) -> Vec<(Webhook, Option<Outcome>)> {
        let outcomes = self.outcomes.lock();
        self.list.read().iter().map(|webhook| (webhook.clone(), outcomes.get(&webhook.id).cloned())).collect()
    }

    fn find(&self, id: i64) -> Option<Webhook> {
        self.list.read().iter().find(|webhook| webhook.id == id).cloned()
    }
}

impl Messenger {
    /// Its thread ends when nobody can send any more; what is on its way then is lost.
    pub fn start(db: Db, post: Post) -> std::io::Result<Messenger> {
        let (keep, kept) = channel(KEEPING_MAX);
        let (errands, given) = channel(ERRANDS_MAX);
        let webhooks = Webhooks::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let round = Round { post, webhooks: webhooks.clone() };
        std::thread::Builder::new().name("messenger".into()).spawn(move || {
            runtime.block_on(async { tokio::join!(keep_all(db, kept), run_errands(round, given)) });
        })?;
        Ok(Messenger { keep, errands, webhooks })
    }

    pub fn keep(&self, alert: &Alert) {
        if self.keep.try_send(alert.clone()).is_err() {
            tracing::error!(rule = alert.rule.id, "the store takes nothing: what became of this alert is not kept");
        }
    }

    pub fn tell(&self, message: Value) {
        if !self.webhooks.list.read().is_empty() && self.errands.try_send(Errand::Tell(message)).is_err() {
            note("dropped");
            tracing::error!("too many messages are on their way: one is left out");
        }
    }

    /// `None`: there is no such webhook, or too much to do.
    pub async fn try_once(&self, webhook: i64, message: Value) -> Option<Outcome> {
        let (answer, answered) = oneshot::channel();
        self.errands.try_send(Errand::Try(webhook, message, answer)).ok()?;
        answered.await.ok()
    }
}

fn note(result: &'static str) {
    DELIVERIES.of(result).one();
}

async fn keep_all(db: Db, mut kept: Receiver<Alert>) {
    while let Some(alert) = kept.recv().await {
        loop {
            let again = alert.clone();
            match db.write(move |tx| store::put_alert(tx, &again)).await {
                Err(error) if matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => {
                    if kept.is_closed() {
                        return;
                    }
                    sleep(KEEP_AGAIN).await;
                }
                Err(error) => {
                    tracing::error!(rule = alert.rule.id, %error, "an alert could not be kept");
                    break;
                }
                Ok(()) => break,
            }
        }
    }
}

async fn run_errands(round: Round, mut given: Receiver<Errand>) {
    let places = Arc::new(Semaphore::new(DELIVERIES_MAX));
    while let Some(errand) = given.recv().await {
        match errand {
            Errand::Tell(message) => {
                for (webhook, _) in round.webhooks.all() {
                    let Ok(place) = places.clone().try_acquire_owned() else {
                        note("dropped");
                        tracing::error!(webhook = webhook.id, "too many messages are on their way: one is left out");
                        continue;
                    };
                    let (round, message) = (round.clone(), message.clone());
                    tokio::spawn(async move {
                        round.deliver(webhook.id, &message).await;
                        drop(place);
                    });
                }
            }
            Errand::Try(webhook, message, answer) => {
                let round = round.clone();
                tokio::spawn(async move {
                    if let Some(outcome) = round.once(webhook, &message.to_string(), &new_id()).await {
                        let _ = answer.send(outcome);
                    }
                });
            }
        }
    }
}

/// What has one message delivered.
#[derive(Clone)]
struct Round {
    post: Post,
    webhooks: Webhooks,
}

impl Round {
    async fn deliver(&self, webhook: i64, message: &Value) {
        // The same each time it is tried: its receiver can tell a repetition.
        let (body, id) = (message.to_string(), new_id());
        let mut pause = PAUSE_FIRST;
        for attempt in 1..=TRIES {
            let Some(outcome) = self.once(webhook, &body, &id).await else { return };
            if outcome.is_ok() {
                return note("ok");
            }
            tracing::warn!(
                webhook,
                attempt,
                result = outcome.result,
                status = outcome.status,
                "an alert was not taken"
            );
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        note("failed");
        tracing::error!(webhook, "an alert could not be delivered");
    }

    /// `None`: the webhook was removed.
    async fn once(&self, webhook: i64, body: &str, id: &str) -> Option<Outcome> {
        let Webhook { url, secret, .. } = self.webhooks.find(webhook)?;
        let outcome = self.post.send(&Letter { url: &url, secrets: &[secret], id, body: body.to_owned() }).await;
        self.webhooks.outcomes.lock().insert(webhook, outcome.clone());
        Some(outcome)
    }
}

fn new_id() -> String {
    format!("{:032x}", u128::from_be_bytes(random()))
}

/// What is sent for an alert. `kind` is `alert.raised` or `alert.resolved`.
pub fn message(kind: &str, alert: &Alert, server: &str) -> Value {
    json!({
        "type": kind,
        "id": format!("{}-{}", alert.rule.id, alert.began_at.0),
        "rule": alert.rule.id,
        "severity": alert.rule.severity.as_str(),
        "text": alert.rule.words,
        "value": alert.value,
        "threshold": alert.threshold,
        "unit": alert.rule.unit,
        "began_at": alert.began_at.0,
        "resolved_at": alert.resolved_at.map(|at| at.0),
        "server": server,
    })
}
