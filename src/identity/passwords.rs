//! Hashing passwords without letting anybody's tries take the machine: a few at once, a few waiting, the rest is told so.

use crate::http::Limits;
use crate::kernel::{Error, Result};
use crate::vault::password;
use std::sync::Arc;
use tokio::sync::Semaphore;

pub struct Passwords {
    /// Those that work and those that wait.
    places: Arc<Semaphore>,
    at_once: Arc<Semaphore>,
}

impl Passwords {
    pub fn new(limits: &Limits) -> Self {
        let places = limits.password_hashes + limits.password_hashes_waiting;
        Passwords {
            places: Arc::new(Semaphore::new(places)),
            at_once: Arc::new(Semaphore::new(limits.password_hashes)),
        }
    }

    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || password::hash(&password)).await
    }

    /// Without a hash to check against it takes as long and fails: nobody learns which accounts exist.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.run(move || match hash {
            Some(hash) => password::verify(&password, &hash),
            None => {
                password::verify_dummy(&password);
                false
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
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
        let limits = Limits { password_hashes: 1, password_hashes_waiting: 1, ..Limits::default() };
        let passwords = Arc::new(Passwords::new(&limits));
        let (release, wait) = mpsc::channel::<()>();
        let busy = |work: Box<dyn FnOnce() + Send>| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.run(work).await })
        };
        let working = busy(Box::new(move || drop(wait.recv())));
        tokio::task::yield_now().await;
        let waiting = busy(Box::new(|| ()));
        tokio::task::yield_now().await;
        assert_eq!(passwords.run(|| ()).await.unwrap_err().code, "server.busy");
        release.send(()).unwrap();
        assert!(working.await.unwrap().is_ok() && waiting.await.unwrap().is_ok());
        assert!(passwords.run(|| ()).await.is_ok());
    }
}
