//! Webhooks at the door.

use super::commands::{self, Change};
use super::courier::{Courier, delivery};
use super::model::{Delivery, State, Wants, Webhook};
use super::queries::{self, Sight};
use crate::conversations::api::rest::page_limit;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{ChannelId, Error, Millis, Result, WebhookId};
use crate::post::{Letter, Outcome};
use crate::vault::{self, random};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_event_webhooks).service(create_event_webhook).service(update_event_webhook);
    config.service(delete_event_webhook).service(renew_webhook_secret).service(test_event_webhook);
    config.service(retry_webhook).service(replay_webhook).service(list_deliveries);
    config.service(redeliver).service(give_up_delivery);
}

#[derive(Serialize, ToSchema)]
#[schema(as = EventWebhook)]
struct EventWebhookDto {
    #[schema(example = "hook_1")]
    id: String,
    url: String,
    /// Which kinds of events; none: all.
    kinds: Vec<String>,
    /// Of which channels; none: all, and what belongs to no channel.
    channels: Vec<String>,
    active: bool,
    created_at: i64,
    /// Everything up to this position is taken or given up.
    position: i64,
    /// Tries in a row that failed.
    failures: u32,
    /// When it is tried again; null if nothing waits.
    next_at: Option<i64>,
    /// What is tried again; everything after it waits.
    waiting: Option<DeliveryDto>,
    /// The newest that was sent.
    last: Option<DeliveryDto>,
    /// How many were given up.
    dead: i64,
    /// The former secret signs as well until then; null if there is none.
    former_secret_until: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
struct DeliveryDto {
    /// Of the event. With the store's epoch before it, it is the delivery's id.
    position: i64,
    kind: String,
    state: DeliveryState,
    attempts: u32,
    first_at: i64,
    /// Of the last try.
    at: i64,
    /// `ok`, `refused` (not a status of 2xx), `forbidden` (a network that the operator does not allow), `timeout`, `unreachable`, `failed`
    result: String,
    /// Null if no answer came.
    status: Option<u16>,
    took_ms: i64,
    /// How the answer began, up to 1,000 bytes.
    answer: String,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum DeliveryState {
    Taken,
    Waiting,
    Dead,
}

impl From<State> for DeliveryState {
    fn from(state: State) -> Self {
        match state {
            State::Taken => DeliveryState::Taken,
            State::Waiting => DeliveryState::Waiting,
            State::Dead => DeliveryState::Dead,
        }
    }
}

impl From<DeliveryState> for State {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Taken => State::Taken,
            DeliveryState::Waiting => State::Waiting,
            DeliveryState::Dead => State::Dead,
        }
    }
}

impl From<Delivery> for DeliveryDto {
    fn from(delivery: Delivery) -> Self {
        DeliveryDto {
            position: delivery.position,
            kind: delivery.kind,
            state: delivery.state.into(),
            attempts: delivery.attempts,
            first_at: delivery.first_at.0,
            at: delivery.at.0,
            result: delivery.result,
            status: delivery.status,
            took_ms: delivery.took_ms,
            answer: delivery.answer,
        }
    }
}

