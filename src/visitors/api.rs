//! The visitors' REST routes, socket door and frames.

use super::commands::{self, BeginSession};
use super::queries::{self, VisitorHistory};
use crate::attachments;
use crate::channels::{self, Channel, ChannelSettings};
use crate::conversations::api::frames::{self, attachment_ids};
use crate::conversations::api::rest::page_limit;
use crate::conversations::api::wire::{ReceiptDto, VisitorConversationDto, VisitorMessageDto, message_limits};
use crate::conversations::commands::{Mark, PostMessage};
use crate::conversations::{self, Kind};
use crate::customers::commands::Identify;
use crate::customers::{self, Device, PageView};
use crate::db::{Db, Snapshot};
use crate::http::{AddressGroup, Body, Client, Limiter, Limits, Problem, bearer};
use crate::hub::{Audience, Hub, Listener};
use crate::identity::get_organisation;
use crate::kernel::{Actor, AttachmentId, Clock, ConversationId, Ctx, CustomerId, Error, ErrorKind, Millis, Result};
use crate::socket::{Admission, Answer, Caller, Greeting, Rates, Replay, Side, parse, refuse, silent};
use crate::vault;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap, USER_AGENT};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(begin_visitor_session)
        .service(get_public_channel)
        .service(list_visitor_messages)
        .service(post_visitor_message)
        .service(identify_visitor)
        .service(note_visitor_page)
        .service(mark_visitor_read)
        .service(upload_visitor_attachment)
        .service(download_visitor_attachment);
}

/// How often one address may bring new visitors.
pub struct NewVisitors(pub Limiter<AddressGroup>);

/// How often a visitor may send a file.
pub struct VisitorUploads(pub Limiter<CustomerId>);

/// Starts every visitor's token.
const TOKEN_START: &str = "plv_";

/// The acting visitor, from their token.
pub struct Visiting(pub Ctx);

impl FromRequest for Visiting {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let token = shown_token(request.headers());
        let state = request
            .app_data::<Data<Db>>()
            .cloned()
            .zip(request.app_data::<Data<Clock>>().cloned())
            .zip(request.app_data::<Data<Rates>>().cloned());
        Box::pin(async move {
            let ((db, clock), rates) = state.ok_or_else(|| Error::internal("the visitors' door is not wired"))?;
            let required = || Error::new(ErrorKind::Unauthenticated, "session.required", "Begin a visitor session.");
            let actor = authenticate(&db, &clock, &token.ok_or_else(required)?).await?;
            rates.check_request(actor)?;
            Ok(Visiting(Ctx::new(actor, clock.now())))
        })
    }
}

/// A visitor's token, not a program's.
fn shown_token(headers: &HeaderMap) -> Option<String> {
    bearer(headers).filter(|token| token.starts_with(TOKEN_START)).map(str::to_owned)
}

async fn authenticate(db: &Db, clock: &Clock, token: &str) -> Result<Actor> {
    let (hash, now) = (vault::token_hash(token), clock.now());
    db.read(move |snapshot| queries::visitor(snapshot, &hash, now)).await
}

// ---- REST ----

#[derive(Deserialize, ToSchema)]
struct BeginBody {
    /// The channel's public key.
    channel: String,
    locale: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = VisitorSession)]
struct VisitorSessionDto {
    /// Keep it; show it as `Authorization: Bearer …`.
    token: String,
    visitor: VisitorDto,
    channel: PublicChannelDto,
    /// Hello with it after loading the history.
    cursor: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Visitor)]
struct VisitorDto {
    id: String,
    name: Option<String>,
    email: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PublicChannel)]
struct PublicChannelDto {
    key: String,
    name: String,
    organisation: String,
    settings: ChannelSettings,
}

impl PublicChannelDto {
    /// Which sites may show the chat is nobody's business but the browser's.
    fn new(channel: Channel, organisation: String) -> Self {
        let settings = ChannelSettings { origins: Vec::new(), ..channel.settings };
        PublicChannelDto { key: channel.key, name: channel.name, organisation, settings }
    }
}

