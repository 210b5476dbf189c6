//! Reading webhooks, and what lies before them.

use super::model::{Delivery, State, Wants, Webhook};
use super::store;
use crate::db::{RecordedEvent, Snapshot};
use crate::hub::{Announcement, Hub};
use crate::kernel::{Ctx, Error, Millis, Page, Result, Role, WebhookId};

/// A webhook, and how it fares.
pub struct Sight {
    pub webhook: Webhook,
    pub waiting: Option<Delivery>,
    pub last: Option<Delivery>,
    pub dead: i64,
}

pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Sight>> {
    ctx.require(Role::Administrator)?;
    store::list(snapshot)?.into_iter().map(|webhook| sight(snapshot, webhook)).collect()
}

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: WebhookId) -> Result<Sight> {
    ctx.require(Role::Administrator)?;
    sight(snapshot, store::get(snapshot, id)?)
}

fn sight(snapshot: &Snapshot<'_>, webhook: Webhook) -> Result<Sight> {
    Ok(Sight {
        waiting: store::find_waiting(snapshot, webhook.id)?,
        last: store::find_last(snapshot, webhook.id)?,
        dead: store::count_dead(snapshot, webhook.id)?,
        webhook,
    })
}

/// Newest first.
pub fn deliveries(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    id: WebhookId,
    state: Option<State>,
    before: i64,
    limit: usize,
) -> Result<Page<Delivery>> {
    ctx.require(Role::Administrator)?;
    store::get(snapshot, id)?;
    let found = store::list_deliveries(snapshot, id, state, before, limit + 1)?;
    Ok(Page::from_overfetch(found, limit, |delivery| delivery.position.to_string()))
}

/// What is sent again by hand: to whom, its kind, and the body as it would be now. An event whose thing is gone cannot be.
pub fn again(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    hub: &Hub,
    id: WebhookId,
    position: i64,
) -> Result<(Webhook, String, String)> {
    ctx.require(Role::Administrator)?;
    let webhook = store::get(snapshot, id)?;
    let delivery = store::find_delivery(snapshot, id, position)?.ok_or_else(Error::not_found)?;
    let event = snapshot.find_event(position)?.ok_or_else(Error::not_found)?;
    // Whatever it wants by now: somebody asks for this one.
    let body = tell(snapshot, hub, &Wants::default(), &event)?.ok_or_else(Error::not_found)?;
    Ok((webhook, delivery.kind, body))
}

/// All that the courier serves, each with what it tries again.
pub fn active(snapshot: &Snapshot<'_>) -> Result<Vec<(Webhook, Option<Delivery>)>> {
    let active = store::list(snapshot)?.into_iter().filter(|webhook| webhook.active);
    active.map(|webhook| store::find_waiting(snapshot, webhook.id).map(|waiting| (webhook, waiting))).collect()
}

/// Every active webhook has what happened up to here; `None`: there is none.
pub fn unsettled_after(snapshot: &Snapshot<'_>) -> Result<Option<i64>> {
    store::least_cursor(snapshot)
}

/// Something to be sent.
pub struct Item {
    pub position: i64,
    pub at: Millis,
    pub kind: String,
    pub body: String,
}

/// What comes next for a webhook.
pub struct Upcoming {
    pub items: Vec<Item>,
    /// There is nothing else for it up to here.
    pub reached: i64,
    /// Perhaps there is more after it.
    pub more: bool,
    /// What happened up to here may be missing.
    pub swept: i64,
}

/// Events looked at in one snapshot, and bytes of what is found.
const EVENTS_MAX: usize = 250;
const BYTES_MAX: usize = 1 << 20;

pub fn upcoming(snapshot: &Snapshot<'_>, hub: &Hub, wants: &Wants, after: i64) -> Result<Upcoming> {
    let swept = snapshot.swept_position()?;
    let events = snapshot.events_after(after, EVENTS_MAX)?;
    let mut upcoming = Upcoming { items: Vec::new(), reached: after, more: events.len() == EVENTS_MAX, swept };
    let mut bytes = 0;
    for event in events {
        upcoming.reached = event.position;
        let Some(body) = tell(snapshot, hub, wants, &event)? else { continue };
        bytes += body.len();
        upcoming.items.push(Item { position: event.position, at: event.at, kind: event.kind, body });
        if bytes >= BYTES_MAX {
            upcoming.more = true;
            break;
        }
    }
    Ok(upcoming)
}

/// The frame that an agent's socket gets of this event; `None` if the webhook does not want it, or if what it tells of is gone.
pub fn tell(snapshot: &Snapshot<'_>, hub: &Hub, wants: &Wants, event: &RecordedEvent) -> Result<Option<String>> {
    let Some(feed) = hub.feeds().find(&event.kind).filter(|_| wants.wants_kind(&event.kind)) else { return Ok(None) };
    Ok(match (feed.replay)(snapshot, event)? {
        Announcement::Tell { audience, agents: Some(body), .. } if wants.wants_of(audience) => {
            Some(hub.frame(&event.kind, event.position, &body).text.to_string())
        }
        _ => None,
    })
}
