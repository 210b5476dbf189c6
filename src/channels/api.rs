//! Channels at the door.

use super::commands::{self, CreateChannel, UpdateChannel};
use super::{Channel, ChannelSettings, new_key, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{ChannelId, Result, UserId};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_channels).service(create_channel).service(get_channel).service(update_channel);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Channel)]
pub struct ChannelDto {
    #[schema(example = "chn_1")]
    pub id: String,
    /// Public: in the snippet and in `/c/<key>`.
    #[schema(example = "wc_3kq9…")]
    pub key: String,
    pub name: String,
    /// `web`
    pub kind: &'static str,
    pub active: bool,
    /// Every person is a member.
    pub everyone: bool,
    pub members: Vec<String>,
    pub settings: ChannelSettings,
    pub created_at: i64,
    pub position: i64,
}

impl From<&Channel> for ChannelDto {
    fn from(channel: &Channel) -> Self {
        ChannelDto {
            id: channel.id.to_string(),
            key: channel.key.clone(),
            name: channel.name.clone(),
            kind: "web",
            active: channel.active,
            everyone: channel.everyone,
            members: channel.members.iter().map(UserId::to_string).collect(),
            settings: channel.settings.clone(),
            created_at: channel.created_at.0,
            position: channel.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ChannelList {
    items: Vec<ChannelDto>,
}

/// The channels you are a member of; supervisors and above: all.
#[utoipa::path(tag = "channels", responses((status = 200, body = ChannelList)))]
#[get("/channels")]
async fn list_channels(caller: SignedIn, db: Data<Db>) -> Result<Json<ChannelList>, Problem> {
    let ctx = caller.ctx;
    let channels = db.read(move |snapshot| queries::list(snapshot, &ctx)).await?;
    Ok(Json(ChannelList { items: channels.iter().map(ChannelDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
struct NewChannel {
    name: String,
}

/// Makes a web channel. Administrators.
#[utoipa::path(tag = "channels", request_body = NewChannel, responses((status = 201, body = ChannelDto)))]
#[post("/channels")]
async fn create_channel(caller: SignedIn, db: Data<Db>, body: Body<NewChannel>) -> Result<HttpResponse, Problem> {
    let command = CreateChannel { name: body.into_inner().name, key: new_key() };
    let ctx = caller.ctx;
    let channel = db.write(move |tx| commands::create(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(ChannelDto::from(&channel)))
}

/// One channel.
#[utoipa::path(tag = "channels", params(("id" = String, Path)), responses((status = 200, body = ChannelDto)))]
#[get("/channels/{id}")]
async fn get_channel(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<ChannelDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ChannelId>()?);
    let channel = db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await?;
    Ok(Json(ChannelDto::from(&channel)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelChange {
    name: Option<String>,
    active: Option<bool>,
    everyone: Option<bool>,
    members: Option<Vec<String>>,
    settings: Option<ChannelSettings>,
}

/// Changes what is given. Administrators.
#[utoipa::path(tag = "channels", params(("id" = String, Path)), request_body = ChannelChange,
    responses((status = 200, body = ChannelDto)))]
#[patch("/channels/{id}")]
async fn update_channel(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    body: Body<ChannelChange>,
) -> Result<Json<ChannelDto>, Problem> {
    let (ctx, id, change) = (caller.ctx, id.parse::<ChannelId>()?, body.into_inner());
    let person = |id: &String| id.parse::<UserId>();
    let members = change.members.map(|ids| ids.iter().map(person).collect::<Result<Vec<_>>>()).transpose()?;
    let command = UpdateChannel {
        name: change.name,
        active: change.active,
        everyone: change.everyone,
        members,
        settings: change.settings,
    };
    let channel = db.write(move |tx| commands::update(tx, &ctx, id, &command)).await?;
    Ok(Json(ChannelDto::from(&channel)))
}
