//! Whether the threads that answer requests get on.

use crate::kernel::{Pulse, Watched};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// How often a thread that has the time for it beats.
const BEAT: Duration = Duration::from_secs(1);

/// All of them. Each has a task among its requests that beats: a thread that never comes back from one request does not.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<Vec<Watched>>>);

impl Workers {
    /// Called on the thread that takes part.
    pub(super) fn join(&self) {
        let pulse = Pulse::default();
        self.0.lock().push(Watched::new(pulse.clone()));
        actix_web::rt::spawn(async move {
            let mut turn = actix_web::rt::time::interval(BEAT);
            loop {
                turn.tick().await;
                pulse.beat();
            }
        });
    }

    /// How many have not moved since this was asked last. One that has ended is replaced by the server and forgotten here.
    pub fn standing_still(&self) -> usize {
        let mut all = self.0.lock();
        all.retain(|worker| !worker.pulse.is_left());
        all.iter_mut().filter_map(|worker| (!worker.has_moved()).then_some(())).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::rt::System;
    use crossbeam_channel::bounded;

    /// Two threads, one of which is held up by a request; and that one gone.
    #[test]
    fn a_thread_that_is_held_up_is_found_and_one_that_ended_forgotten() {
        let workers = Workers::default();
        let (release, held) = bounded::<()>(0);
        let (end, ended) = bounded::<()>(0);
        let run = |hold: crossbeam_channel::Receiver<()>, rest: crossbeam_channel::Receiver<()>| {
            let workers = workers.clone();
            std::thread::spawn(move || {
                System::new().block_on(async move {
                    workers.join();
                    actix_web::rt::task::yield_now().await;
                    let _ = hold.recv();
                    while rest.try_recv() == Err(crossbeam_channel::TryRecvError::Empty) {
                        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
                    }
                });
            })
        };
        let held_up = run(held, ended.clone());
        let free = run(bounded::<()>(0).1, ended);
        let until = |wanted: usize| {
            for _ in 0..40 {
                let _ = crossbeam_channel::after(BEAT + BEAT / 2).recv();
                if workers.standing_still() == wanted {
                    return;
                }
            }
            panic!("never {wanted} standing still");
        };
        until(1);
        drop(release);
        until(0);
        drop(end);
        held_up.join().unwrap();
        free.join().unwrap();
        assert_eq!(workers.standing_still(), 0);
        assert!(workers.0.lock().is_empty());
    }
}
