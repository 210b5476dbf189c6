//! The organisation itself.

use super::SignedIn;
use super::wire::OrganisationWire;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::commands::{self, UpdateOrganisation};
use crate::identity::queries;
use actix_web::{get, patch, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// Its name, language and time zone.
#[utoipa::path(tag = "organisation", responses((status = 200, body = OrganisationWire)))]
#[get("/organisation")]
pub async fn get_organisation(_: SignedIn, db: web::Data<Db>) -> Result<web::Json<OrganisationWire>, Problem> {
    Ok(web::Json(db.read(queries::get_organisation).await?.into()))
}

#[derive(Deserialize, ToSchema)]
struct OrganisationPatch {
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
}

/// Administrators.
#[utoipa::path(tag = "organisation", request_body = OrganisationPatch, responses((status = 200, body = OrganisationWire)))]
#[patch("/organisation")]
pub async fn update_organisation(
    signed_in: SignedIn,
    body: Body<OrganisationPatch>,
    db: web::Data<Db>,
) -> Result<web::Json<OrganisationWire>, Problem> {
    let OrganisationPatch { name, locale, time_zone } = body.into_inner();
    let command = UpdateOrganisation { name, locale, time_zone };
    let organisation = db.write(move |tx| commands::update_organisation(tx, &signed_in.ctx, &command)).await?;
    Ok(web::Json(organisation.into()))
}
