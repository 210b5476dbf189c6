//! The agents' REST routes of conversations.

use super::frames::{attachment_ids, user_ids};
use super::wire::{ConversationDto, MessageDto, ReceiptDto, message_limits, words_kind};
use crate::attachments;
use crate::conversations::commands::{self, Assign, Mark, PostMessage};
use crate::conversations::filter::Filter;
use crate::conversations::queries::{self, Range};
use crate::conversations::{Conversation, ConversationView, References};
use crate::db::{Db, Tx};
use crate::http::{Body, Limits, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{AttachmentId, ConversationId, Ctx, CustomerId, Error, Page, Result, UserId};
use crate::socket::Rates;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_conversations)
        .service(count_conversations)
        .service(list_handed_back)
        .service(see_handed_back)
        .service(get_conversation)
        .service(list_messages)
        .service(post_message)
        .service(assign_conversation)
        .service(resolve_conversation)
        .service(reopen_conversation)
        .service(mark_conversation_read)
        .service(list_customer_conversations)
        .service(download_attachment);
}

pub(super) fn dto(hub: &Hub, view: &ConversationView) -> ConversationDto {
    ConversationDto::new(view, Some(hub.customer_online(view.customer.id)))
}

#[derive(Serialize, ToSchema)]
pub struct ConversationList {
    pub items: Vec<ConversationDto>,
    /// Pass back as `after`.
    pub next: Option<String>,
}

/// What [`Filter::parse`] reads, described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "a description; the query is read as a whole")]
struct FilterQuery {
    /// `unassigned`, `mine`, `all` (these three: open and not snoozed), `snoozed` or `resolved`; what follows changes it
    view: Option<String>,
    /// `open`, `snoozed` or `resolved`
    status: Option<String>,
    /// `me`, `nobody` or a person
    assignee: Option<String>,
    channel: Option<String>,
    /// With commas: all of them.
    tag: Option<String>,
    /// With commas: any of them.
    priority: Option<String>,
    /// The customer waits for longer than so many seconds.
    waiting_s: Option<i64>,
    /// `name:value`, as the page said of its visitor
    attribute: Option<String>,
    /// `newest`, `oldest`, `waiting` or `priority`
    sort: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    after: Option<String>,
    limit: Option<usize>,
}

/// The inbox, latest activity first unless `sort` says otherwise.
#[utoipa::path(tag = "conversations", params(FilterQuery, PageQuery), responses((status = 200, body = ConversationList)))]
#[get("/conversations")]
async fn list_conversations(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    request: HttpRequest,
    query: Query<PageQuery>,
) -> Result<Json<ConversationList>, Problem> {
    let query = query.into_inner();
    let filter = Filter::parse(request.query_string())?;
    let limit = page_limit(query.limit)?;
    let ctx = caller.ctx;
    let page = db
        .read(move |snapshot| queries::list(snapshot, &ctx, &filter, query.after.as_deref(), limit))
        .await?
        .map(|view| dto(&hub, &view));
    Ok(Json(ConversationList { items: page.items, next: page.next }))
}

pub fn page_limit(limit: Option<usize>) -> Result<usize> {
    match limit.unwrap_or(Page::<()>::LIMIT_DEFAULT) {
        limit if (1..=Page::<()>::LIMIT_MAX).contains(&limit) => Ok(limit),
        _ => Err(Error::invalid("limit", "invalid")),
    }
}

/// Counted up to 1,000 each.
#[derive(Serialize, ToSchema)]
struct Counts {
    unassigned: i64,
    mine: i64,
    all: i64,
    /// Put aside.
    snoozed: i64,
    resolved: i64,
    /// Unassigned or own conversations with unread messages.
    unread: i64,
    /// Taken from you while you could not be reached, with nobody since, and not seen by you.
    handed_back: i64,
    /// Notes that call you and that you have not seen, up to 100.
    mentions: i64,
}

/// How many conversations each view holds.
#[utoipa::path(tag = "conversations", responses((status = 200, body = Counts)))]
#[get("/conversations/counts")]
async fn count_conversations(caller: SignedIn, db: Data<Db>) -> Result<Json<Counts>, Problem> {
    let ctx = caller.ctx;
    let queries::Counts { unassigned, mine, all, snoozed, resolved, unread, handed_back, mentions } =
        db.read(move |snapshot| queries::counts(snapshot, &ctx)).await?;
    Ok(Json(Counts { unassigned, mine, all, snoozed, resolved, unread, handed_back, mentions }))
}

