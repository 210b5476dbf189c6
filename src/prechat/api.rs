//! The form and the answers at the doors.

use super::{Filled, Form, queries};
use crate::channels::{PrechatConsent, PrechatField};
use crate::db::Db;
use crate::http::Problem;
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Result};
use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_prechat_answers);
}

/// What the acting visitor is asked.
#[derive(Serialize, ToSchema)]
#[schema(as = PrechatForm)]
pub struct FormDto {
    /// A message that begins a conversation is refused without it.
    needed: bool,
    lead: String,
    /// Without those that are known.
    fields: Vec<PrechatField>,
    consent: PrechatConsent,
}

impl From<Form> for FormDto {
    fn from(form: Form) -> Self {
        FormDto { needed: form.needed, lead: form.lead, fields: form.fields, consent: form.consent }
    }
}

#[derive(Serialize, ToSchema)]
struct PrechatAnswer {
    label: String,
    text: String,
}

#[derive(Serialize, ToSchema)]
struct PrechatAnswers {
    answers: Vec<PrechatAnswer>,
    /// The words that were agreed to; `null`: none were asked.
    consent: Option<String>,
    at: i64,
}

#[derive(Serialize, ToSchema)]
struct PrechatState {
    /// `null`: nothing was asked.
    filled: Option<PrechatAnswers>,
}

impl From<Filled> for PrechatAnswers {
    fn from(filled: Filled) -> Self {
        let answers = filled.answers.into_iter();
        PrechatAnswers {
            answers: answers.map(|one| PrechatAnswer { label: one.label, text: one.text }).collect(),
            consent: (!filled.consent.is_empty()).then_some(filled.consent),
            at: filled.at.0,
        }
    }
}

/// What the customer answered before the conversation.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = PrechatState)))]
#[get("/conversations/{id}/prechat")]
async fn get_prechat_answers(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<PrechatState>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let filled = db.read(move |snapshot| queries::of_conversation(snapshot, &ctx, id)).await?;
    Ok(Json(PrechatState { filled: filled.map(Into::into) }))
}
