//! How well a leg is carried, as the forwarder sees it.

use super::{CallNo, LegNo};
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// Since the leg joined, unless said otherwise.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LegQuality {
    pub leg: LegNo,
    /// Parts of 1 that the network lost on the way from the browser, before repair, and on the way to it.
    pub loss_up: f32,
    pub loss_down: f32,
    /// Of what comes from the browser, now.
    pub jitter_ms: f32,
    /// There and back, now; 0 if nobody told yet.
    pub rtt_ms: f32,
    /// On average.
    pub kbit_up: f32,
    pub kbit_down: f32,
    /// How often a picture on its way from the browser stood still for more than half a second.
    pub freezes: u32,
    pub packets_up: u64,
    pub packets_down: u64,
}

/// What the media thread last wrote down, for whoever asks.
#[derive(Clone, Default)]
pub(super) struct Board(Arc<RwLock<HashMap<CallNo, Vec<LegQuality>>>>);

impl Board {
    pub fn of(&self, call: CallNo) -> Vec<LegQuality> {
        self.0.read().get(&call).cloned().unwrap_or_default()
    }

    /// Replaces what is known of these legs; others of the call keep what they had.
    pub fn note(&self, call: CallNo, legs: impl IntoIterator<Item = LegQuality>) {
        let mut board = self.0.write();
        let known = board.entry(call).or_default();
        for leg in legs {
            match known.iter_mut().find(|k| k.leg == leg.leg) {
                Some(former) => *former = leg,
                None => known.push(leg),
            }
        }
    }

    pub fn forget(&self, call: CallNo) {
        self.0.write().remove(&call);
    }
}