/// Recognises a returning visitor by the token they show, or makes a new one.
#[utoipa::path(tag = "visitors", request_body = BeginBody, responses((status = 200, body = VisitorSessionDto)))]
#[post("/visitor/session")]
async fn begin_visitor_session(
    request: HttpRequest,
    db: Data<Db>,
    hub: Data<Hub>,
    clock: Data<Clock>,
    rates: Data<Rates>,
    new_visitors: Data<NewVisitors>,
    body: Body<BeginBody>,
) -> Result<Json<VisitorSessionDto>, Problem> {
    let BeginBody { channel, locale } = body.into_inner();
    let old = shown_token(request.headers());
    let returning = old.as_deref().map(vault::token_hash);
    let now = clock.now();
    let known = match returning {
        Some(hash) => {
            let key = channel.clone();
            db.read(move |snapshot| known_visitor(snapshot, &key, &hash, now)).await?
        }
        None => None,
    };
    match known {
        Some(visitor) => rates.check_request(visitor)?,
        None => new_visitors.0.check(&Client::of(&request).group())?,
    }
    let fresh = vault::token("plv");
    let accepted = header(&request, ACCEPT_LANGUAGE);
    // `*` is what programs say that do not mind.
    let language = accepted.split([',', ';']).next().filter(|language| *language != "*").unwrap_or_default();
    let command = BeginSession {
        channel_key: channel,
        returning: known.and(returning),
        fresh: vault::token_hash(&fresh),
        locale: locale.unwrap_or_default().chars().take(35).collect(),
        device: Device::from_user_agent(&header(&request, USER_AGENT), language),
    };
    let ctx = Ctx::system(now);
    let (begun, customer, organisation, position) = db
        .write(move |tx| {
            let begun = commands::begin_session(tx, &ctx, &command)?;
            let customer = customers::find(tx, begun.customer)?.ok_or_else(Error::not_found)?;
            Ok((begun, customer, get_organisation(tx)?.name, tx.position()?))
        })
        .await?;
    let told = |text: String| (!text.is_empty()).then_some(text);
    Ok(Json(VisitorSessionDto {
        token: if begun.returned { old.unwrap_or(fresh) } else { fresh },
        visitor: VisitorDto { id: customer.id.to_string(), name: told(customer.name), email: told(customer.email) },
        channel: PublicChannelDto::new(begun.channel, organisation),
        cursor: hub.cursor(position),
    }))
}

/// Whom the token makes known at this channel. At another one they are as new as anybody.
fn known_visitor(snapshot: &Snapshot<'_>, key: &str, hash: &[u8; 32], now: Millis) -> Result<Option<Actor>> {
    let Some(channel) = channels::queries::find_active_by_key(snapshot, key)? else { return Ok(None) };
    let session = queries::live_session(snapshot, hash, now)?.filter(|session| session.channel == channel.id);
    Ok(session.map(|session| Actor::Visitor { customer: session.customer, channel: session.channel }))
}

