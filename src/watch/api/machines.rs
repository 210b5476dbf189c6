//! What load balancers and Prometheus ask.

use super::administrator;
use crate::http::{Problem, bearer};
use crate::identity::api::Proof;
use crate::kernel::{Error, ErrorKind};
use crate::watch::readiness::Check;
use crate::watch::{Metrics, Pulse, Readiness};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// As `prometheus-client` writes it.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Serialize, ToSchema)]
struct ReadyDto {
    /// `ready` or `not_ready`
    status: &'static str,
    checks: Vec<CheckDto>,
}

#[derive(Serialize, ToSchema)]
struct CheckDto {
    /// `serving`, `store_write`, `store_read`, `migrations`, `disk`
    name: &'static str,
    ok: bool,
    detail: &'static str,
    ms: u64,
}

/// Whether requests should be sent here; 503 if not.
#[utoipa::path(tag = "server", security(()), responses((status = 200, body = ReadyDto)))]
#[get("/readyz")]
pub async fn readyz(pulse: Data<Pulse>, readiness: Data<Readiness>) -> HttpResponse {
    let checks = readiness.checks(pulse.sources()).await;
    let ready = checks.iter().all(|check| check.ok);
    let dto = |Check { name, ok, detail, ms }| CheckDto { name, ok, detail, ms };
    let status = if ready { "ready" } else { "not_ready" };
    let body = ReadyDto { status, checks: checks.into_iter().map(dto).collect() };
    if ready { HttpResponse::Ok().json(body) } else { HttpResponse::ServiceUnavailable().json(body) }
}

/// Figures for Prometheus: with an administrator's API token or the token of `[metrics] token_file`.
#[utoipa::path(tag = "server", security(("token" = [])), responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
#[get("/metrics")]
pub async fn metrics(request: HttpRequest, known: Data<Metrics>) -> Result<HttpResponse, Problem> {
    let token = bearer(request.headers()).ok_or_else(token_required)?;
    if !known.access.admits(token) {
        administrator(&Proof::by_token(&request, token)?.check().await?)?;
    }
    local_metrics(known).await
}

pub async fn local_metrics(known: Data<Metrics>) -> Result<HttpResponse, Problem> {
    let text = known.text().map_err(Error::internal)?;
    Ok(HttpResponse::Ok().content_type(TEXT).body(text))
}

fn token_required() -> Error {
    Error::new(ErrorKind::Unauthenticated, "session.required", "Send an administrator's API token.")
}
