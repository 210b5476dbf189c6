//! What this domain adds to the program.

use super::api::{self, TransferDto};
use super::events::{TransferUpdated, UPDATED};
use super::{TransferView, expiry, queries};
use crate::db::{Db, RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed, Hub};
use crate::jobs::Timer;
use crate::kernel::{ChannelId, Published, Result, TransferId};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn timers(db: &Db, hub: &Hub) -> Vec<Timer> {
    vec![expiry::timer(db, hub)]
}

pub fn feeds() -> Vec<Feed> {
    vec![Feed { kind: UPDATED, live: updated_now, replay: updated_again }]
}

fn updated_now(published: &Published) -> Announcement {
    published.get::<TransferUpdated>().map_or(Announcement::Nothing, |event| updated(&event.view, event.channel))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let found = queries::recorded(snapshot, TransferId(event.subject.0))?;
    Ok(found.map_or(Announcement::Nothing, |(view, conversation)| updated(&view, conversation.channel)))
}

/// To whoever may see the conversation.
fn updated(view: &TransferView, channel: ChannelId) -> Announcement {
    let body = json!({ "transfer": TransferDto::from(view) });
    Announcement::to_agents(Audience::Channel(channel), body.to_string())
}
