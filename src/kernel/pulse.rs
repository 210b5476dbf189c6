//! A sign of life.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Moves while something is done. Who has to know whether a thread still gets on looks twice and compares.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<AtomicU64>);

impl Pulse {
    pub fn beat(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Beats so far.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether whatever beats here has ended and let go of it.
    pub fn is_left(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// A pulse under watch.
pub struct Watched {
    pub pulse: Pulse,
    seen: Option<u64>,
}

impl Watched {
    pub fn new(pulse: Pulse) -> Watched {
        Watched { pulse, seen: None }
    }

    /// Whether it has moved since it was asked last.
    pub fn has_moved(&mut self) -> bool {
        let now = self.pulse.count();
        self.seen.replace(now) != Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_stands_still_is_noticed_at_the_second_look() {
        let pulse = Pulse::default();
        let mut watched = Watched::new(pulse.clone());
        assert!(watched.has_moved(), "nothing is known yet");
        assert!(!watched.has_moved());
        pulse.beat();
        assert!(watched.has_moved());
        assert!(!watched.pulse.is_left());
        drop(pulse);
        assert!(watched.pulse.is_left());
    }
}
