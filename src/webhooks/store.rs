//! The tables of webhooks.

use super::model::{Delivery, State, Wants, Webhook};
use crate::db::{Row, Snapshot, Tx};
use crate::kernel::{ChannelId, Error, Millis, Result, WebhookId};
use crate::params;

const COLUMNS: &str =
    "id, url, kinds, active, secret, former_secret, former_until, created_at, cursor, round, since, failures, next_at";

pub fn list(snapshot: &Snapshot<'_>) -> Result<Vec<Webhook>> {
    let webhooks = snapshot.list(&format!("SELECT {COLUMNS} FROM webhooks ORDER BY id"), &[], webhook)?;
    webhooks.into_iter().map(|webhook| with_channels(snapshot, webhook)).collect()
}

pub fn get(snapshot: &Snapshot<'_>, id: WebhookId) -> Result<Webhook> {
    let found = snapshot.get(&format!("SELECT {COLUMNS} FROM webhooks WHERE id = ?1"), params![id], webhook)?;
    with_channels(snapshot, found)
}

fn webhook(row: &Row<'_>) -> Result<Webhook> {
    let kinds: String = row.get(2)?;
    let (former, until): (String, Millis) = (row.get(5)?, row.get(6)?);
    Ok(Webhook {
        id: row.get(0)?,
        url: row.get(1)?,
        wants: Wants { kinds: kinds.split_whitespace().map(str::to_owned).collect(), channels: Vec::new() },
        active: row.get(3)?,
        secret: row.get(4)?,
        former: (!former.is_empty()).then_some((former, until)),
        created_at: row.get(7)?,
        cursor: row.get(8)?,
        round: row.get(9)?,
        since: row.get(10)?,
        failures: count(row, 11)?,
        next_at: row.get(12)?,
    })
}

fn with_channels(snapshot: &Snapshot<'_>, mut webhook: Webhook) -> Result<Webhook> {
    let sql = "SELECT channel_id FROM webhook_channels WHERE webhook_id = ?1 ORDER BY channel_id";
    webhook.wants.channels = snapshot.list(sql, params![webhook.id], |row| row.get::<ChannelId>(0))?;
    Ok(webhook)
}

/// It hears what happens after `cursor`.
pub fn insert(tx: &mut Tx<'_>, url: &str, wants: &Wants, secret: &str, cursor: i64, now: Millis) -> Result<Webhook> {
    let id = tx.returning(
        "INSERT INTO webhooks (url, kinds, active, secret, former_secret, former_until, created_at, cursor, round, since,
           failures, next_at)
         VALUES (?1, ?2, 1, ?3, '', 0, ?4, ?5, 0, ?4, 0, 0) RETURNING id",
        params![url, wants.kinds.join(" "), secret, now, cursor],
        |row| row.get::<WebhookId>(0),
    )?;
    put_channels(tx, id, &wants.channels)?;
    get(tx, id)
}

/// All of it but what is settled; a round begins.
pub fn update(tx: &mut Tx<'_>, webhook: &Webhook) -> Result<()> {
    let (former, until) = webhook.former.as_ref().map_or(("", Millis(0)), |(secret, until)| (secret, *until));
    tx.execute(
        "UPDATE webhooks SET url = ?2, kinds = ?3, active = ?4, secret = ?5, former_secret = ?6, former_until = ?7,
           cursor = ?8, since = ?9, failures = ?10, next_at = ?11, round = round + 1 WHERE id = ?1",
        params![
            webhook.id,
            webhook.url,
            webhook.wants.kinds.join(" "),
            webhook.active,
            webhook.secret,
            former,
            until,
            webhook.cursor,
            webhook.since,
            webhook.failures,
            webhook.next_at
        ],
    )?;
    put_channels(tx, webhook.id, &webhook.wants.channels)
}

fn put_channels(tx: &mut Tx<'_>, id: WebhookId, channels: &[ChannelId]) -> Result<()> {
    tx.execute("DELETE FROM webhook_channels WHERE webhook_id = ?1", params![id])?;
    for channel in channels {
        tx.execute("INSERT INTO webhook_channels (webhook_id, channel_id) VALUES (?1, ?2)", params![id, channel])?;
    }
    Ok(())
}

pub fn delete(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    tx.execute("DELETE FROM webhook_deliveries WHERE webhook_id = ?1", params![id])?;
    tx.execute("DELETE FROM webhook_channels WHERE webhook_id = ?1", params![id])?;
    match tx.execute("DELETE FROM webhooks WHERE id = ?1", params![id])? {
        0 => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// `false` if the round is over: somebody changed what comes next.
pub fn settle(
    tx: &mut Tx<'_>,
    (id, round): (WebhookId, i64),
    cursor: i64,
    (failures, next_at): (u32, Millis),
) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE webhooks SET cursor = ?3, failures = ?4, next_at = ?5 WHERE id = ?1 AND round = ?2",
        params![id, round, cursor, failures, next_at],
    )?;
    Ok(changed > 0)
}

