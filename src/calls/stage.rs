//! Where calls are played: follows the committed events.

use super::Settings;
use super::api::wire::{IceServerDto, SlotDto};
use super::events::CallUpdated;
use super::figures;
use super::lifecycle::Caps;
use super::queries::CallView;
use crate::db::Db;
use crate::hub::Hub;
use crate::kernel::{CallId, Error, ErrorKind, LegId, Result};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// Cheap to clone.
#[derive(Clone)]
pub struct Stage(Arc<Inner>);

struct Inner {
    settings: Settings,
    live: Mutex<HashMap<CallId, CallView>>,
}

fn disabled() -> Error {
    Error::new(ErrorKind::Unavailable, "call.disabled", "This server has no calls.")
}

impl Stage {
    pub fn start(settings: Settings, db: &Db, _hub: &Hub) -> io::Result<Stage> {
        let stage = Stage(Arc::new(Inner { settings, live: Mutex::default() }));
        let (follower, events) = (stage.clone(), db.bus().subscribe());
        std::thread::Builder::new().name("calls".into()).spawn(move || {
            for batch in events {
                let updates = batch.iter().filter_map(|published| published.get::<CallUpdated>());
                updates.for_each(|event| follower.follow(&event.view));
            }
        })?;
        Ok(stage)
    }

    pub fn caps(&self) -> Result<Caps> {
        if self.0.settings.enabled { Ok(self.0.settings.caps()) } else { Err(disabled()) }
    }

    fn follow(&self, view: &CallView) {
        let mut live = self.0.live.lock();
        let before = live.get(&view.call.id).map(|view| view.call.state);
        if view.call.state.is_over() {
            live.remove(&view.call.id);
        } else {
            live.insert(view.call.id, view.clone());
        }
        figures::note(before, &view.call, live.len());
    }

    pub async fn join(&self, _view: &CallView, _leg: LegId, _offer: String) -> Result<String> {
        Err(disabled())
    }

    pub fn leave(&self, _call: CallId, _leg: LegId) {}

    pub fn slots(&self, _view: &CallView, _leg: LegId) -> Vec<SlotDto> {
        Vec::new()
    }

    pub fn ice(&self, _call: CallId, _leg: LegId) -> Result<IceServerDto> {
        Err(disabled())
    }
}
