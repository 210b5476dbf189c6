//! How the acting visitor is received, and leaving word where nobody is there.

use super::door::Visiting;
use super::rest::VisitorDto;
use crate::channels;
use crate::customers::commands::{self, Introduce};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::kernel::{Actor, Error, Result};
use crate::reception::api::{QueueDto, ReceptionDto};
use crate::reception::{Queue, queries};
use crate::socket::Rates;
use actix_web::web::{Data, Json};
use actix_web::{get, post};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(get_reception).service(get_queue_place).service(introduce_visitor);
}

/// Whether it is open, and somebody there.
#[utoipa::path(tag = "visitors", responses((status = 200, body = ReceptionDto)))]
#[get("/visitor/reception")]
async fn get_reception(visitor: Visiting, db: Data<Db>, hub: Data<Hub>) -> Result<Json<ReceptionDto>, Problem> {
    let (ctx, present) = (visitor.0, hub.users_online());
    let received = db.read(move |snapshot| {
        let Actor::Visitor { channel, .. } = ctx.actor else { return Err(Error::not_found()) };
        let channel = channels::queries::find(snapshot, channel)?.ok_or_else(Error::not_found)?;
        queries::reception(snapshot, &channel, &present, ctx.now)
    });
    Ok(Json(received.await?.into()))
}

/// How many wait before you, as it was seen a moment ago.
#[utoipa::path(tag = "visitors", responses((status = 200, body = QueueDto)))]
#[get("/visitor/queue")]
async fn get_queue_place(visitor: Visiting, queue: Data<Queue>) -> Result<Json<QueueDto>, Problem> {
    let Actor::Visitor { customer, .. } = visitor.0.actor else { return Err(Error::not_found().into()) };
    Ok(Json(QueueDto { ahead: queue.ahead(customer) }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Introduction {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
}

/// Says who you are, by hand. What is known already stays as it is. Unverified.
#[utoipa::path(tag = "visitors", request_body = Introduction, responses((status = 200, body = VisitorDto)))]
#[post("/visitor/contact")]
async fn introduce_visitor(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<Introduction>,
) -> Result<Json<VisitorDto>, Problem> {
    rates.check_change(visitor.0.actor)?;
    let Introduction { name, email } = body.into_inner();
    let (ctx, command) = (visitor.0, Introduce { name, email, ..Introduce::default() });
    let customer = db.write(move |tx| commands::leave_contact(tx, &ctx, &command)).await?;
    Ok(Json(customer.into()))
}
