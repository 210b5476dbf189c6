//! What administrators change, and what the courier settles.

use super::model::{DEAD_KEPT, Delivery, FORMER_MS, KINDS, State, TAKEN_KEPT, WEBHOOKS_MAX, Wants, Webhook};
use super::store;
use crate::channels;
use crate::db::Tx;
use crate::kernel::{Ctx, Error, Millis, Result, Role, WebhookId};
use crate::post::check_url;

/// It hears what happens from now on. `secret` is not told again.
pub fn create(tx: &mut Tx<'_>, ctx: &Ctx, url: &str, wants: &Wants, secret: &str) -> Result<Webhook> {
    ctx.require(Role::Administrator)?;
    let url = check_url(url)?;
    let wants = tidy(tx, wants)?;
    if store::list(tx)?.len() >= WEBHOOKS_MAX {
        let detail = format!("There are {WEBHOOKS_MAX} already: remove one before adding another.");
        return Err(Error::conflict("webhook.too_many", detail));
    }
    let newest = tx.next_position() - 1;
    store::insert(tx, &url, &wants, secret, newest, ctx.now)
}

/// What is `None` stays.
#[derive(Default)]
pub struct Change {
    pub url: Option<String>,
    pub kinds: Option<Vec<String>>,
    pub channels: Option<Vec<crate::kernel::ChannelId>>,
    pub active: Option<bool>,
}

/// A webhook that is paused hears later what happened meanwhile.
pub fn change(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, change: &Change) -> Result<Webhook> {
    let mut webhook = own(tx, ctx, id)?;
    if let Some(url) = &change.url {
        webhook.url = check_url(url)?;
    }
    let Wants { kinds, channels } = webhook.wants;
    webhook.wants = tidy(
        tx,
        &Wants { kinds: change.kinds.clone().unwrap_or(kinds), channels: change.channels.clone().unwrap_or(channels) },
    )?;
    if let Some(active) = change.active {
        if active && !webhook.active {
            webhook.since = ctx.now;
        }
        webhook.active = active;
    }
    begin(tx, webhook)
}

pub fn delete(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId) -> Result<()> {
    own(tx, ctx, id)?;
    store::delete(tx, id)
}

/// The former secret signs as well for a day, so that its receiver has time.
pub fn renew_secret(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, secret: &str) -> Result<Webhook> {
    let mut webhook = own(tx, ctx, id)?;
    let former = std::mem::replace(&mut webhook.secret, secret.to_owned());
    webhook.former = Some((former, ctx.now.plus(FORMER_MS)));
    begin(tx, webhook)
}

/// What waits is tried now.
pub fn retry(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId) -> Result<Webhook> {
    let webhook = own(tx, ctx, id)?;
    begin(tx, webhook)
}

/// Everything from this position on is sent again, under the ids it had.
pub fn replay(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, from: i64) -> Result<Webhook> {
    let mut webhook = own(tx, ctx, id)?;
    let (oldest, newest) = (tx.swept_position()? + 1, tx.next_position() - 1);
    if !(oldest..=newest + 1).contains(&from) {
        return Err(Error::invalid("from", "invalid"));
    }
    store::delete_waiting(tx, id)?;
    (webhook.cursor, webhook.since) = (from - 1, ctx.now);
    begin(tx, webhook)
}

/// The event that is tried again and again is given up, and the webhook goes on with the next.
pub fn give_up(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, position: i64) -> Result<Webhook> {
    let mut webhook = own(tx, ctx, id)?;
    let waiting = store::find_waiting(tx, id)?.filter(|waiting| waiting.position == position);
    let waiting = waiting.ok_or_else(Error::not_found)?;
    webhook.cursor = webhook.cursor.max(waiting.position);
    store::put_delivery(tx, id, &Delivery { state: State::Dead, ..waiting })?;
    begin(tx, webhook)
}

/// What came of a delivery that was sent again by hand, outside of the order.
pub fn record_by_hand(tx: &mut Tx<'_>, ctx: &Ctx, id: WebhookId, tried: &Delivery) -> Result<Delivery> {
    own(tx, ctx, id)?;
    // What is tried again in its turn stays so: its turn comes.
    let before = store::find_delivery(tx, id, tried.position)?.ok_or_else(Error::not_found)?;
    let state = if tried.result == "ok" && before.state == State::Dead { State::Taken } else { before.state };
    let now = Delivery { state, attempts: before.attempts + 1, first_at: before.first_at, ..tried.clone() };
    store::put_delivery(tx, id, &now)?;
    Ok(now)
}

/// What the courier did since it told last.
#[derive(Clone, Default)]
pub struct Settled {
    pub cursor: i64,
    pub failures: u32,
    pub next_at: Millis,
    pub deliveries: Vec<Delivery>,
}

/// `false`: somebody changed what comes next, nothing of this counts.
pub fn settle(tx: &mut Tx<'_>, id: WebhookId, round: i64, settled: &Settled) -> Result<bool> {
    if !store::settle(tx, (id, round), settled.cursor, (settled.failures, settled.next_at))? {
        return Ok(false);
    }
    for delivery in &settled.deliveries {
        store::put_delivery(tx, id, delivery)?;
    }
    store::prune(tx, id, State::Taken, TAKEN_KEPT)?;
    store::prune(tx, id, State::Dead, DEAD_KEPT)?;
    Ok(true)
}

fn own(tx: &Tx<'_>, ctx: &Ctx, id: WebhookId) -> Result<Webhook> {
    ctx.require(Role::Administrator)?;
    store::get(tx, id)
}

/// A round begins, at once and with new courage.
fn begin(tx: &mut Tx<'_>, webhook: Webhook) -> Result<Webhook> {
    store::update(tx, &Webhook { failures: 0, next_at: Millis(0), ..webhook.clone() })?;
    store::get(tx, webhook.id)
}

fn tidy(tx: &Tx<'_>, wants: &Wants) -> Result<Wants> {
    let Wants { mut kinds, mut channels } = wants.clone();
    kinds.sort_unstable();
    kinds.dedup();
    channels.sort_unstable();
    channels.dedup();
    if kinds.iter().any(|kind| !KINDS.contains(&kind.as_str())) {
        return Err(Error::invalid("kinds", "unknown"));
    }
    for channel in &channels {
        if channels::queries::find(tx, *channel)?.is_none() {
            return Err(Error::invalid("channels", "unknown"));
        }
    }
    Ok(Wants { kinds, channels })
}
