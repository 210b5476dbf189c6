//! The agents' routes of calls.

use super::bodies::{NewCall, Offer, QualityBody, ShowBody, StrokeBody};
use super::both::{CurrentCall, Desk, IceServers, Joined, StrokeList};
use super::wire::{CallDto, Eyes, QualityDto};
use crate::calls::commands::{self, Start};
use crate::calls::company::{self, Invite, Mode};
use crate::calls::recording::{self, Action};
use crate::calls::{queries, timing};
use crate::conversations;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{CallId, ConversationId, Ctx, Error, Result, UserId};
use actix_web::web::{Json, Path};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(start_call).service(list_calls).service(get_current_call).service(get_call);
    config.service(accept_call).service(decline_call).service(cancel_call).service(hang_up_call);
    config.service(join_call).service(get_call_ice).service(show_in_call);
    config.service(invite_to_call).service(transfer_call).service(supervise_call).service(control_recording);
    config.service(keep_call_stroke).service(list_call_strokes).service(report_call_quality);
}

/// Calls the customer.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = NewCall,
    responses((status = 201, body = CallDto)))]
#[post("/conversations/{id}/calls")]
async fn start_call(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<NewCall>,
) -> Result<HttpResponse, Problem> {
    let (ctx, conversation, medium) = (caller.ctx, id.parse::<ConversationId>()?, body.into_inner().medium()?);
    let found = desk.db.read(move |snapshot| conversations::queries::visible(snapshot, &ctx, conversation)).await?;
    desk.rates.check_ask(ctx.actor)?;
    let customer_is_online = desk.hub.customer_online(found.customer);
    let command = Start { conversation, medium, customer_is_online, caps: desk.stage.caps()? };
    let call = desk.changed(ctx, move |tx, ctx| commands::start(tx, ctx, &command)).await?;
    Ok(HttpResponse::Created().json(call))
}

#[derive(Serialize, ToSchema)]
struct CallList {
    /// The newest hundred, newest first.
    items: Vec<CallWithQuality>,
}

#[derive(Serialize, ToSchema)]
struct CallWithQuality {
    #[serde(flatten)]
    call: CallDto,
    quality: Vec<QualityDto>,
}

/// The calls of a conversation, with how their lines were.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallList)))]
#[get("/conversations/{id}/calls")]
async fn list_calls(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallList>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let calls = desk.db.read(move |snapshot| queries::of_conversation(snapshot, &ctx, id)).await?;
    let dto = |(view, quality): &(queries::CallView, Vec<_>)| CallWithQuality {
        call: CallDto::new(view, Eyes::Agent),
        quality: quality.iter().map(QualityDto::from).collect(),
    };
    Ok(Json(CallList { items: calls.iter().map(dto).collect() }))
}

/// What you take part in, or what rings at you.
#[utoipa::path(tag = "calls", responses((status = 200, body = CurrentCall)))]
#[get("/calls/current")]
async fn get_current_call(caller: SignedIn, desk: Desk) -> Result<Json<CurrentCall>, Problem> {
    Ok(Json(desk.current(caller.ctx).await?))
}

/// One call.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[get("/calls/{id}")]
async fn get_call(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.get(caller.ctx, id.parse()?).await?))
}

/// Takes it. Of several people the first one has it.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/accept")]
async fn accept_call(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.accept(caller.ctx, id.parse()?).await?))
}

/// Does not take it.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/decline")]
async fn decline_call(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.decline(caller.ctx, id.parse()?).await?))
}

/// Gives up while it rings at the other side.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/cancel")]
async fn cancel_call(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.cancel(caller.ctx, id.parse()?).await?))
}

/// Leaves. Without anybody on one side it is over.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/hang-up")]
async fn hang_up_call(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.hang_up(caller.ctx, id.parse()?).await?))
}

/// Opens your line, or the same one again: after a reload, or as an ICE restart.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = Offer, responses((status = 200, body = Joined)))]
#[post("/calls/{id}/join")]
async fn join_call(caller: SignedIn, desk: Desk, id: Path<String>, body: Body<Offer>) -> Result<Json<Joined>, Problem> {
    Ok(Json(desk.join(caller.ctx, id.parse()?, body.into_inner()).await?))
}

