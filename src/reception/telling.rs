//! Telling those in the chat when it changes: one look a second for all of them, one frame for everybody of a channel.

use super::api::ReceptionDto;
use super::{Reception, queries};
use crate::db::Db;
use crate::hub::Hub;
use crate::jobs::Timer;
use crate::kernel::{ChannelId, Millis};
use serde_json::json;
use std::collections::HashMap;

const EVERY_MS: i64 = Millis::seconds(1);

pub(super) fn timer(db: &Db, hub: &Hub) -> Timer {
    let (db, hub) = (db.clone(), hub.clone());
    let mut told: HashMap<ChannelId, Reception> = HashMap::new();
    Timer::new("reception", EVERY_MS, move |now| {
        let present = hub.users_online();
        let now = db.read_blocking(move |snapshot| queries::told(snapshot, &present, now))?;
        for (channel, reception) in &now {
            if told.get(channel) != Some(reception) {
                let body = json!({ "reception": ReceptionDto::from(reception.clone()) });
                hub.tell_visitors("reception.updated", *channel, &body.to_string());
            }
        }
        told = now.into_iter().collect();
        Ok(())
    })
}
