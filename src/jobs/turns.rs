//! Costly work for strangers: a few at once, a few waiting, the rest is told so.

use crate::kernel::{Error, Result};
use std::sync::Arc;
use tokio::sync::Semaphore;

pub struct Turns {
    /// Those that work and those that wait.
    places: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
}

impl Turns {
    pub fn new(at_once: usize, waiting: usize) -> Self {
        Turns { places: Arc::new(Semaphore::new(at_once + waiting)), at_once: Arc::new(Semaphore::new(at_once)) }
    }

    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Error::busy())?;
        let turn = self.at_once.clone().acquire_owned().await.map_err(Error::internal)?;
        // The permits go along: a caller who hangs up must not make room for another before the work is done.
        let job = move || {
            let _held = (place, turn);
            work()
        };
        tokio::task::spawn_blocking(job).await.map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn more_than_the_places_are_told_to_come_back() {
        let turns = Arc::new(Turns::new(1, 1));
        let (release, wait) = mpsc::channel::<()>();
        let take = |work: Box<dyn FnOnce() + Send>| {
            let turns = turns.clone();
            tokio::spawn(async move { turns.run(work).await })
        };
        let working = take(Box::new(move || wait.recv().unwrap()));
        tokio::task::yield_now().await;
        let waiting = take(Box::new(|| ()));
        tokio::task::yield_now().await;
        assert_eq!(turns.run(|| ()).await.unwrap_err().code, "server.busy");
        release.send(()).unwrap();
        assert!(working.await.unwrap().is_ok() && waiting.await.unwrap().is_ok());
        assert!(turns.run(|| ()).await.is_ok());
    }

    #[tokio::test]
    async fn who_hangs_up_makes_no_room_before_the_work_is_done() {
        let turns = Arc::new(Turns::new(1, 0));
        let (release, wait) = mpsc::channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let work = move || {
            begun.send(()).unwrap();
            wait.recv().unwrap();
        };
        let hasty = tokio::spawn({
            let turns = turns.clone();
            async move { turns.run(work).await }
        });
        begins.await.unwrap();
        hasty.abort();
        assert!(hasty.await.unwrap_err().is_cancelled());
        assert_eq!(turns.run(|| ()).await.unwrap_err().code, "server.busy");
        release.send(()).unwrap();
        while turns.run(|| ()).await.is_err() {
            tokio::task::yield_now().await;
        }
    }
}