impl From<Sight> for EventWebhookDto {
    fn from(Sight { webhook, waiting, last, dead }: Sight) -> Self {
        EventWebhookDto {
            id: webhook.id.to_string(),
            url: webhook.url,
            kinds: webhook.wants.kinds,
            channels: webhook.wants.channels.iter().map(ChannelId::to_string).collect(),
            active: webhook.active,
            created_at: webhook.created_at.0,
            position: webhook.cursor,
            failures: webhook.failures,
            next_at: waiting.is_some().then_some(webhook.next_at.0),
            waiting: waiting.map(DeliveryDto::from),
            last: last.map(DeliveryDto::from),
            dead,
            former_secret_until: webhook.former.map(|(_, until)| until.0),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct EventWebhookList {
    items: Vec<EventWebhookDto>,
}

/// Without their secrets. Administrators.
#[utoipa::path(tag = "webhooks", responses((status = 200, body = EventWebhookList)))]
#[get("/webhooks")]
async fn list_event_webhooks(caller: SignedIn, db: Data<Db>) -> Result<Json<EventWebhookList>, Problem> {
    let ctx = caller.ctx;
    let items = db.read(move |snapshot| queries::list(snapshot, &ctx)).await?;
    Ok(Json(EventWebhookList { items: items.into_iter().map(EventWebhookDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEventWebhook {
    /// `https://…` or `http://…`
    url: String,
    /// Kinds of events; none: all.
    #[serde(default)]
    kinds: Vec<String>,
    /// None: all.
    #[serde(default)]
    channels: Vec<String>,
}

#[derive(Serialize, ToSchema)]
struct CreatedEventWebhook {
    webhook: EventWebhookDto,
    /// Shown this once: what its messages are signed with.
    #[schema(example = "whs_…")]
    secret: String,
}

/// What happens goes there from now on. The secret is in this answer and never again. Administrators.
#[utoipa::path(tag = "webhooks", request_body = NewEventWebhook, responses((status = 201, body = CreatedEventWebhook)))]
#[post("/webhooks")]
async fn create_event_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    body: Body<NewEventWebhook>,
) -> Result<HttpResponse, Problem> {
    let new = body.into_inner();
    let (wants, secret) = (Wants { kinds: new.kinds, channels: channels(&new.channels)? }, vault::token("whs"));
    let (ctx, signed) = (caller.ctx, secret.clone());
    let made = db.write(move |tx| commands::create(tx, &ctx, &new.url, &wants, &signed)).await?;
    courier.reload();
    let webhook = look(&db, &caller, made.id).await?;
    Ok(HttpResponse::Created().json(CreatedEventWebhook { webhook, secret }))
}

fn channels(ids: &[String]) -> Result<Vec<ChannelId>> {
    ids.iter().map(|id| id.parse()).collect()
}

async fn look(db: &Db, caller: &SignedIn, id: WebhookId) -> Result<EventWebhookDto> {
    let ctx = caller.ctx;
    db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await.map(EventWebhookDto::from)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EventWebhookChange {
    url: Option<String>,
    kinds: Option<Vec<String>>,
    channels: Option<Vec<String>>,
    /// false: nothing is sent; what happens meanwhile is sent later.
    active: Option<bool>,
}

/// Changes what is given. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")), request_body = EventWebhookChange,
    responses((status = 200, body = EventWebhookDto)))]
#[patch("/webhooks/{id}")]
async fn update_event_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
    body: Body<EventWebhookChange>,
) -> Result<Json<EventWebhookDto>, Problem> {
    let (id, new) = (id.parse::<WebhookId>()?, body.into_inner());
    let channels = new.channels.as_deref().map(channels).transpose()?;
    let (ctx, change) = (caller.ctx, Change { url: new.url, kinds: new.kinds, channels, active: new.active });
    let changed = db.write(move |tx| commands::change(tx, &ctx, id, &change)).await?;
    begun(&db, &courier, &caller, &changed).await
}

/// After a change: the courier goes on from there.
async fn begun(
    db: &Db,
    courier: &Courier,
    caller: &SignedIn,
    changed: &Webhook,
) -> Result<Json<EventWebhookDto>, Problem> {
    courier.reload();
    Ok(Json(look(db, caller, changed.id).await?))
}

/// Nothing goes there any more, and what was sent is forgotten. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")), responses((status = 204)))]
#[delete("/webhooks/{id}")]
async fn delete_event_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id.parse()?;
    db.write(move |tx| commands::delete(tx, &caller.ctx, id)).await?;
    courier.reload();
    Ok(HttpResponse::NoContent().finish())
}

/// A new secret, shown this once. For 24 hours the former one signs as well. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")),
    responses((status = 200, body = CreatedEventWebhook)))]
#[post("/webhooks/{id}/secret")]
async fn renew_webhook_secret(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
) -> Result<Json<CreatedEventWebhook>, Problem> {
    let (ctx, id, secret) = (caller.ctx, id.parse()?, vault::token("whs"));
    let signed = secret.clone();
    let changed = db.write(move |tx| commands::renew_secret(tx, &ctx, id, &signed)).await?;
    let webhook = begun(&db, &courier, &caller, &changed).await?.into_inner();
    Ok(Json(CreatedEventWebhook { webhook, secret }))
}

/// Sends a test there, now and once, and says what came of it. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")),
    responses((status = 200, body = DeliveryDto)))]
#[post("/webhooks/{id}/test")]
async fn test_event_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
) -> Result<Json<DeliveryDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse()?);
    let webhook = db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await?.webhook;
    let text = "A test: what happens is sent here like this.";
    let body = json!({ "type": "webhook.test", "webhook": webhook.id.to_string(), "text": text });
    let id = format!("test-{:032x}", u128::from_be_bytes(random()));
    let tried = send(&courier, &webhook, &id, body.to_string(), caller.ctx.now).await;
    Ok(Json(DeliveryDto::from(delivery(0, "webhook.test".into(), tried.0, (1, tried.1.at), tried.1))))
}

