//! What this domain adds to the program.

use super::api::{self, CustomerDto};
use super::events::{CustomerDeleted, CustomerUpdated, DELETED, UPDATED};
use super::{Customer, store};
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed};
use crate::kernel::{ChannelId, CustomerId, Published, Result};
use serde::Serialize;
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
    published.get::<CustomerUpdated>().map_or(Announcement::Nothing, |event| tell(&event.customer))
}

fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let customer = store::find(snapshot, CustomerId(event.subject.0))?;
    Ok(customer.as_ref().map_or(Announcement::Nothing, tell))
}

#[derive(Serialize)]
struct CustomerBody {
    customer: CustomerDto,
}

fn tell(customer: &Customer) -> Announcement {
    let body = CustomerBody { customer: CustomerDto::new(customer, None) };
    let body = serde_json::to_string(&body).unwrap_or_else(|_| "{}".into());
    Announcement::to_agents(Audience::Channel(customer.channel), body)
}

fn deleted_now(published: &Published) -> Announcement {
    published
        .get::<CustomerDeleted>()
        .map_or(Announcement::Nothing, |event| tell_deleted(event.customer, event.channel))
}

fn deleted_again(_: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    Ok(tell_deleted(CustomerId(event.subject.0), ChannelId(event.subject.1)))
}

#[derive(Serialize)]
struct DeletedBody {
    customer: String,
}

fn tell_deleted(customer: CustomerId, channel: ChannelId) -> Announcement {
    let body = serde_json::to_string(&DeletedBody { customer: customer.to_string() }).unwrap_or_else(|_| "{}".into());
    Announcement::to_agents(Audience::Channel(channel), body)
}
