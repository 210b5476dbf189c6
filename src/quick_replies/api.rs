//! Quick replies at the door.

use super::commands::{self, Change, Create};
use super::{Content, QuickReply, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{QuickReplyId, Result};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_quick_replies).service(create_quick_reply).service(update_quick_reply);
    config.service(delete_quick_reply).service(restore_quick_reply).service(use_quick_reply);
}

#[derive(Serialize, ToSchema)]
#[schema(as = QuickReply)]
pub struct QuickReplyDto {
    #[schema(example = "qr_1")]
    pub id: String,
    pub scope: Scope,
    /// `Delivery/Returns`; empty: none.
    pub folder: String,
    pub title: String,
    /// One word to find it by, unique in its scope; empty: none.
    pub shortcut: String,
    /// May hold variables: `{{customer.name|there}}`.
    pub text: String,
    pub used: i64,
    pub last_used_at: Option<i64>,
    pub updated_at: i64,
    pub position: i64,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Shared,
    Personal,
}

impl From<&QuickReply> for QuickReplyDto {
    fn from(reply: &QuickReply) -> Self {
        let content = reply.content.clone();
        QuickReplyDto {
            id: reply.id.to_string(),
            scope: if reply.owner.is_none() { Scope::Shared } else { Scope::Personal },
            folder: content.folder,
            title: content.title,
            shortcut: content.shortcut,
            text: content.text,
            used: reply.used,
            last_used_at: reply.last_used_at.map(|at| at.0),
            updated_at: reply.updated_at.0,
            position: reply.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct QuickReplyList {
    items: Vec<QuickReplyDto>,
}

/// The shared ones and your own.
#[utoipa::path(tag = "quick_replies", responses((status = 200, body = QuickReplyList)))]
#[get("/quick-replies")]
async fn list_quick_replies(caller: SignedIn, db: Data<Db>) -> Result<Json<QuickReplyList>, Problem> {
    let ctx = caller.ctx;
    let replies = db.read(move |snapshot| queries::list(snapshot, &ctx)).await?;
    Ok(Json(QuickReplyList { items: replies.iter().map(QuickReplyDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuickReply {
    scope: Scope,
    #[serde(default)]
    folder: String,
    title: String,
    #[serde(default)]
    shortcut: String,
    text: String,
}

/// Makes one. Shared ones: supervisors.
#[utoipa::path(tag = "quick_replies", request_body = NewQuickReply, responses((status = 201, body = QuickReplyDto)))]
#[post("/quick-replies")]
async fn create_quick_reply(
    caller: SignedIn,
    db: Data<Db>,
    body: Body<NewQuickReply>,
) -> Result<HttpResponse, Problem> {
    let (ctx, new) = (caller.ctx, body.into_inner());
    let content = Content { folder: new.folder, title: new.title, shortcut: new.shortcut, text: new.text };
    let command = Create { is_shared: matches!(new.scope, Scope::Shared), content };
    let reply = db.write(move |tx| commands::create(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(QuickReplyDto::from(&reply)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuickReplyChange {
    folder: Option<String>,
    title: Option<String>,
    shortcut: Option<String>,
    text: Option<String>,
}

/// Changes what is given. Shared ones: supervisors.
#[utoipa::path(tag = "quick_replies", params(("id" = String, Path)), request_body = QuickReplyChange,
    responses((status = 200, body = QuickReplyDto)))]
#[patch("/quick-replies/{id}")]
async fn update_quick_reply(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    body: Body<QuickReplyChange>,
) -> Result<Json<QuickReplyDto>, Problem> {
    let (ctx, id, new) = (caller.ctx, id.parse::<QuickReplyId>()?, body.into_inner());
    let change = Change { folder: new.folder, title: new.title, shortcut: new.shortcut, text: new.text };
    let reply = db.write(move |tx| commands::update(tx, &ctx, id, &change)).await?;
    Ok(Json(QuickReplyDto::from(&reply)))
}

/// Deletes one; it can be brought back for 30 days. Shared ones: supervisors.
#[utoipa::path(tag = "quick_replies", params(("id" = String, Path)), responses((status = 204)))]
#[delete("/quick-replies/{id}")]
async fn delete_quick_reply(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<QuickReplyId>()?);
    db.write(move |tx| commands::delete(tx, &ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Brings a deleted one back. Shared ones: supervisors.
#[utoipa::path(tag = "quick_replies", params(("id" = String, Path)), responses((status = 200, body = QuickReplyDto)))]
#[post("/quick-replies/{id}/restore")]
async fn restore_quick_reply(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<QuickReplyDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<QuickReplyId>()?);
    let reply = db.write(move |tx| commands::restore(tx, &ctx, id)).await?;
    Ok(Json(QuickReplyDto::from(&reply)))
}

/// Counts one use.
#[utoipa::path(tag = "quick_replies", params(("id" = String, Path)), responses((status = 204)))]
#[post("/quick-replies/{id}/used")]
async fn use_quick_reply(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<QuickReplyId>()?);
    db.write(move |tx| commands::count_use(tx, &ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
