//! The tables `alert_rules`, `alert_webhooks`, `alerts` and `watch_probe`.

use super::judge::Setting;
use super::model::{Alert, Webhook};
use super::rules;
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{Millis, Result};
use crate::params;

/// Alerts that are remembered.
const ALERTS_MAX: i64 = 500;
const ALERT: &str = "rule, began_at, value, threshold, resolved_at, acknowledged_at, acknowledged_by";

fn stored(value: f64) -> i64 {
    (value * 1e3).round() as i64
}

fn read(thousandths: i64) -> f64 {
    thousandths as f64 / 1e3
}

pub fn list_settings(snapshot: &Snapshot<'_>) -> Result<Vec<(String, Setting)>> {
    snapshot.list("SELECT rule, enabled, threshold, for_s FROM alert_rules", params![], |row| {
        let (threshold, for_s) = (read(row.get(2)?), row.get::<i64>(3)?);
        let for_s = u32::try_from(for_s).unwrap_or(u32::MAX);
        Ok((row.get(0)?, Setting { enabled: row.get(1)?, threshold, for_s }))
    })
}

pub fn put_setting(tx: &mut Tx<'_>, rule: &str, setting: &Setting) -> Result<()> {
    tx.execute(
        "INSERT INTO alert_rules (rule, enabled, threshold, for_s) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (rule) DO UPDATE SET enabled = ?2, threshold = ?3, for_s = ?4",
        params![rule, setting.enabled, stored(setting.threshold), setting.for_s],
    )
    .map(drop)
}

fn webhook(row: &Row<'_>) -> Result<Webhook> {
    Ok(Webhook { id: row.get(0)?, url: row.get(1)?, secret: row.get(2)?, created_at: row.get(3)? })
}

pub fn list_webhooks(snapshot: &Snapshot<'_>) -> Result<Vec<Webhook>> {
    snapshot.list("SELECT id, url, secret, created_at FROM alert_webhooks ORDER BY id", params![], webhook)
}

pub fn insert_webhook(tx: &mut Tx<'_>, url: &str, secret: &str, now: Millis) -> Result<Webhook> {
    tx.returning(
        "INSERT INTO alert_webhooks (url, secret, created_at) VALUES (?1, ?2, ?3)
         RETURNING id, url, secret, created_at",
        params![url, secret, now],
        webhook,
    )
}

/// Whether there was one.
pub fn delete_webhook(tx: &mut Tx<'_>, id: i64) -> Result<bool> {
    Ok(tx.execute("DELETE FROM alert_webhooks WHERE id = ?1", params![id])? > 0)
}

/// `None` for a rule that this program does not have.
fn alert(row: &Row<'_>) -> Result<Option<Alert>> {
    let Some(rule) = rules::find(&row.get::<String>(0)?) else { return Ok(None) };
    Ok(Some(Alert {
        rule,
        began_at: row.get(1)?,
        value: read(row.get(2)?),
        threshold: read(row.get(3)?),
        resolved_at: row.get(4)?,
        acknowledged_at: row.get(5)?,
        acknowledged_by: row.get(6)?,
    }))
}

/// Newest first.
pub fn list_alerts(snapshot: &Snapshot<'_>, limit: usize) -> Result<Vec<Alert>> {
    let sql = format!("SELECT {ALERT} FROM alerts ORDER BY began_at DESC, rule LIMIT ?1");
    Ok(snapshot.list(&sql, params![limit as i64], alert)?.into_iter().flatten().collect())
}

pub fn list_unresolved(snapshot: &Snapshot<'_>) -> Result<Vec<Alert>> {
    let sql = format!("SELECT {ALERT} FROM alerts WHERE resolved_at IS NULL ORDER BY began_at");
    Ok(snapshot.list(&sql, params![], alert)?.into_iter().flatten().collect())
}

/// As it is now; older ones than are remembered go.
pub fn put_alert(tx: &mut Tx<'_>, alert: &Alert) -> Result<()> {
    tx.execute(
        "INSERT INTO alerts (rule, began_at, value, threshold, resolved_at, acknowledged_at, acknowledged_by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (rule, began_at) DO UPDATE SET resolved_at = ?5, acknowledged_at = ?6, acknowledged_by = ?7",
        params![
            alert.rule.id,
            alert.began_at,
            stored(alert.value),
            stored(alert.threshold),
            alert.resolved_at,
            alert.acknowledged_at,
            alert.acknowledged_by
        ],
    )?;
    tx.execute(
        "DELETE FROM alerts WHERE resolved_at IS NOT NULL AND began_at <
           (SELECT began_at FROM alerts ORDER BY began_at DESC LIMIT 1 OFFSET ?1)",
        params![ALERTS_MAX],
    )
    .map(drop)
}

pub fn update_probe(tx: &mut Tx<'_>, now: Millis) -> Result<()> {
    tx.execute("INSERT INTO watch_probe (id, at) VALUES (1, ?1) ON CONFLICT (id) DO UPDATE SET at = ?1", params![now])
        .map(drop)
}

pub fn find_probe(snapshot: &Snapshot<'_>) -> Result<Option<Millis>> {
    snapshot.find("SELECT at FROM watch_probe WHERE id = 1", params![], |row| row.get(0))
}
