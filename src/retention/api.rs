//! The policy at the door.

use super::{Policy, commands, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::Result;
use actix_web::web::{Data, Json};
use actix_web::{get, post, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_retention).service(update_retention).service(preview_retention);
}

/// Days; 0 = for ever.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = Retention)]
#[serde(deny_unknown_fields)]
struct RetentionDto {
    /// Resolved conversations without anything new.
    conversations_days: i64,
    /// Customers without a conversation who did not come again.
    customers_days: i64,
    /// The log of who did what when, without words: at least 183.
    events_days: i64,
    /// Recordings of calls; here 0 = as long as their conversation.
    #[serde(default)]
    recordings_days: i64,
    /// Channels that have it otherwise.
    #[serde(default)]
    channels: Vec<ChannelRetentionDto>,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = ChannelRetention)]
#[serde(deny_unknown_fields)]
struct ChannelRetentionDto {
    channel: String,
    conversations_days: i64,
}

impl From<Policy> for RetentionDto {
    fn from(policy: Policy) -> Self {
        let own = |(channel, days): (crate::kernel::ChannelId, i64)| ChannelRetentionDto {
            channel: channel.to_string(),
            conversations_days: days,
        };
        RetentionDto {
            conversations_days: policy.conversations_days,
            customers_days: policy.customers_days,
            events_days: policy.events_days,
            recordings_days: policy.recordings_days,
            channels: policy.channels.into_iter().map(own).collect(),
        }
    }
}

impl RetentionDto {
    fn policy(self) -> Result<Policy> {
        let own = |dto: ChannelRetentionDto| Ok((dto.channel.parse()?, dto.conversations_days));
        Ok(Policy {
            conversations_days: self.conversations_days,
            customers_days: self.customers_days,
            events_days: self.events_days,
            recordings_days: self.recordings_days,
            channels: self.channels.into_iter().map(own).collect::<Result<_>>()?,
        })
    }
}

/// How long what is kept is kept. Administrators.
#[utoipa::path(tag = "retention", responses((status = 200, body = RetentionDto)))]
#[get("/retention")]
async fn get_retention(caller: SignedIn, db: Data<Db>) -> Result<Json<RetentionDto>, Problem> {
    let ctx = caller.ctx;
    Ok(Json(db.read(move |snapshot| queries::get(snapshot, &ctx)).await?.into()))
}

/// Replaces it. What is over then is deleted at the next night. Administrators.
#[utoipa::path(tag = "retention", request_body = RetentionDto, responses((status = 200, body = RetentionDto)))]
#[put("/retention")]
async fn update_retention(
    caller: SignedIn,
    db: Data<Db>,
    body: Body<RetentionDto>,
) -> Result<Json<RetentionDto>, Problem> {
    let (ctx, policy) = (caller.ctx, body.into_inner().policy()?);
    Ok(Json(db.write(move |tx| commands::update(tx, &ctx, &policy)).await?.into()))
}

#[derive(Serialize, ToSchema)]
struct RetentionPreview {
    /// Each channel from which anything may go.
    items: Vec<DueDto>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RetentionDue)]
struct DueDto {
    channel: String,
    /// Resolved, without anything new since then, and not held.
    before: i64,
    /// Counted up to 100,000.
    conversations: i64,
}

/// How many conversations this policy would delete now. Administrators.
#[utoipa::path(tag = "retention", request_body = RetentionDto, responses((status = 200, body = RetentionPreview)))]
#[post("/retention/preview")]
async fn preview_retention(
    caller: SignedIn,
    db: Data<Db>,
    body: Body<RetentionDto>,
) -> Result<Json<RetentionPreview>, Problem> {
    let (ctx, policy) = (caller.ctx, body.into_inner().policy()?);
    let due = db.read(move |snapshot| queries::preview(snapshot, &ctx, &policy)).await?;
    let dto = |due: queries::Due| DueDto {
        channel: due.channel.to_string(),
        before: due.before.0,
        conversations: due.conversations,
    };
    Ok(Json(RetentionPreview { items: due.into_iter().map(dto).collect() }))
}
