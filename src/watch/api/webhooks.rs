//! Where alerts are sent.

use super::administrator;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::SignedIn;
use crate::kernel::{Error, Result};
use crate::post::Outcome;
use crate::vault;
use crate::watch::model::Webhook;
use crate::watch::{Alerts, commands};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const PREFIX: &str = "whk_";

#[derive(Serialize, ToSchema)]
struct WebhookDto {
    #[schema(example = "whk_1")]
    id: String,
    url: String,
    created_at: i64,
    /// What came of the last message since the start; null before there was one.
    last: Option<OutcomeDto>,
}

#[derive(Serialize, ToSchema)]
struct OutcomeDto {
    at: i64,
    /// `ok`, `refused` (not a status of 2xx), `forbidden` (a network that the operator does not allow), `timeout`, `unreachable`, `failed`
    result: &'static str,
    /// Null if no answer came.
    status: Option<u16>,
}

impl From<Outcome> for OutcomeDto {
    fn from(Outcome { at, status, result, .. }: Outcome) -> Self {
        OutcomeDto { at: at.0, result, status }
    }
}

fn webhook(webhook: Webhook, last: Option<Outcome>) -> WebhookDto {
    WebhookDto {
        id: format!("{PREFIX}{}", webhook.id),
        url: webhook.url,
        created_at: webhook.created_at.0,
        last: last.map(OutcomeDto::from),
    }
}

#[derive(Serialize, ToSchema)]
struct WebhookList {
    items: Vec<WebhookDto>,
}

/// Without their secrets. Administrators.
#[utoipa::path(tag = "alerts", responses((status = 200, body = WebhookList)))]
#[get("/alert-webhooks")]
pub async fn list_webhooks(caller: SignedIn, alerts: Data<Alerts>) -> Result<Json<WebhookList>, Problem> {
    administrator(&caller)?;
    let items = alerts.webhooks().all().into_iter().map(|(known, last)| webhook(known, last)).collect();
    Ok(Json(WebhookList { items }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewWebhook {
    /// `https://…` or `http://…`
    url: String,
}

#[derive(Serialize, ToSchema)]
struct CreatedWebhook {
    webhook: WebhookDto,
    /// Shown this once: what its messages are signed with.
    #[schema(example = "whs_…")]
    secret: String,
}

/// Alerts go there from now on. The secret is in this answer and never again. Administrators.
#[utoipa::path(tag = "alerts", request_body = NewWebhook, responses((status = 201, body = CreatedWebhook)))]
#[post("/alert-webhooks")]
pub async fn create_webhook(
    caller: SignedIn,
    db: Data<Db>,
    alerts: Data<Alerts>,
    body: Body<NewWebhook>,
) -> Result<HttpResponse, Problem> {
    let (url, secret) = (body.into_inner().url, vault::token("whs"));
    let signed = secret.clone();
    let made = db.write(move |tx| commands::create_webhook(tx, &caller.ctx, &url, &signed)).await?;
    alerts.reload().await?;
    Ok(HttpResponse::Created().json(CreatedWebhook { webhook: webhook(made, None), secret }))
}

fn parse(id: &str) -> Result<i64> {
    let number = id.strip_prefix(PREFIX).and_then(|number| number.parse().ok());
    number.ok_or_else(|| Error::malformed("A webhook's id is of the form whk_123."))
}

/// Nothing goes there any more. Administrators.
#[utoipa::path(tag = "alerts", params(("id" = String, Path, example = "whk_1")), responses((status = 204)))]
#[delete("/alert-webhooks/{id}")]
pub async fn delete_webhook(
    caller: SignedIn,
    db: Data<Db>,
    alerts: Data<Alerts>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    db.write(move |tx| commands::delete_webhook(tx, &caller.ctx, id)).await?;
    alerts.reload().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a test there, now and once, and says what came of it. Administrators.
#[utoipa::path(tag = "alerts", params(("id" = String, Path, example = "whk_1")), responses((status = 200, body = OutcomeDto)))]
#[post("/alert-webhooks/{id}/test")]
pub async fn test_webhook(
    caller: SignedIn,
    alerts: Data<Alerts>,
    id: Path<String>,
) -> Result<Json<OutcomeDto>, Problem> {
    administrator(&caller)?;
    Ok(Json(alerts.try_webhook(parse(&id)?).await?.into()))
}
