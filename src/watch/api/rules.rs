//! What alerts are raised for.

use super::administrator;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::SignedIn;
use crate::watch::Alerts;
use crate::watch::commands::{self, ChangeRule};
use crate::watch::judge::Setting;
use crate::watch::rules::{Bad, RULES, Rule};
use actix_web::web::{Data, Json, Path};
use actix_web::{get, patch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
struct RuleDto {
    #[schema(example = "disk.low")]
    id: &'static str,
    /// `warning`, `critical`
    severity: &'static str,
    /// English, for developers.
    text: &'static str,
    /// `percent`, `days`, `ms`, `s`, `per_minute`, `times`, or `yes`: it is so or not, and has no threshold to set
    unit: &'static str,
    /// Which side of the threshold is bad: `above`, `below`
    bad: &'static str,
    enabled: bool,
    threshold: f64,
    /// The value must be bad for so long.
    for_seconds: u32,
    default_threshold: f64,
    default_for_seconds: u32,
}

fn rule(rule: &'static Rule, setting: &Setting) -> RuleDto {
    RuleDto {
        id: rule.id,
        severity: rule.severity.as_str(),
        text: rule.words,
        unit: rule.unit,
        bad: if rule.bad == Bad::Above { "above" } else { "below" },
        enabled: setting.enabled,
        threshold: setting.threshold,
        for_seconds: setting.for_s,
        default_threshold: rule.threshold,
        default_for_seconds: rule.for_s,
    }
}

#[derive(Serialize, ToSchema)]
struct RuleList {
    items: Vec<RuleDto>,
}

fn list(alerts: &Alerts) -> Json<RuleList> {
    Json(RuleList {
        items: RULES.iter().zip(&alerts.settings()).map(|(known, setting)| rule(known, setting)).collect(),
    })
}

/// The rules, all built in, as they are set. Administrators.
#[utoipa::path(tag = "alerts", responses((status = 200, body = RuleList)))]
#[get("/alert-rules")]
pub async fn list_rules(caller: SignedIn, alerts: Data<Alerts>) -> Result<Json<RuleList>, Problem> {
    administrator(&caller)?;
    Ok(list(&alerts))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleChange {
    enabled: Option<bool>,
    threshold: Option<f64>,
    for_seconds: Option<u32>,
}

/// Changes what is given; all rules as they are then. Administrators.
#[utoipa::path(tag = "alerts", params(("rule" = String, Path, example = "disk.low")), request_body = RuleChange,
    responses((status = 200, body = RuleList)))]
#[patch("/alert-rules/{rule}")]
pub async fn change_rule(
    caller: SignedIn,
    db: Data<Db>,
    alerts: Data<Alerts>,
    id: Path<String>,
    body: Body<RuleChange>,
) -> Result<Json<RuleList>, Problem> {
    let RuleChange { enabled, threshold, for_seconds } = body.into_inner();
    let change = ChangeRule { enabled, threshold, for_s: for_seconds };
    db.write(move |tx| commands::change_rule(tx, &caller.ctx, &id, &change)).await?;
    alerts.reload().await?;
    Ok(list(&alerts))
}
