//! Saved views at the door.

use super::commands::{self, Change, Create};
use super::{SavedView, queries};
use crate::conversations::filter::Filter;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{Result, SavedViewId};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_saved_views).service(count_saved_views).service(create_saved_view);
    config.service(update_saved_view).service(delete_saved_view);
}

#[derive(Serialize, ToSchema)]
#[schema(as = SavedView)]
pub struct SavedViewDto {
    #[schema(example = "view_1")]
    pub id: String,
    pub scope: ViewScope,
    pub name: String,
    /// As in the query of `GET /conversations`.
    #[schema(example = "priority=high,urgent&sort=waiting")]
    pub filter: String,
    /// 1, 2, 3 … in its scope.
    pub place: i64,
    pub updated_at: i64,
    pub position: i64,
}

#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ViewScope {
    Shared,
    Personal,
}

impl From<&SavedView> for SavedViewDto {
    fn from(view: &SavedView) -> Self {
        SavedViewDto {
            id: view.id.to_string(),
            scope: if view.owner.is_none() { ViewScope::Shared } else { ViewScope::Personal },
            name: view.name.clone(),
            filter: view.filter.text(),
            place: view.place,
            updated_at: view.updated_at.0,
            position: view.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct SavedViewList {
    items: Vec<SavedViewDto>,
}

/// The shared ones, then your own, each in their order.
#[utoipa::path(tag = "saved_views", responses((status = 200, body = SavedViewList)))]
#[get("/saved-views")]
async fn list_saved_views(caller: SignedIn, db: Data<Db>) -> Result<Json<SavedViewList>, Problem> {
    let ctx = caller.ctx;
    let views = db.read(move |snapshot| queries::list(snapshot, &ctx)).await?;
    Ok(Json(SavedViewList { items: views.iter().map(SavedViewDto::from).collect() }))
}

#[derive(Serialize, ToSchema)]
struct SavedViewCounts {
    /// By id, up to 1,000 each.
    counts: BTreeMap<String, i64>,
}

/// How many conversations each of your views shows you.
#[utoipa::path(tag = "saved_views", responses((status = 200, body = SavedViewCounts)))]
#[get("/saved-views/counts")]
async fn count_saved_views(caller: SignedIn, db: Data<Db>) -> Result<Json<SavedViewCounts>, Problem> {
    let ctx = caller.ctx;
    let counts = db.read(move |snapshot| queries::counts(snapshot, &ctx)).await?;
    Ok(Json(SavedViewCounts { counts: counts.into_iter().map(|(id, count)| (id.to_string(), count)).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSavedView {
    scope: ViewScope,
    name: String,
    /// As in the query of `GET /conversations`; empty: what is open.
    #[serde(default)]
    filter: String,
}

/// Keeps one, at the end of its list. Shared ones: supervisors.
#[utoipa::path(tag = "saved_views", request_body = NewSavedView, responses((status = 201, body = SavedViewDto)))]
#[post("/saved-views")]
async fn create_saved_view(caller: SignedIn, db: Data<Db>, body: Body<NewSavedView>) -> Result<HttpResponse, Problem> {
    let (ctx, new) = (caller.ctx, body.into_inner());
    let is_shared = matches!(new.scope, ViewScope::Shared);
    let command = Create { is_shared, name: new.name, filter: Filter::parse(&new.filter)? };
    let view = db.write(move |tx| commands::create(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(SavedViewDto::from(&view)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SavedViewChange {
    name: Option<String>,
    filter: Option<String>,
    /// 1: the first in its scope; the others make room.
    place: Option<i64>,
}

/// Renames, refilters or moves one. Shared ones: supervisors.
#[utoipa::path(tag = "saved_views", params(("id" = String, Path)), request_body = SavedViewChange,
    responses((status = 200, body = SavedViewDto)))]
#[patch("/saved-views/{id}")]
async fn update_saved_view(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    body: Body<SavedViewChange>,
) -> Result<Json<SavedViewDto>, Problem> {
    let (ctx, id, new) = (caller.ctx, id.parse::<SavedViewId>()?, body.into_inner());
    let filter = new.filter.as_deref().map(Filter::parse).transpose()?;
    let change = Change { name: new.name, filter, place: new.place };
    let view = db.write(move |tx| commands::update(tx, &ctx, id, &change)).await?;
    Ok(Json(SavedViewDto::from(&view)))
}

/// Forgets one; the conversations stay as they are. Shared ones: supervisors.
#[utoipa::path(tag = "saved_views", params(("id" = String, Path)), responses((status = 204)))]
#[delete("/saved-views/{id}")]
async fn delete_saved_view(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<SavedViewId>()?);
    db.write(move |tx| commands::delete(tx, &ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
