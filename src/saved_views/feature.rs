//! What this domain adds to the program.

use super::api::{self, SavedViewDto};
use super::events::{DELETED, SavedViewDeleted, SavedViewUpdated, UPDATED};
use super::{SavedView, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{Published, Result, SavedViewId, UserId};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn feeds() -> Vec<Feed> {
    vec![
        Feed { kind: UPDATED, live: updated_now, replay: updated_again },
        Feed { kind: DELETED, live: deleted_now, replay: |_, event| Ok(deleted_again(event)) },
    ]
}

fn updated_now(published: &Published) -> Announcement {
    published.get::<SavedViewUpdated>().map_or(Announcement::Nothing, |event| updated(&event.view))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let view = queries::find(snapshot, SavedViewId(event.subject.0))?;
    Ok(view.as_ref().map_or(Announcement::Nothing, updated))
}

fn updated(view: &SavedView) -> Announcement {
    let body = json!({ "saved_view": SavedViewDto::from(view) });
    Announcement::to_agents(audience(view.owner), body.to_string())
}

fn deleted_now(published: &Published) -> Announcement {
    published.get::<SavedViewDeleted>().map_or(Announcement::Nothing, |event| deleted(event.id, event.owner))
}

fn deleted_again(event: &RecordedEvent) -> Announcement {
    let (id, owner) = event.subject;
    deleted(SavedViewId(id), (owner != 0).then_some(UserId(owner)))
}

fn deleted(id: SavedViewId, owner: Option<UserId>) -> Announcement {
    Announcement::to_agents(audience(owner), json!({ "saved_view": id.to_string() }).to_string())
}

fn audience(owner: Option<UserId>) -> Audience {
    owner.map_or(Audience::AllAgents, Audience::User)
}
