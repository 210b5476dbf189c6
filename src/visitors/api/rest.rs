//! The visitors' REST routes.

use super::door::{NewVisitors, Visiting, VisitorUploads, shown_token};
use crate::attachments;
use crate::channels::{self, CallSettings, Channel, ChannelSettings};
use crate::conversations::api::frames::attachment_ids;
use crate::conversations::api::rest::page_limit;
use crate::conversations::api::wire::{ReceiptDto, VisitorConversationDto, VisitorMessageDto, message_limits};
use crate::conversations::commands::{Mark, PostMessage};
use crate::conversations::{self, Kind, References};
use crate::customers::commands::Identify;
use crate::customers::{self, Customer, Device, PageView};
use crate::db::{Db, Snapshot};
use crate::hours::Hours;
use crate::http::{Body, Client, Limits, Problem};
use crate::hub::Hub;
use crate::identity::get_organisation;
use crate::kernel::{Actor, AttachmentId, Clock, ConversationId, Ctx, Error, Millis, Result};
use crate::prechat;
use crate::reception::api::ReceptionDto;
use crate::reception::{self, Reception};
use crate::socket::Rates;
use crate::vault;
use crate::visitors::commands::{self, BeginSession};
use crate::visitors::queries::{self, VisitorHistory};
use actix_web::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
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
        .configure(super::reception::routes)
        .configure(super::prechat::routes)
        .service(identify_visitor)
        .service(note_visitor_page)
        .service(mark_visitor_read)
        .service(upload_visitor_attachment)
        .service(download_visitor_attachment);
}

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
pub(super) struct VisitorDto {
    id: String,
    name: Option<String>,
    email: Option<String>,
}

impl From<Customer> for VisitorDto {
    fn from(customer: Customer) -> Self {
        let told = |text: String| (!text.is_empty()).then_some(text);
        VisitorDto { id: customer.id.to_string(), name: told(customer.name), email: told(customer.email) }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = PublicChannel)]
struct PublicChannelDto {
    key: String,
    name: String,
    organisation: String,
    settings: ChannelSettings,
    reception: ReceptionDto,
}

impl PublicChannelDto {
    /// Which sites may show the chat is nobody's business but the browser's; how agents share their work, and what they call
    /// their holidays, is theirs.
    fn new(channel: Channel, organisation: String, reception: Reception) -> Self {
        let ChannelSettings { origins, handback, handback_after_s, .. } = ChannelSettings::default();
        let calls = CallSettings { agents_may_replay: false, ..channel.settings.calls };
        let hours = Hours { dates: Vec::new(), ..channel.settings.hours };
        let prechat = channel.settings.prechat.public();
        let settings =
            ChannelSettings { origins, handback, handback_after_s, hours, prechat, calls, ..channel.settings };
        PublicChannelDto { key: channel.key, name: channel.name, organisation, settings, reception: reception.into() }
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
    let present = hub.users_online();
    let (begun, customer, organisation, received, position) = db
        .write(move |tx| {
            let begun = commands::begin_session(tx, &ctx, &command)?;
            let customer = customers::find(tx, begun.customer)?.ok_or_else(Error::not_found)?;
            let received = reception::queries::reception(tx, &begun.channel, &present, now)?;
            Ok((begun, customer, get_organisation(tx)?.name, received, tx.position()?))
        })
        .await?;
    Ok(Json(VisitorSessionDto {
        token: if begun.returned { old.unwrap_or(fresh) } else { fresh },
        visitor: customer.into(),
        channel: PublicChannelDto::new(begun.channel, organisation, received),
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
async fn get_public_channel(
    db: Data<Db>,
    hub: Data<Hub>,
    clock: Data<Clock>,
    query: Query<ChannelQuery>,
) -> Result<Json<PublicChannelDto>, Problem> {
    let (key, present, now) = (query.into_inner().key, hub.users_online(), clock.now());
    let (channel, organisation, received) = db
        .read(move |snapshot| {
            let channel = channels::queries::find_active_by_key(snapshot, &key)?.ok_or_else(Error::not_found)?;
            let received = reception::queries::reception(snapshot, &channel, &present, now)?;
            Ok((channel, get_organisation(snapshot)?.name, received))
        })
        .await?;
    Ok(Json(PublicChannelDto::new(channel, organisation, received)))
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

pub(super) fn post_command(
    limits: &Limits,
    client_id: Uuid,
    text: String,
    attachments: &[String],
) -> Result<PostMessage> {
    Ok(PostMessage {
        conversation: None,
        kind: Kind::Text,
        client_id: client_id.into_bytes(),
        text,
        attachments: attachment_ids(attachments)?,
        refers: References::default(),
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
    let receipt = db.write(move |tx| prechat::commands::post(tx, &ctx, &command)).await?;
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
pub(super) struct PageBody {
    #[serde(default)]
    pub url: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub referrer: String,
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
