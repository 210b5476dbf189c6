//! What this domain adds to the program.

use super::api::{self, ChannelDto};
use super::events::{ACCESS_CHANGED, ChannelUpdated, UPDATED};
use super::{Channel, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{ChannelId, Published, Result};
use serde::Serialize;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn feeds() -> Vec<Feed> {
    vec![
        Feed { kind: UPDATED, live: updated_now, replay: updated_again },
        Feed { kind: ACCESS_CHANGED, live: |_| access_changed(), replay: |_, _| Ok(access_changed()) },
    ]
}

fn updated_now(published: &Published) -> Announcement {
    published.get::<ChannelUpdated>().map_or(Announcement::Nothing, |event| tell(&event.channel))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let channel = queries::find(snapshot, ChannelId(event.subject.0))?;
    Ok(channel.as_ref().map_or(Announcement::Nothing, tell))
}

#[derive(Serialize)]
struct ChannelBody {
    channel: ChannelDto,
}

fn tell(channel: &Channel) -> Announcement {
    let body = serde_json::to_string(&ChannelBody { channel: channel.into() }).unwrap_or_else(|_| "{}".into());
    Announcement::to_agents(Audience::Channel(channel.id), body)
}

/// Whose rights changed is not worth working out: everybody's sockets start over, which takes them a second.
fn access_changed() -> Announcement {
    Announcement::AccessChanged { user: None }
}
