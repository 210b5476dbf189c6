//! Reading what administrators set and what was raised.

use super::judge::Setting;
use super::model::{Alert, Webhook};
use super::rules::RULES;
use super::store;
use crate::db::Snapshot;
use crate::kernel::{Ctx, Result, Role};

const ALERTS_SHOWN: usize = 100;

/// What the program itself works by: a setting for each of [`RULES`], in their order.
pub fn settings(snapshot: &Snapshot<'_>) -> Result<Vec<Setting>> {
    let changed = store::list_settings(snapshot)?;
    let of = |id: &str| changed.iter().find(|(rule, _)| rule == id).map(|(_, setting)| *setting);
    Ok(RULES.iter().map(|rule| of(rule.id).unwrap_or_else(|| rule.setting())).collect())
}

pub fn webhooks(snapshot: &Snapshot<'_>) -> Result<Vec<Webhook>> {
    store::list_webhooks(snapshot)
}

/// From before the program was started.
pub fn unresolved(snapshot: &Snapshot<'_>) -> Result<Vec<Alert>> {
    store::list_unresolved(snapshot)
}

/// Newest first.
pub fn alerts(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Alert>> {
    ctx.require(Role::Administrator)?;
    store::list_alerts(snapshot, ALERTS_SHOWN)
}
