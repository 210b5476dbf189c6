//! The visitors' routes of calls.

use super::bodies::{NewCall, Offer, QualityBody, ShowBody, StrokeBody};
use super::both::{CurrentCall, Desk, IceServers, Joined, StrokeList};
use super::wire::CallDto;
use crate::calls::commands::{self, Ask};
use crate::calls::{recording, timing};
use crate::http::{Body, Problem};
use crate::kernel::{CallId, Result};
use crate::socket::Rates;
use crate::visitors::api::Visiting;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(ask_for_call).service(get_visitor_call);
    config.service(accept_visitor_call).service(decline_visitor_call).service(cancel_visitor_call);
    config.service(hang_up_visitor_call).service(join_visitor_call).service(get_visitor_call_ice);
    config.service(show_in_visitor_call).service(consent_to_recording);
    config.service(keep_visitor_call_stroke).service(list_visitor_call_strokes).service(report_visitor_call_quality);
}

/// Asks for a call, if the channel allows that.
#[utoipa::path(tag = "visitors", request_body = NewCall, responses((status = 201, body = CallDto)))]
#[post("/visitor/calls")]
async fn ask_for_call(visitor: Visiting, desk: Desk, body: Body<NewCall>) -> Result<HttpResponse, Problem> {
    let (ctx, medium) = (visitor.0, body.into_inner().medium()?);
    desk.rates.check_ask(ctx.actor)?;
    let command = Ask { medium, online: timing::online(&desk.hub), caps: desk.stage.caps()? };
    let call = desk.changed(ctx, move |tx, ctx| commands::ask(tx, ctx, &command)).await?;
    Ok(HttpResponse::Created().json(call))
}

/// The visitor's call that is not over.
#[utoipa::path(tag = "visitors", responses((status = 200, body = CurrentCall)))]
#[get("/visitor/calls/current")]
async fn get_visitor_call(visitor: Visiting, desk: Desk) -> Result<Json<CurrentCall>, Problem> {
    Ok(Json(desk.current(visitor.0).await?))
}

/// Takes it. Of several people the first one has it.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/visitor/calls/{id}/accept")]
async fn accept_visitor_call(visitor: Visiting, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.accept(visitor.0, id.parse()?).await?))
}

/// Does not take it.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/visitor/calls/{id}/decline")]
async fn decline_visitor_call(visitor: Visiting, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.decline(visitor.0, id.parse()?).await?))
}

/// Gives up while it rings at the other side.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/visitor/calls/{id}/cancel")]
async fn cancel_visitor_call(visitor: Visiting, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.cancel(visitor.0, id.parse()?).await?))
}

/// Leaves. Without anybody on one side it is over.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = CallDto)))]
#[post("/visitor/calls/{id}/hang-up")]
async fn hang_up_visitor_call(visitor: Visiting, desk: Desk, id: Path<String>) -> Result<Json<CallDto>, Problem> {
    Ok(Json(desk.hang_up(visitor.0, id.parse()?).await?))
}

/// Opens your line, or the same one again: after a reload, or as an ICE restart.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), request_body = Offer, responses((status = 200, body = Joined)))]
#[post("/visitor/calls/{id}/join")]
async fn join_visitor_call(
    visitor: Visiting,
    desk: Desk,
    id: Path<String>,
    body: Body<Offer>,
) -> Result<Json<Joined>, Problem> {
    Ok(Json(desk.join(visitor.0, id.parse()?, body.into_inner()).await?))
}

/// Where to connect, with credentials for ten minutes.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = IceServers)))]
#[get("/visitor/calls/{id}/ice")]
async fn get_visitor_call_ice(visitor: Visiting, desk: Desk, id: Path<String>) -> Result<Json<IceServers>, Problem> {
    Ok(Json(desk.ice(visitor.0, id.parse()?).await?))
}

/// What you send, told to the others.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), request_body = ShowBody, responses((status = 204)))]
#[post("/visitor/calls/{id}/state")]
async fn show_in_visitor_call(
    visitor: Visiting,
    desk: Desk,
    rates: Data<Rates>,
    id: Path<String>,
    body: Body<ShowBody>,
) -> Result<HttpResponse, Problem> {
    rates.check_change(visitor.0.actor)?;
    desk.show(visitor.0, id.parse()?, body.into_inner()).await
}

/// Keeps a finished stroke with the call, or takes one of yours back.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), request_body = StrokeBody, responses((status = 204)))]
#[post("/visitor/calls/{id}/strokes")]
async fn keep_visitor_call_stroke(
    visitor: Visiting,
    desk: Desk,
    id: Path<String>,
    body: Body<StrokeBody>,
) -> Result<HttpResponse, Problem> {
    desk.keep_stroke(visitor.0, id.parse()?, body.into_inner()).await
}

/// What was drawn and kept.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), responses((status = 200, body = StrokeList)))]
#[get("/visitor/calls/{id}/strokes")]
async fn list_visitor_call_strokes(
    visitor: Visiting,
    desk: Desk,
    id: Path<String>,
) -> Result<Json<StrokeList>, Problem> {
    Ok(Json(desk.strokes(visitor.0, id.parse()?).await?))
}

/// How your line was since your last report.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), request_body = QualityBody, responses((status = 204)))]
#[post("/visitor/calls/{id}/quality")]
async fn report_visitor_call_quality(
    visitor: Visiting,
    desk: Desk,
    id: Path<String>,
    body: Body<QualityBody>,
) -> Result<HttpResponse, Problem> {
    desk.report(visitor.0, id.parse()?, body.into_inner()).await
}

#[derive(Deserialize, ToSchema)]
struct ConsentBody {
    agreed: bool,
}

/// Whether the call may be recorded; when that was said is kept.
#[utoipa::path(tag = "visitors", params(("id" = String, Path)), request_body = ConsentBody,
    responses((status = 204)))]
#[post("/visitor/calls/{id}/consent")]
async fn consent_to_recording(
    visitor: Visiting,
    desk: Desk,
    id: Path<String>,
    body: Body<ConsentBody>,
) -> Result<HttpResponse, Problem> {
    let (ctx, id, agreed) = (visitor.0, id.parse::<CallId>()?, body.into_inner().agreed);
    desk.db.write(move |tx| recording::consent(tx, &ctx, id, agreed)).await?;
    Ok(HttpResponse::NoContent().finish())
}
