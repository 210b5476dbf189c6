//! Brings what happens to the webhooks, each at its own pace.
//!
//! One thread; a [`Line`] for each active webhook. Whoever changed a webhook says so by [`Courier::reload`]: the lines of those
//! that changed begin anew from the store, the others go on.

mod line;

use super::model::{Delivery, Webhook};
use super::queries;
use crate::db::{Db, give_way};
use crate::hub::Hub;
use crate::kernel::figures::Family;
use crate::kernel::{Clock, WebhookId};
use crate::post::Post;
use crate::webhooks::figures;
use line::Line;
pub(super) use line::delivery;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task;
use tokio::time::sleep;

/// Reloads that wait; one is as good as several.
const RELOADS_MAX: usize = 1;
/// When the store cannot be read.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Cheap to clone.
#[derive(Clone)]
pub struct Courier(Arc<Inner>);

struct Inner {
    shared: Shared,
    reload: mpsc::Sender<()>,
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What every line works with.
#[derive(Clone)]
struct Shared {
    db: Db,
    hub: Hub,
    post: Post,
    clock: Clock,
    /// How each webhook fares, for the figures.
    fares: Arc<Mutex<HashMap<WebhookId, Fare>>>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Fare {
    /// Events that it may still have to hear.
    pub behind: i64,
    pub is_failing: bool,
}

impl Courier {
    pub fn start(db: &Db, hub: &Hub, post: &Post, clock: &Clock) -> io::Result<Courier> {
        let (reload, reloads) = mpsc::channel(RELOADS_MAX);
        let (stop, stopped) = watch::channel(false);
        let shared = Shared {
            db: db.clone(),
            hub: hub.clone(),
            post: post.clone(),
            clock: clock.clone(),
            fares: Arc::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let serving = shared.clone();
        let thread = std::thread::Builder::new().name("webhooks".into()).spawn(move || {
            give_way();
            runtime.block_on(serve(serving, reloads, stopped));
        })?;
        Ok(Courier(Arc::new(Inner { shared, reload, stop, thread: Mutex::new(Some(thread)) })))
    }

    /// Somebody changed a webhook.
    pub fn reload(&self) {
        // A full queue holds a reload that has not begun.
        let _ = self.0.reload.try_send(());
    }

    pub fn hub(&self) -> &Hub {
        &self.0.shared.hub
    }

    pub fn post(&self) -> &Post {
        &self.0.shared.post
    }

    pub fn families(&self) -> Vec<Family> {
        let fares: Vec<Fare> = self.0.shared.fares.lock().values().copied().collect();
        figures::families(&fares)
    }

    /// Keeps what was done and ends. What is on its way is sent again after the next start.
    pub fn stop(&self) {
        let _ = self.0.stop.send(true);
        if let Some(thread) = self.0.thread.lock().take()
            && thread.join().is_err()
        {
            tracing::error!("the webhooks' thread ended by a panic");
        }
    }
}

/// A line that runs, and what ends it.
struct Running {
    round: i64,
    end: watch::Sender<bool>,
    task: task::JoinHandle<()>,
}

async fn serve(shared: Shared, mut reloads: mpsc::Receiver<()>, mut stopped: watch::Receiver<bool>) {
    let mut lines = HashMap::new();
    let stopping = async { drop(stopped.wait_for(|stopped| *stopped).await) };
    let serving = async {
        loop {
            match shared.db.read_behind(queries::active).await {
                Ok(active) => renew(&shared, &mut lines, active).await,
                Err(error) => {
                    tracing::error!(%error, "the webhooks cannot be read; they are tried again");
                    sleep(LOOK_AGAIN).await;
                    continue;
                }
            }
            if reloads.recv().await.is_none() {
                return;
            }
        }
    };
    tokio::select! {
        () = serving => {}
        () = stopping => {}
    }
    for (_, line) in lines {
        end(line).await;
    }
}

/// Ends the lines of what is gone or changed, and begins those that are missing.
async fn renew(shared: &Shared, lines: &mut HashMap<WebhookId, Running>, active: Vec<(Webhook, Option<Delivery>)>) {
    let known = |id: &WebhookId, line: &Running| active.iter().any(|(w, _)| w.id == *id && w.round == line.round);
    let over: Vec<WebhookId> = lines.iter().filter(|(id, line)| !known(id, line)).map(|(id, _)| *id).collect();
    for id in over {
        if let Some(line) = lines.remove(&id) {
            end(line).await;
        }
        shared.fares.lock().remove(&id);
    }
    for (webhook, waiting) in active {
        let (id, round) = (webhook.id, webhook.round);
        lines.entry(id).or_insert_with(|| {
            let (end, ends) = watch::channel(false);
            Running { round, end, task: tokio::spawn(Line::new(shared.clone(), webhook, waiting).run(ends)) }
        });
    }
}

async fn end(line: Running) {
    let _ = line.end.send(true);
    if line.task.await.is_err() {
        tracing::error!("a webhook's line ended by a panic");
    }
}
