//! What administrators change.

use super::judge::Setting;
use super::model::Webhook;
use super::rules::{self, Rule};
use super::store;
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Result, Role};
use crate::post::check_url;

/// Each alert goes to all of them.
const WEBHOOKS_MAX: usize = 5;
const THRESHOLD_MAX: f64 = 1e9;
/// A day: what must be bad for longer is nothing to be called for.
const FOR_S_MAX: u32 = 86_400;

/// What is `None` stays.
#[derive(Clone, Copy, Default)]
pub struct ChangeRule {
    pub enabled: Option<bool>,
    pub threshold: Option<f64>,
    pub for_s: Option<u32>,
}

pub fn change_rule(tx: &mut Tx<'_>, ctx: &Ctx, id: &str, change: &ChangeRule) -> Result<()> {
    ctx.require(Role::Administrator)?;
    let rule = rules::find(id).ok_or_else(Error::not_found)?;
    let before = store::list_settings(tx)?.into_iter().find(|(known, _)| known == id);
    let before = before.map_or_else(|| rule.setting(), |(_, setting)| setting);
    let setting = Setting {
        enabled: change.enabled.unwrap_or(before.enabled),
        threshold: change.threshold.unwrap_or(before.threshold),
        for_s: change.for_s.unwrap_or(before.for_s),
    };
    check(rule, &setting)?;
    store::put_setting(tx, id, &setting)
}

fn check(rule: &Rule, setting: &Setting) -> Result<()> {
    let fits = (0.0..=THRESHOLD_MAX).contains(&setting.threshold)
        && (rule.unit != "percent" || setting.threshold <= 100.0)
        && (rule.has_threshold() || setting.threshold == rule.threshold);
    if !fits {
        return Err(Error::invalid("threshold", "invalid"));
    }
    if setting.for_s > FOR_S_MAX {
        return Err(Error::invalid("for_seconds", "invalid"));
    }
    Ok(())
}

pub fn create_webhook(tx: &mut Tx<'_>, ctx: &Ctx, url: &str, secret: &str) -> Result<Webhook> {
    ctx.require(Role::Administrator)?;
    let url = check_url(url)?;
    if store::list_webhooks(tx)?.len() >= WEBHOOKS_MAX {
        return Err(Error::conflict("webhook.too_many", "Remove a webhook before adding another one."));
    }
    store::insert_webhook(tx, &url, secret, ctx.now)
}

pub fn delete_webhook(tx: &mut Tx<'_>, ctx: &Ctx, id: i64) -> Result<()> {
    ctx.require(Role::Administrator)?;
    if store::delete_webhook(tx, id)? { Ok(()) } else { Err(Error::not_found()) }
}
