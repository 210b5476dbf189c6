//! Legal holds at the door.

use super::rest::changed;
use super::wire::ConversationDto;
use crate::conversations::holds;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Result};
use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_hold).service(hold_conversation).service(release_conversation);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Hold)]
struct HoldDto {
    /// Who said so.
    user: String,
    note: String,
    at: i64,
}

#[derive(Serialize, ToSchema)]
struct HoldState {
    /// `null`: it is not held.
    hold: Option<HoldDto>,
}

/// Why a conversation may not be deleted.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = HoldState)))]
#[get("/conversations/{id}/hold")]
async fn get_hold(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<HoldState>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let found = db.read(move |snapshot| holds::find(snapshot, &ctx, id)).await?;
    let hold = found.map(|hold| HoldDto { user: hold.user.to_string(), note: hold.note, at: hold.at.0 });
    Ok(Json(HoldState { hold }))
}

#[derive(Deserialize, ToSchema)]
struct NewHold {
    /// Why, up to 1,000 characters.
    #[serde(default)]
    note: String,
}

/// Nothing of the conversation may be deleted from now on. Again with another note: only that changes. Administrators.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), request_body = NewHold,
    responses((status = 200, body = ConversationDto)))]
#[put("/conversations/{id}/hold")]
async fn hold_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
    body: Body<NewHold>,
) -> Result<Json<ConversationDto>, Problem> {
    let (id, note) = (id.parse()?, body.into_inner().note);
    changed(caller, &db, &hub, move |tx, ctx| holds::hold(tx, ctx, id, &note)).await
}

/// It may be deleted again. Administrators.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = ConversationDto)))]
#[delete("/conversations/{id}/hold")]
async fn release_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<ConversationDto>, Problem> {
    let id = id.parse()?;
    changed(caller, &db, &hub, move |tx, ctx| holds::release(tx, ctx, id)).await
}