fn header(request: &HttpRequest, name: actix_web::http::header::HeaderName) -> String {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChannelQuery {
    key: String,
}

/// A channel's public face.
#[utoipa::path(tag = "visitors", params(ChannelQuery), responses((status = 200, body = PublicChannelDto)))]
#[get("/visitor/channel")]
async fn get_public_channel(db: Data<Db>, query: Query<ChannelQuery>) -> Result<Json<PublicChannelDto>, Problem> {
    let key = query.into_inner().key;
    let (channel, organisation) = db
        .read(move |snapshot| {
            let channel = channels::queries::find_active_by_key(snapshot, &key)?.ok_or_else(Error::not_found)?;
            Ok((channel, get_organisation(snapshot)?.name))
        })
        .await?;
    Ok(Json(PublicChannelDto::new(channel, organisation)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// A message's `order`; what came before it.
    before: Option<i64>,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct VisitorMessageList {
    /// Ascending.
    items: Vec<VisitorMessageDto>,
    more: bool,
    /// The newest conversation's state; `null` before the first message.
    conversation: Option<VisitorConversationDto>,
}

/// The visitor's history.
#[utoipa::path(tag = "visitors", params(HistoryQuery), responses((status = 200, body = VisitorMessageList)))]
#[get("/visitor/messages")]
async fn list_visitor_messages(
    visitor: Visiting,
    db: Data<Db>,
    query: Query<HistoryQuery>,
) -> Result<Json<VisitorMessageList>, Problem> {
    let (ctx, before, limit) = (visitor.0, query.before, page_limit(query.limit)?);
    let found = db.read(move |snapshot| queries::history(snapshot, &ctx, before, limit)).await?;
    let VisitorHistory { messages: items, more, conversation } = found;
    Ok(Json(VisitorMessageList { items, more, conversation }))
}

#[derive(Deserialize, ToSchema)]
struct NewVisitorMessage {
    /// A UUID you make, kept for every retry of this message.
    client_id: Uuid,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
}

fn post_command(limits: &Limits, client_id: Uuid, text: String, attachments: &[String]) -> Result<PostMessage> {
    Ok(PostMessage {
        conversation: None,
        kind: Kind::Text,
        client_id: client_id.into_bytes(),
        text,
        attachments: attachment_ids(attachments)?,
        limits: message_limits(limits),
    })
}

/// Sends a message. Repeating it with the same `client_id` is safe.
#[utoipa::path(tag = "visitors", request_body = NewVisitorMessage, responses((status = 201, body = ReceiptDto)))]
#[post("/visitor/messages")]
async fn post_visitor_message(
    visitor: Visiting,
    db: Data<Db>,
    limits: Data<Limits>,
    rates: Data<Rates>,
    body: Body<NewVisitorMessage>,
) -> Result<HttpResponse, Problem> {
    let ctx = visitor.0;
    rates.check_message(ctx.actor)?;
    let message = body.into_inner();
    let command = post_command(&limits, message.client_id, message.text, &message.attachments)?;
    let receipt = db.write(move |tx| conversations::commands::post(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(ReceiptDto::new(&receipt, true)))
}

#[derive(Deserialize, ToSchema)]
struct IdentifyBody {
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
}

/// The page says who the visitor is. Unverified.
#[utoipa::path(tag = "visitors", request_body = IdentifyBody, responses((status = 204)))]
#[post("/visitor/identify")]
async fn identify_visitor(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<IdentifyBody>,
) -> Result<HttpResponse, Problem> {
    rates.check_change(visitor.0.actor)?;
    let IdentifyBody { name, email, phone, attributes } = body.into_inner();
    let (ctx, command) = (visitor.0, Identify { name, email, phone, attributes });
    db.write(move |tx| customers::commands::identify(tx, &ctx, &command)).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct PageBody {
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    referrer: String,
}

/// Where the visitor is.
#[utoipa::path(tag = "visitors", request_body = PageBody, responses((status = 204)))]
#[post("/visitor/page")]
async fn note_visitor_page(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<PageBody>,
) -> Result<HttpResponse, Problem> {
    rates.check_change(visitor.0.actor)?;
    let ctx = visitor.0;
    let body = body.into_inner();
    let page = PageView::new(&body.url, &body.title, &body.referrer, ctx.now);
    db.write(move |tx| customers::commands::view_page(tx, &ctx, &page)).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Deserialize, ToSchema)]
struct VisitorReadBody {
    conversation: String,
    #[serde(default)]
    delivered: i64,
    #[serde(default)]
    read: i64,
}

/// Received and seen up to these seqs.
#[utoipa::path(tag = "visitors", request_body = VisitorReadBody, responses((status = 204)))]
#[post("/visitor/read")]
async fn mark_visitor_read(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<VisitorReadBody>,
) -> Result<HttpResponse, Problem> {
    rates.check_change(visitor.0.actor)?;
    let (ctx, body) = (visitor.0, body.into_inner());
    let conversation: ConversationId = body.conversation.parse()?;
    let command = Mark { conversation, delivered: body.delivered, read: body.read };
    db.write(move |tx| conversations::commands::mark(tx, &ctx, &command)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Stores a file for a message to come. The body is the file.
#[utoipa::path(tag = "visitors", params(("X-Parlor-Filename" = String, Header, description = "percent-encoded UTF-8")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = attachments::api::AttachmentDto)))]
#[post("/visitor/attachments")]
async fn upload_visitor_attachment(
    visitor: Visiting,
    request: HttpRequest,
    uploads: Data<VisitorUploads>,
    payload: actix_web::web::Payload,
) -> Result<HttpResponse, Problem> {
    if let Actor::Visitor { customer, .. } = visitor.0.actor {
        uploads.0.check(&customer)?;
    }
    attachments::api::receive(visitor.0, &request, payload).await
}

/// A file of the visitor's own conversations.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
#[get("/visitor/attachments/{id}")]
async fn download_visitor_attachment(
    visitor: Visiting,
    request: HttpRequest,
    db: Data<Db>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (visitor.0, id.parse::<AttachmentId>()?);
    let attachment = db.read(move |snapshot| conversations::queries::attachment(snapshot, &ctx, id)).await?;
    attachments::api::serve(attachment, &request).await
}

// ---- the socket ----

/// Lets visitors in.
pub fn door(greeting: Greeting) -> LocalBoxFuture<'static, Result<Option<Admission>>> {
    Box::pin(async move {
        let Some(token) = greeting.token.filter(|token| token.starts_with(TOKEN_START)) else { return Ok(None) };
        let actor = authenticate(&greeting.db, &greeting.clock, &token).await?;
        let Actor::Visitor { customer, channel } = actor else { return Ok(None) };
        let now = greeting.clock.now();
        greeting.db.write(move |tx| customers::touch(tx, customer, now)).await?;
        let (db, clock, hash) = (greeting.db, greeting.clock, vault::token_hash(&token));
        Ok(Some(Admission {
            side: Side::Visitor,
            actor,
            listener: Listener::Customer { customer, channel },
            principal_id: customer.to_string(),
            replay: Replay::Own(queries::missed),
            welcome: serde_json::Map::new(),
            still_valid: Some(Box::new(move || {
                let (db, now) = (db.clone(), clock.now());
                Box::pin(async move { db.read(move |s| queries::visitor(s, &hash, now)).await.map(drop) })
            })),
        }))
    })
}

#[derive(Deserialize)]
struct SendFrame {
    id: Uuid,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
}

pub fn send_frame(caller: &Caller, frame: &str) -> Answer {
    match parse::<SendFrame>(frame) {
        Ok(SendFrame { id, text, attachments }) => {
            frames::post(caller, id, post_command(&caller.limits, id, text, &attachments))
        }
        Err(error) => frames::refuse_send(frame, &error),
    }
}

#[derive(Deserialize)]
struct TypingFrame {
    active: bool,
}

/// Not stored: to the agents who see the visitor's conversation.
pub fn typing_frame(caller: &Caller, frame: &str) -> Answer {
    let TypingFrame { active } = match parse(frame) {
        Ok(frame) => frame,
        Err(error) => return refuse(&error),
    };
    let Actor::Visitor { customer, channel } = caller.actor else { return silent() };
    let (ctx, db, hub) = (caller.ctx(), caller.db.clone(), caller.hub.clone());
    Box::pin(async move {
        let current = db.read(move |s| conversations::queries::current_of_visitor(s, &ctx)).await;
        if let Ok(Some(conversation)) = current {
            let author = serde_json::json!({"kind": "customer", "id": customer.to_string()});
            let id = conversation.id.to_string();
            let body = serde_json::json!({"conversation": id, "author": author, "active": active}).to_string();
            hub.tell("typing", Audience::Channel(channel), Some(&body), None);
        }
        None
    })
}

pub fn page_frame(caller: &Caller, frame: &str) -> Answer {
    let body: PageBody = match caller.rates.check_change(caller.actor).and_then(|()| parse(frame)) {
        Ok(body) => body,
        Err(error) => return refuse(&error),
    };
    let ctx = caller.ctx();
    let page = PageView::new(&body.url, &body.title, &body.referrer, ctx.now);
    let stored = caller.db.write(move |tx| customers::commands::view_page(tx, &ctx, &page));
    Box::pin(async move {
        match stored.await {
            Ok(()) => None,
            Err(error) => refuse(&error).await,
        }
    })
}
