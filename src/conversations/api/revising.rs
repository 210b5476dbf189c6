//! Mending and taking back one's own messages, at the door.

use super::frames::user_ids;
use super::wire::{MessageDto, message_limits};
use crate::attachments::api::AttachmentDto;
use crate::conversations::revising::{self, Edit, Record};
use crate::db::Db;
use crate::http::{Body, Limits, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Result};
use crate::socket::Rates;
use actix_web::web::{Data, Json, Path};
use actix_web::{delete, get, patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(edit_message).service(recall_message).service(list_revisions);
}

#[derive(Deserialize, ToSchema)]
struct MessageEdit {
    text: String,
    /// Whom the note calls now, up to 20.
    #[serde(default)]
    mentions: Vec<String>,
}

/// Your own message says this instead. The customer sees that it was edited.
#[utoipa::path(tag = "conversations", params(("id" = String, Path), ("seq" = i64, Path)), request_body = MessageEdit,
    responses((status = 200, body = MessageDto)))]
#[patch("/conversations/{id}/messages/{seq}")]
async fn edit_message(
    caller: SignedIn,
    db: Data<Db>,
    limits: Data<Limits>,
    rates: Data<Rates>,
    path: Path<(String, i64)>,
    body: Body<MessageEdit>,
) -> Result<Json<MessageDto>, Problem> {
    rates.check_message(caller.ctx.actor)?;
    let ((id, seq), MessageEdit { text, mentions }) = (path.into_inner(), body.into_inner());
    let (conversation, mentions, limits) = (id.parse()?, user_ids(&mentions)?, message_limits(&limits));
    let (ctx, command) = (caller.ctx, Edit { conversation, seq, text, mentions, limits });
    let message = db.write(move |tx| revising::edit(tx, &ctx, &command)).await?;
    Ok(Json(MessageDto::new(&message)))
}

/// Takes your own message back: nobody sees any more what it said, but for the record.
#[utoipa::path(tag = "conversations", params(("id" = String, Path), ("seq" = i64, Path)),
    responses((status = 200, body = MessageDto)))]
#[delete("/conversations/{id}/messages/{seq}")]
async fn recall_message(
    caller: SignedIn,
    db: Data<Db>,
    rates: Data<Rates>,
    path: Path<(String, i64)>,
) -> Result<Json<MessageDto>, Problem> {
    rates.check_message(caller.ctx.actor)?;
    let (id, seq) = path.into_inner();
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let message = db.write(move |tx| revising::recall(tx, &ctx, id, seq)).await?;
    Ok(Json(MessageDto::new(&message)))
}

#[derive(Serialize, ToSchema)]
#[schema(as = Saying)]
struct SayingDto {
    text: String,
    /// Since when it said so.
    at: i64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = MessageRecord)]
struct RecordDto {
    /// What it said, first to last.
    items: Vec<SayingDto>,
    recalled_at: Option<i64>,
    /// Those that came with it, also of one that was taken back.
    attachments: Vec<AttachmentDto>,
}

impl From<&Record> for RecordDto {
    fn from(record: &Record) -> Self {
        let items = record.sayings.iter().map(|said| SayingDto { text: said.text.clone(), at: said.at.0 });
        RecordDto {
            items: items.collect(),
            recalled_at: record.recalled_at.map(|at| at.0),
            attachments: record.attachments.iter().map(AttachmentDto::from).collect(),
        }
    }
}

/// What a message said before it was edited or taken back.
#[utoipa::path(tag = "conversations", params(("id" = String, Path), ("seq" = i64, Path)),
    responses((status = 200, body = RecordDto)))]
#[get("/conversations/{id}/messages/{seq}/revisions")]
async fn list_revisions(caller: SignedIn, db: Data<Db>, path: Path<(String, i64)>) -> Result<Json<RecordDto>, Problem> {
    let (id, seq) = path.into_inner();
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let record = db.read(move |snapshot| revising::record(snapshot, &ctx, id, seq)).await?;
    Ok(Json(RecordDto::from(&record)))
}