async fn send(courier: &Courier, webhook: &Webhook, id: &str, body: String, now: Millis) -> (State, Outcome) {
    let secrets = webhook.secrets(now);
    let outcome = courier.post().send(&Letter { url: &webhook.url, secrets: &secrets, id, body }).await;
    (if outcome.is_ok() { State::Taken } else { State::Dead }, outcome)
}

/// What waits is tried now. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")),
    responses((status = 200, body = EventWebhookDto)))]
#[post("/webhooks/{id}/retry")]
async fn retry_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
) -> Result<Json<EventWebhookDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse()?);
    let changed = db.write(move |tx| commands::retry(tx, &ctx, id)).await?;
    begun(&db, &courier, &caller, &changed).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayFrom {
    /// The first position that is sent again.
    from: i64,
}

/// Everything from a position on is sent again, in order and under the ids it had. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1")), request_body = ReplayFrom,
    responses((status = 200, body = EventWebhookDto)))]
#[post("/webhooks/{id}/replay")]
async fn replay_webhook(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    id: Path<String>,
    body: Body<ReplayFrom>,
) -> Result<Json<EventWebhookDto>, Problem> {
    let (ctx, id, from) = (caller.ctx, id.parse()?, body.into_inner().from);
    let changed = db.write(move |tx| commands::replay(tx, &ctx, id, from)).await?;
    begun(&db, &courier, &caller, &changed).await
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveriesQuery {
    /// Only those that were `taken`, are `waiting`, or were given up: `dead`
    state: Option<DeliveryState>,
    /// The `next` of the page before
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct DeliveryList {
    items: Vec<DeliveryDto>,
    next: Option<String>,
}

/// What was sent, newest first: the last 500 that were taken, what is tried again, and what was given up. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1"), DeliveriesQuery),
    responses((status = 200, body = DeliveryList)))]
#[get("/webhooks/{id}/deliveries")]
async fn list_deliveries(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    query: Query<DeliveriesQuery>,
) -> Result<Json<DeliveryList>, Problem> {
    let (ctx, id, query) = (caller.ctx, id.parse()?, query.into_inner());
    let (state, limit) = (query.state.map(State::from), page_limit(query.limit)?);
    let bad = || Error::malformed("\"after\" must be the \"next\" of a page before");
    let before = query.after.map_or(Ok(i64::MAX), |after| after.parse().map_err(|_| bad()))?;
    let page = db.read(move |snapshot| queries::deliveries(snapshot, &ctx, id, state, before, limit)).await?;
    let page = page.map(DeliveryDto::from);
    Ok(Json(DeliveryList { items: page.items, next: page.next }))
}

/// Sends one again, now and once, outside of the order and under the id it had. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1"), ("position" = i64, Path)),
    responses((status = 200, body = DeliveryDto)))]
#[post("/webhooks/{id}/deliveries/{position}/redeliver")]
async fn redeliver(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    path: Path<(String, i64)>,
) -> Result<Json<DeliveryDto>, Problem> {
    let (ctx, (id, position)) = (caller.ctx, path.into_inner());
    let (id, hub) = (id.parse::<WebhookId>()?, courier.hub().clone());
    let found = db.read(move |snapshot| queries::again(snapshot, &ctx, &hub, id, position)).await?;
    let (webhook, kind, body) = found;
    let (state, outcome) = send(&courier, &webhook, &courier.hub().cursor(position), body, ctx.now).await;
    let tried = delivery(position, kind, state, (1, outcome.at), outcome);
    let kept = db.write(move |tx| commands::record_by_hand(tx, &ctx, id, &tried)).await?;
    Ok(Json(kept.into()))
}

/// What is tried again and again is given up, and the webhook goes on with what comes after it. Administrators.
#[utoipa::path(tag = "webhooks", params(("id" = String, Path, example = "hook_1"), ("position" = i64, Path)),
    responses((status = 200, body = EventWebhookDto)))]
#[post("/webhooks/{id}/deliveries/{position}/give-up")]
async fn give_up_delivery(
    caller: SignedIn,
    db: Data<Db>,
    courier: Data<Courier>,
    path: Path<(String, i64)>,
) -> Result<Json<EventWebhookDto>, Problem> {
    let (ctx, (id, position)) = (caller.ctx, path.into_inner());
    let id = id.parse()?;
    let changed = db.write(move |tx| commands::give_up(tx, &ctx, id, position)).await?;
    begun(&db, &courier, &caller, &changed).await
}
