//! What this domain adds to the program.

use super::api::{self, TagDto};
use super::events::{DELETED, TagDeleted, TagUpdated, UPDATED};
use super::{Tag, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{Published, Result, TagId};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn feeds() -> Vec<Feed> {
    vec![
        Feed { kind: UPDATED, live: updated_now, replay: updated_again },
        Feed { kind: DELETED, live: deleted_now, replay: deleted_again },
    ]
}

fn updated_now(published: &Published) -> Announcement {
    published.get::<TagUpdated>().map_or(Announcement::Nothing, |event| updated(&event.tag))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let tag = queries::find(snapshot, TagId(event.subject.0))?;
    Ok(tag.as_ref().map_or(Announcement::Nothing, updated))
}

fn updated(tag: &Tag) -> Announcement {
    Announcement::to_agents(Audience::AllAgents, json!({ "tag": TagDto::from(tag) }).to_string())
}

fn deleted_now(published: &Published) -> Announcement {
    published.get::<TagDeleted>().map_or(Announcement::Nothing, |event| deleted(event.id))
}

/// One that was brought back since is not deleted.
fn deleted_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let id = TagId(event.subject.0);
    Ok(if queries::find(snapshot, id)?.is_some() { Announcement::Nothing } else { deleted(id) })
}

fn deleted(id: TagId) -> Announcement {
    Announcement::to_agents(Audience::AllAgents, json!({ "tag": id.to_string() }).to_string())
}
