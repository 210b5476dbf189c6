//! Ordered fan-out of committed events to the parts of this process.
//!
//! The writer publishes after each commit, in position order. A subscriber that falls behind slows the writer
//! down (its queue is bounded); none of them may wait for a socket or the network.

use crate::kernel::Published;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;

/// Batches a subscriber may lag behind before the writer waits for it.
const BATCHES_MAX: usize = 1_024;

pub type Batch = Arc<[Published]>;

#[derive(Default)]
pub struct Bus {
    subscribers: Mutex<Vec<Sender<Batch>>>,
    nudged: Mutex<Vec<Sender<()>>>,
    newest: watch::Sender<i64>,
}

impl Bus {
    /// Everything published from now on. Dropping the receiver unsubscribes.
    pub fn subscribe(&self) -> Receiver<Batch> {
        let (sender, receiver) = bounded(BATCHES_MAX);
        self.subscribers.lock().push(sender);
        receiver
    }

    /// One token after a commit, however many there were since it was last taken: for those who read the log themselves and
    /// must never slow the writer down.
    pub fn nudges(&self) -> Receiver<()> {
        let (sender, receiver) = bounded(1);
        self.nudged.lock().push(sender);
        receiver
    }

    /// The position of what was committed last, for tasks that read the log themselves; 0 before there was anything.
    pub fn newest(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    /// Batches that the slowest subscriber has not taken yet.
    pub fn waiting(&self) -> usize {
        self.subscribers.lock().iter().map(Sender::len).max().unwrap_or(0)
    }

    pub fn publish(&self, batch: Vec<Published>) {
        let Some(last) = batch.last().map(|published| published.position) else { return };
        let batch: Batch = batch.into();
        self.subscribers.lock().retain(|subscriber| subscriber.send(batch.clone()).is_ok());
        self.newest.send_replace(last);
        self.nudged.lock().retain(|nudged| !matches!(nudged.try_send(()), Err(TrySendError::Disconnected(()))));
    }
}