/// What was taken from you while you could not be reached and has had nobody since, latest activity first, up to 100.
#[utoipa::path(tag = "conversations", responses((status = 200, body = ConversationList)))]
#[get("/conversations/handed-back")]
async fn list_handed_back(caller: SignedIn, db: Data<Db>, hub: Data<Hub>) -> Result<Json<ConversationList>, Problem> {
    let ctx = caller.ctx;
    let views = db.read(move |snapshot| queries::handed_back(snapshot, &ctx, Page::<()>::LIMIT_MAX)).await?;
    Ok(Json(ConversationList { items: views.iter().map(|view| dto(&hub, view)).collect(), next: None }))
}

/// You know what was handed back while you could not be reached: it is no longer listed or counted for you.
#[utoipa::path(tag = "conversations", responses((status = 204)))]
#[post("/conversations/handed-back/seen")]
async fn see_handed_back(caller: SignedIn, db: Data<Db>) -> Result<HttpResponse, Problem> {
    let ctx = caller.ctx;
    db.write(move |tx| commands::see_handed_back(tx, &ctx)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One conversation.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = ConversationDto)))]
#[get("/conversations/{id}")]
async fn get_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<ConversationDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let view = db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await?;
    Ok(Json(dto(&hub, &view)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MessagesQuery {
    /// The page just before this seq.
    before: Option<i64>,
    /// The page just after this seq.
    after: Option<i64>,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct MessageList {
    /// Ascending by seq.
    items: Vec<MessageDto>,
    /// The bounds of the whole conversation.
    first_seq: i64,
    last_seq: i64,
}

/// A page of a conversation's history.
#[utoipa::path(tag = "conversations", params(("id" = String, Path), MessagesQuery),
    responses((status = 200, body = MessageList)))]
#[get("/conversations/{id}/messages")]
async fn list_messages(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    query: Query<MessagesQuery>,
) -> Result<Json<MessageList>, Problem> {
    let (ctx, id, limit) = (caller.ctx, id.parse::<ConversationId>()?, page_limit(query.limit)?);
    let range = match (query.before, query.after) {
        (None, None) => Range::Newest,
        (Some(seq), None) => Range::Before(seq),
        (None, Some(seq)) => Range::After(seq),
        (Some(_), Some(_)) => return Err(Error::malformed("Give either \"before\" or \"after\".").into()),
    };
    let history = db.read(move |snapshot| queries::messages(snapshot, &ctx, id, range, limit)).await?;
    Ok(Json(MessageList {
        items: history.messages.iter().map(MessageDto::new).collect(),
        first_seq: history.last_seq.min(1),
        last_seq: history.last_seq,
    }))
}

#[derive(Deserialize, ToSchema)]
struct NewMessage {
    /// A UUID you make, kept for every retry of this message.
    client_id: Uuid,
    /// `text` or `note`
    kind: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
    /// The seq of the message it answers; of a text one that the customer sees.
    quote: Option<i64>,
    /// Whom a note calls, up to 20.
    #[serde(default)]
    mentions: Vec<String>,
}

/// Sends a message or leaves a note. Repeating it with the same `client_id` is safe.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), request_body = NewMessage,
    responses((status = 201, body = ReceiptDto)))]
#[post("/conversations/{id}/messages")]
async fn post_message(
    caller: SignedIn,
    db: Data<Db>,
    limits: Data<Limits>,
    rates: Data<Rates>,
    id: Path<String>,
    body: Body<NewMessage>,
) -> Result<HttpResponse, Problem> {
    rates.check_message(caller.ctx.actor)?;
    let message = body.into_inner();
    let command = PostMessage {
        conversation: Some(id.parse::<ConversationId>()?),
        kind: words_kind(message.kind.as_deref().unwrap_or("text"))?,
        client_id: message.client_id.into_bytes(),
        text: message.text,
        attachments: attachment_ids(&message.attachments)?,
        refers: References { quote: message.quote, mentions: user_ids(&message.mentions)? },
        limits: message_limits(&limits),
    };
    let ctx = caller.ctx;
    let receipt = db.write(move |tx| commands::post(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(ReceiptDto::new(&receipt, false)))
}

#[derive(Deserialize, ToSchema)]
struct AssignBody {
    /// `null`: nobody.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, required = true)]
    assignee: Option<Option<String>>,
    /// Whom you believe to be the assignee; refused with `conversation.assignee_changed` if that is no longer so.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    expected: Option<Option<String>>,
    /// The `owner_epoch` you saw; refused likewise if there was another assignee since.
    expected_epoch: Option<i64>,
}

/// Tells `null` from absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Gives the conversation to a person, or to nobody.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), request_body = AssignBody,
    responses((status = 200, body = ConversationDto)))]
