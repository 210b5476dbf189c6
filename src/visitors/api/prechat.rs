//! What the acting visitor is asked before a conversation.

use super::door::Visiting;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::kernel::Result;
use crate::prechat::api::FormDto;
use crate::prechat::{Given, commands, queries};
use crate::socket::Rates;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_prechat_form).service(answer_prechat);
}

/// What is asked before a conversation, and whether you are to answer now.
#[utoipa::path(tag = "visitors", responses((status = 200, body = FormDto)))]
#[get("/visitor/prechat")]
async fn get_prechat_form(visitor: Visiting, db: Data<Db>) -> Result<Json<FormDto>, Problem> {
    let ctx = visitor.0;
    let form = db.read(move |snapshot| queries::form(snapshot, &ctx)).await?;
    Ok(Json(form.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PrechatGiven {
    /// By the fields' ids.
    #[serde(default)]
    answers: BTreeMap<String, String>,
    /// The text that was agreed to, as it was shown.
    consent: Option<String>,
}

/// Answers. The conversation that your next message begins takes it along.
#[utoipa::path(tag = "visitors", request_body = PrechatGiven, responses((status = 204)))]
#[post("/visitor/prechat")]
async fn answer_prechat(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<PrechatGiven>,
) -> Result<HttpResponse, Problem> {
    rates.check_change(visitor.0.actor)?;
    let PrechatGiven { answers, consent } = body.into_inner();
    let (ctx, given) = (visitor.0, Given { answers, consent });
    db.write(move |tx| commands::answer(tx, &ctx, &given)).await?;
    Ok(HttpResponse::NoContent().finish())
}
