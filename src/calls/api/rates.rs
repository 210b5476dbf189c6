//! How often somebody may do what costs others something.

use crate::http::{Limiter, Limits};
use crate::kernel::{Actor, Result};

pub struct CallRates {
    asks: Limiter<Actor>,
    joins: Limiter<Actor>,
    strokes: Limiter<Actor>,
    quality: Limiter<Actor>,
}

impl CallRates {
    pub fn new(limits: &Limits) -> Self {
        CallRates {
            asks: Limiter::new(limits.call_asks),
            joins: Limiter::new(limits.call_joins),
            strokes: Limiter::new(limits.call_strokes),
            quality: Limiter::new(limits.call_reports),
        }
    }

    /// A call that rings at somebody.
    pub fn check_ask(&self, actor: Actor) -> Result<()> {
        self.asks.check(&actor)
    }

    /// An offer to be answered, with keys to be made.
    pub fn check_join(&self, actor: Actor) -> Result<()> {
        self.joins.check(&actor)
    }

    pub fn check_stroke(&self, actor: Actor) -> Result<()> {
        self.strokes.check(&actor)
    }

    pub fn check_report(&self, actor: Actor) -> Result<()> {
        self.quality.check(&actor)
    }
}
