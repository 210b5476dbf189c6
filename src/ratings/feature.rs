//! What this domain adds to the program.

use super::api::{self, RatingDto};
use super::events::{GIVEN, RatingGiven};
use super::{Rating, queries};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{Published, RatingId, Result};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn feeds() -> Vec<Feed> {
    vec![Feed { kind: GIVEN, live: given_now, replay: given_again }]
}

fn given_now(published: &Published) -> Announcement {
    published.get::<RatingGiven>().map_or(Announcement::Nothing, |event| given(&event.rating))
}

fn given_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let rating = queries::find(snapshot, RatingId(event.subject.0))?;
    Ok(rating.as_ref().map_or(Announcement::Nothing, given))
}

/// To whoever may see the conversation. Its customer knows.
fn given(rating: &Rating) -> Announcement {
    let body = json!({ "rating": RatingDto::from(rating) });
    Announcement::to_agents(Audience::Channel(rating.channel), body.to_string())
}
