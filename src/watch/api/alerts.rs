//! What was raised.

use super::administrator;
use crate::db::Db;
use crate::http::Problem;
use crate::identity::SignedIn;
use crate::kernel::Clock;
use crate::watch::model::Alert;
use crate::watch::{Alerts, queries};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct AlertDto {
    #[schema(example = "disk.low")]
    rule: &'static str,
    /// `warning`, `critical`
    severity: &'static str,
    /// English, for developers.
    text: &'static str,
    /// Of a raised one: now. Of one that is over: when it was raised.
    value: f64,
    threshold: f64,
    unit: &'static str,
    began_at: i64,
    /// Null while it goes on.
    resolved_at: Option<i64>,
    /// Null until somebody says that they know.
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<String>,
}

impl From<Alert> for AlertDto {
    fn from(alert: Alert) -> Self {
        AlertDto {
            rule: alert.rule.id,
            severity: alert.rule.severity.as_str(),
            text: alert.rule.words,
            value: alert.value,
            threshold: alert.threshold,
            unit: alert.rule.unit,
            began_at: alert.began_at.0,
            resolved_at: alert.resolved_at.map(|at| at.0),
            acknowledged_at: alert.acknowledged_at.map(|at| at.0),
            acknowledged_by: alert.acknowledged_by.map(|user| user.to_string()),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct AlertList {
    items: Vec<AlertDto>,
}

fn list(alerts: Vec<Alert>) -> Json<AlertList> {
    Json(AlertList { items: alerts.into_iter().map(AlertDto::from).collect() })
}

/// The newest hundred, over or not, newest first. Administrators.
#[utoipa::path(tag = "alerts", responses((status = 200, body = AlertList)))]
#[get("/alerts")]
pub async fn list_alerts(caller: SignedIn, db: Data<Db>) -> Result<Json<AlertList>, Problem> {
    Ok(list(db.read(move |snapshot| queries::alerts(snapshot, &caller.ctx)).await?))
}

/// Those that are raised just now, the worst first; without the store's help. Administrators.
#[utoipa::path(tag = "alerts", responses((status = 200, body = AlertList)))]
#[get("/alerts/raised")]
pub async fn raised_alerts(caller: SignedIn, alerts: Data<Alerts>) -> Result<Json<AlertList>, Problem> {
    administrator(&caller)?;
    Ok(list(alerts.raised()))
}

/// Says that one knows of a raised alert. Administrators.
#[utoipa::path(tag = "alerts", params(("rule" = String, Path, example = "disk.low")), responses((status = 204)))]
#[post("/alerts/{rule}/acknowledge")]
pub async fn acknowledge(
    caller: SignedIn,
    alerts: Data<Alerts>,
    clock: Data<Clock>,
    rule: Path<String>,
) -> Result<HttpResponse, Problem> {
    let user = administrator(&caller)?;
    alerts.acknowledge(&rule, user, clock.now())?;
    Ok(HttpResponse::NoContent().finish())
}
