//! Where one is called, at the door.

use super::rest::{dto, page_limit};
use super::wire::{ConversationDto, MessageDto};
use crate::conversations::mentions;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Result};
use actix_web::web::{Data, Json, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_mentions).service(see_mentions);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MentionsQuery {
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Mention)]
struct MentionDto {
    conversation: ConversationDto,
    message: MessageDto,
    /// When the note first called you.
    at: i64,
    seen: bool,
}

#[derive(Serialize, ToSchema)]
struct MentionList {
    items: Vec<MentionDto>,
    /// Pass back as `after`.
    next: Option<String>,
}

/// The notes that call you, newest first.
#[utoipa::path(tag = "conversations", params(MentionsQuery), responses((status = 200, body = MentionList)))]
#[get("/mentions")]
async fn list_mentions(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    query: Query<MentionsQuery>,
) -> Result<Json<MentionList>, Problem> {
    let (ctx, query) = (caller.ctx, query.into_inner());
    let limit = page_limit(query.limit)?;
    let page = db.read(move |snapshot| mentions::list(snapshot, &ctx, query.after.as_deref(), limit)).await?;
    let page = page.map(|called| MentionDto {
        conversation: dto(&hub, &called.conversation),
        message: MessageDto::new(&called.message),
        at: called.at.0,
        seen: called.seen,
    });
    Ok(Json(MentionList { items: page.items, next: page.next }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenMentions {
    /// `null`: of all.
    conversation: Option<String>,
}

/// You know of the notes that call you, in one conversation or in all.
#[utoipa::path(tag = "conversations", request_body = SeenMentions, responses((status = 204)))]
#[post("/mentions/seen")]
async fn see_mentions(caller: SignedIn, db: Data<Db>, body: Body<SeenMentions>) -> Result<HttpResponse, Problem> {
    let conversation = body.into_inner().conversation.map(|id| id.parse::<ConversationId>()).transpose()?;
    let ctx = caller.ctx;
    db.write(move |tx| mentions::see(tx, &ctx, conversation)).await?;
    Ok(HttpResponse::NoContent().finish())
}