const DELIVERY: &str = "position, kind, state, attempts, first_at, at, result, status, took_ms, answer";

pub fn put_delivery(tx: &mut Tx<'_>, id: WebhookId, delivery: &Delivery) -> Result<()> {
    tx.execute(
        "INSERT INTO webhook_deliveries (webhook_id, position, kind, state, attempts, first_at, at, result, status, took_ms, answer)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (webhook_id, position) DO UPDATE SET state = excluded.state, attempts = excluded.attempts,
           first_at = excluded.first_at, at = excluded.at, result = excluded.result, status = excluded.status,
           took_ms = excluded.took_ms, answer = excluded.answer",
        params![
            id,
            delivery.position,
            delivery.kind,
            number(delivery.state),
            delivery.attempts,
            delivery.first_at,
            delivery.at,
            delivery.result,
            delivery.status.map(i64::from),
            delivery.took_ms,
            delivery.answer
        ],
    )
    .map(drop)
}

/// Nothing is tried again any more.
pub fn delete_waiting(tx: &mut Tx<'_>, id: WebhookId) -> Result<()> {
    tx.execute("DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND state = 1", params![id]).map(drop)
}

/// Leaves the newest of those in this state.
pub fn prune(tx: &mut Tx<'_>, id: WebhookId, state: State, keep: usize) -> Result<()> {
    tx.execute(
        "DELETE FROM webhook_deliveries WHERE webhook_id = ?1 AND state = ?2 AND position <=
           (SELECT position FROM webhook_deliveries WHERE webhook_id = ?1 AND state = ?2
            ORDER BY position DESC LIMIT 1 OFFSET ?3)",
        params![id, number(state), keep as i64],
    )
    .map(drop)
}

pub fn find_delivery(snapshot: &Snapshot<'_>, id: WebhookId, position: i64) -> Result<Option<Delivery>> {
    let sql = format!("SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = ?1 AND position = ?2");
    snapshot.find(&sql, params![id, position], delivery)
}

pub fn find_waiting(snapshot: &Snapshot<'_>, id: WebhookId) -> Result<Option<Delivery>> {
    let sql =
        format!("SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = ?1 AND state = 1 ORDER BY position");
    snapshot.find(&sql, params![id], delivery)
}

/// Newest first, those before a position.
pub fn list_deliveries(
    snapshot: &Snapshot<'_>,
    id: WebhookId,
    state: Option<State>,
    before: i64,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let limit = limit as i64;
    match state {
        Some(state) => snapshot.list(
            &format!(
                "SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = ?1 AND state = ?2 AND position < ?3
                 ORDER BY position DESC LIMIT ?4"
            ),
            params![id, number(state), before, limit],
            delivery,
        ),
        None => snapshot.list(
            &format!(
                "SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = ?1 AND position < ?2
                 ORDER BY position DESC LIMIT ?3"
            ),
            params![id, before, limit],
            delivery,
        ),
    }
}

pub fn count_dead(snapshot: &Snapshot<'_>, id: WebhookId) -> Result<i64> {
    let sql = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ?1 AND state = 2";
    snapshot.get(sql, params![id], |row| row.get(0))
}

/// The newest of any.
pub fn find_last(snapshot: &Snapshot<'_>, id: WebhookId) -> Result<Option<Delivery>> {
    let sql = format!("SELECT {DELIVERY} FROM webhook_deliveries WHERE webhook_id = ?1 ORDER BY position DESC");
    snapshot.find(&sql, params![id], delivery)
}

/// Up to where every active webhook is settled; `None` if there is none.
pub fn least_cursor(snapshot: &Snapshot<'_>) -> Result<Option<i64>> {
    snapshot.get("SELECT MIN(cursor) FROM webhooks WHERE active = 1", &[], |row| row.get(0))
}

fn delivery(row: &Row<'_>) -> Result<Delivery> {
    Ok(Delivery {
        position: row.get(0)?,
        kind: row.get(1)?,
        state: state(row.get(2)?)?,
        attempts: count(row, 3)?,
        first_at: row.get(4)?,
        at: row.get(5)?,
        result: row.get(6)?,
        status: row.get::<Option<i64>>(7)?.and_then(|status| u16::try_from(status).ok()),
        took_ms: row.get(8)?,
        answer: row.get(9)?,
    })
}

fn count(row: &Row<'_>, column: usize) -> Result<u32> {
    row.get::<i64>(column)?.try_into().map_err(Error::internal)
}

fn number(state: State) -> i64 {
    match state {
        State::Taken => 0,
        State::Waiting => 1,
        State::Dead => 2,
    }
}

fn state(number: i64) -> Result<State> {
    match number {
        0 => Ok(State::Taken),
        1 => Ok(State::Waiting),
        2 => Ok(State::Dead),
        _ => Err(Error::internal(format!("a delivery in state {number}"))),
    }
}
