//! Drafts at the door.

use crate::conversations::drafts::{self, Draft, Keep};
use crate::db::Db;
use crate::http::{Body, Limits, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::Result;
use actix_web::web::{Data, Json, Path};
use actix_web::{get, put};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_drafts).service(keep_draft);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Draft)]
pub struct DraftDto {
    pub conversation: String,
    /// Of a reply; empty: none.
    pub text: String,
    /// Of a note; empty: none.
    pub note: String,
    /// The seq of the message that the reply answers.
    pub quote: Option<i64>,
    pub updated_at: i64,
    pub position: i64,
}

impl From<&Draft> for DraftDto {
    fn from(draft: &Draft) -> Self {
        DraftDto {
            conversation: draft.conversation.to_string(),
            text: draft.reply.clone(),
            note: draft.note.clone(),
            quote: draft.quote,
            updated_at: draft.updated_at.0,
            position: draft.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct DraftList {
    items: Vec<DraftDto>,
}

/// What you have begun to write and not sent, the newest first.
#[utoipa::path(tag = "conversations", responses((status = 200, body = DraftList)))]
#[get("/drafts")]
async fn list_drafts(caller: SignedIn, db: Data<Db>) -> Result<Json<DraftList>, Problem> {
    let ctx = caller.ctx;
    let found = db.read(move |snapshot| drafts::list(snapshot, &ctx)).await?;
    Ok(Json(DraftList { items: found.iter().map(DraftDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDraft {
    #[serde(default)]
    text: String,
    #[serde(default)]
    note: String,
    quote: Option<i64>,
}

/// Keeps what you have begun, in the place of what was kept before; nothing at all forgets it.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), request_body = NewDraft,
    responses((status = 200, body = DraftDto)))]
#[put("/conversations/{id}/draft")]
async fn keep_draft(
    caller: SignedIn,
    db: Data<Db>,
    limits: Data<Limits>,
    id: Path<String>,
    body: Body<NewDraft>,
) -> Result<Json<DraftDto>, Problem> {
    let (conversation, text_bytes_max) = (id.parse()?, limits.text_bytes);
    let NewDraft { text: reply, note, quote } = body.into_inner();
    let (ctx, command) = (caller.ctx, Keep { conversation, reply, note, quote, text_bytes_max });
    let draft = db.write(move |tx| drafts::keep(tx, &ctx, &command)).await?;
    Ok(Json(DraftDto::from(&draft)))
}