#[post("/conversations/{id}/assign")]
async fn assign_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
    body: Body<AssignBody>,
) -> Result<Json<ConversationDto>, Problem> {
    let body = body.into_inner();
    let person = |id: Option<String>| id.map(|id| id.parse::<UserId>()).transpose();
    let assignee = person(body.assignee.ok_or_else(|| Error::invalid("assignee", "required"))?)?;
    let is_gone = |user: UserId| !caller.is(user) && hub.user_absent_ms(user).is_some();
    let command = Assign {
        conversation: id.parse()?,
        assignee,
        entrusted: assignee.is_some_and(is_gone),
        expected: body.expected.map(person).transpose()?,
        expected_epoch: body.expected_epoch,
    };
    changed(caller, &db, &hub, move |tx, ctx| commands::assign(tx, ctx, &command)).await
}

/// Closes the matter.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = ConversationDto)))]
#[post("/conversations/{id}/resolve")]
async fn resolve_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<ConversationDto>, Problem> {
    let id = id.parse()?;
    changed(caller, &db, &hub, move |tx, ctx| commands::resolve(tx, ctx, id)).await
}

/// Opens it again.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), responses((status = 200, body = ConversationDto)))]
#[post("/conversations/{id}/reopen")]
async fn reopen_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<ConversationDto>, Problem> {
    let id = id.parse()?;
    changed(caller, &db, &hub, move |tx, ctx| commands::reopen(tx, ctx, id)).await
}

/// Runs a command and answers with the conversation as it is then.
pub(super) async fn changed(
    caller: SignedIn,
    db: &Db,
    hub: &Hub,
    command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<Conversation> + Send + 'static,
) -> Result<Json<ConversationDto>, Problem> {
    let ctx = caller.ctx;
    let view = db
        .write(move |tx| {
            let conversation = command(tx, &ctx)?;
            queries::get(tx, &ctx, conversation.id)
        })
        .await?;
    Ok(Json(dto(hub, &view)))
}

#[derive(Deserialize, ToSchema)]
struct ReadBody {
    seq: i64,
}

/// You have read up to here.
#[utoipa::path(tag = "conversations", params(("id" = String, Path)), request_body = ReadBody,
    responses((status = 204)))]
#[post("/conversations/{id}/read")]
async fn mark_conversation_read(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    body: Body<ReadBody>,
) -> Result<HttpResponse, Problem> {
    let seq = body.into_inner().seq;
    let (ctx, command) = (caller.ctx, Mark { conversation: id.parse()?, delivered: seq, read: seq });
    db.write(move |tx| commands::mark(tx, &ctx, &command)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Everything with one customer, newest first.
#[utoipa::path(tag = "customers", params(("id" = String, Path)), responses((status = 200, body = ConversationList)))]
#[get("/customers/{id}/conversations")]
async fn list_customer_conversations(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    id: Path<String>,
) -> Result<Json<ConversationList>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<CustomerId>()?);
    let views = db.read(move |snapshot| queries::of_customer(snapshot, &ctx, id)).await?;
    Ok(Json(ConversationList { items: views.iter().map(|view| dto(&hub, view)).collect(), next: None }))
}

/// A file of a conversation you may see, or one you have just uploaded.
#[utoipa::path(tag = "attachments", params(("id" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
#[get("/attachments/{id}")]
async fn download_attachment(
    caller: SignedIn,
    request: HttpRequest,
    db: Data<Db>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<AttachmentId>()?);
    let attachment = db.read(move |snapshot| queries::attachment(snapshot, &ctx, id)).await?;
    attachments::api::serve(attachment, &request).await
}