/// Where to connect, with credentials for ten minutes.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = IceServers)))]
#[get("/calls/{id}/ice")]
async fn get_call_ice(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<IceServers>, Problem> {
    Ok(Json(desk.ice(caller.ctx, id.parse()?).await?))
}

/// What you send, told to the others.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = ShowBody, responses((status = 204)))]
#[post("/calls/{id}/state")]
async fn show_in_call(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<ShowBody>,
) -> Result<HttpResponse, Problem> {
    desk.show(caller.ctx, id.parse()?, body.into_inner()).await
}

/// Keeps a finished stroke with the call, or takes one of yours back.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = StrokeBody, responses((status = 204)))]
#[post("/calls/{id}/strokes")]
async fn keep_call_stroke(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<StrokeBody>,
) -> Result<HttpResponse, Problem> {
    desk.keep_stroke(caller.ctx, id.parse()?, body.into_inner()).await
}

/// What was drawn and kept.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), responses((status = 200, body = StrokeList)))]
#[get("/calls/{id}/strokes")]
async fn list_call_strokes(caller: SignedIn, desk: Desk, id: Path<String>) -> Result<Json<StrokeList>, Problem> {
    Ok(Json(desk.strokes(caller.ctx, id.parse()?).await?))
}

/// How your line was since your last report.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = QualityBody, responses((status = 204)))]
#[post("/calls/{id}/quality")]
async fn report_call_quality(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<QualityBody>,
) -> Result<HttpResponse, Problem> {
    desk.report(caller.ctx, id.parse()?, body.into_inner()).await
}

#[derive(Deserialize, ToSchema)]
struct Colleague {
    user: String,
}

/// Asks a colleague to come too.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = Colleague,
    responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/invite")]
async fn invite_to_call(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<Colleague>,
) -> Result<Json<CallDto>, Problem> {
    invited(caller.ctx, &desk, id.parse()?, body.into_inner(), false).await
}

/// Asks a colleague to take over: they have the conversation when they accept, and you leave when their line is open.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = Colleague,
    responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/transfer")]
async fn transfer_call(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<Colleague>,
) -> Result<Json<CallDto>, Problem> {
    invited(caller.ctx, &desk, id.parse()?, body.into_inner(), true).await
}

async fn invited(
    ctx: Ctx,
    desk: &Desk,
    id: CallId,
    body: Colleague,
    is_transfer: bool,
) -> Result<Json<CallDto>, Problem> {
    let user: UserId = body.user.parse()?;
    let is_online = timing::online(&desk.hub).contains(&user);
    let command = Invite { user, is_online, is_transfer, caps: desk.stage.caps()? };
    Ok(Json(desk.changed(ctx, move |tx, ctx| company::invite(tx, ctx, id, &command)).await?))
}

#[derive(Deserialize, ToSchema)]
struct Supervision {
    /// `listen`, `whisper`, `barge` or `take_over`
    mode: String,
}

/// Listens, whispers to the agents, joins in, or takes over. Supervisors.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = Supervision,
    responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/supervise")]
async fn supervise_call(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<Supervision>,
) -> Result<Json<CallDto>, Problem> {
    let id: CallId = id.parse()?;
    let mode = Mode::parse(&body.into_inner().mode).ok_or_else(|| Error::invalid("mode", "invalid"))?;
    let caps = desk.stage.caps()?;
    Ok(Json(desk.changed(caller.ctx, move |tx, ctx| company::supervise(tx, ctx, id, mode, &caps)).await?))
}

#[derive(Deserialize, ToSchema)]
struct RecordingControl {
    /// `start`, `pause`, `resume` or `stop`
    action: String,
    /// A pause has one.
    #[serde(default)]
    reason: String,
}

/// Starts, pauses, resumes or stops the recording, as the channel's policy allows.
#[utoipa::path(tag = "calls", params(("id" = String, Path)), request_body = RecordingControl,
    responses((status = 200, body = CallDto)))]
#[post("/calls/{id}/recording")]
async fn control_recording(
    caller: SignedIn,
    desk: Desk,
    id: Path<String>,
    body: Body<RecordingControl>,
) -> Result<Json<CallDto>, Problem> {
    let (id, body) = (id.parse::<CallId>()?, body.into_inner());
    let action = Action::parse(&body.action).ok_or_else(|| Error::invalid("action", "invalid"))?;
    let reason = body.reason;
    Ok(Json(desk.changed(caller.ctx, move |tx, ctx| recording::control(tx, ctx, id, action, &reason)).await?))
}
