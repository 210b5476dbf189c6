//! What happened. Domains define the facts in their `events.rs`; the store gives each a position; the bus carries them.

use super::Millis;
use std::any::Any;
use std::sync::Arc;

/// A fact that a command emits in its transaction.
pub trait Event: Any + Send + Sync {
    /// Stable name, past tense: `message.created`.
    fn kind(&self) -> &'static str;
    /// The row this fact is about, so that it can be told again later: ids, never words.
    fn subject(&self) -> (i64, i64);
}

/// An event with the place the store gave it. Exists only after its commit.
#[derive(Clone)]
pub struct Published {
    pub position: i64,
    pub at: Millis,
    pub event: Arc<dyn Event>,
}

impl Published {
    pub fn get<E: Event>(&self) -> Option<&E> {
        let any: &dyn Any = &*self.event;
        any.downcast_ref()
    }
}
