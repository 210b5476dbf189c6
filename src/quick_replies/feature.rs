//! What this domain adds to the program.

use super::api::{self, QuickReplyDto};
use super::events::{DELETED, QuickReplyDeleted, QuickReplyUpdated, UPDATED};
use super::{QuickReply, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{Published, QuickReplyId, Result, UserId};
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
    published.get::<QuickReplyUpdated>().map_or(Announcement::Nothing, |event| updated(&event.reply))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let reply = queries::find(snapshot, QuickReplyId(event.subject.0))?;
    Ok(reply.as_ref().map_or(Announcement::Nothing, updated))
}

fn updated(reply: &QuickReply) -> Announcement {
    let body = json!({ "quick_reply": QuickReplyDto::from(reply) });
    Announcement::to_agents(audience(reply.owner), body.to_string())
}

fn deleted_now(published: &Published) -> Announcement {
    published.get::<QuickReplyDeleted>().map_or(Announcement::Nothing, |event| deleted(event.id, event.owner))
}

fn deleted_again(event: &RecordedEvent) -> Announcement {
    let (id, owner) = event.subject;
    deleted(QuickReplyId(id), (owner != 0).then_some(UserId(owner)))
}

fn deleted(id: QuickReplyId, owner: Option<UserId>) -> Announcement {
    Announcement::to_agents(audience(owner), json!({ "quick_reply": id.to_string() }).to_string())
}

fn audience(owner: Option<UserId>) -> Audience {
    owner.map_or(Audience::AllAgents, Audience::User)
}
