//! Tags at the door.

use super::commands::{self, Change, Create};
use super::{Colour, Tag, queries};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{Error, Result, TagId};
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_tags).service(create_tag).service(update_tag).service(delete_tag).service(restore_tag);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Tag)]
pub struct TagDto {
    #[schema(example = "tag_1")]
    pub id: String,
    pub name: String,
    /// `grey`, `red`, `orange`, `green`, `blue` or `violet`
    pub colour: &'static str,
    pub created_at: i64,
    pub position: i64,
}

impl From<&Tag> for TagDto {
    fn from(tag: &Tag) -> Self {
        TagDto {
            id: tag.id.to_string(),
            name: tag.name.clone(),
            colour: tag.colour.as_str(),
            created_at: tag.created_at.0,
            position: tag.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TagList {
    items: Vec<TagDto>,
}

/// All of them, by name.
#[utoipa::path(tag = "tags", responses((status = 200, body = TagList)))]
#[get("/tags")]
async fn list_tags(caller: SignedIn, db: Data<Db>) -> Result<Json<TagList>, Problem> {
    let ctx = caller.ctx;
    let tags = db.read(move |snapshot| queries::list(snapshot, &ctx)).await?;
    Ok(Json(TagList { items: tags.iter().map(TagDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTag {
    name: String,
    /// Absent: grey.
    colour: Option<String>,
}

fn colour(text: Option<String>) -> Result<Option<Colour>> {
    let parse = |text: String| Colour::parse(&text).ok_or_else(|| Error::invalid("colour", "invalid"));
    text.map(parse).transpose()
}

/// Adds a word. One that is there already is answered as it is.
#[utoipa::path(tag = "tags", request_body = NewTag, responses((status = 201, body = TagDto)))]
#[post("/tags")]
async fn create_tag(caller: SignedIn, db: Data<Db>, body: Body<NewTag>) -> Result<HttpResponse, Problem> {
    let (ctx, new) = (caller.ctx, body.into_inner());
    let command = Create { name: new.name, colour: colour(new.colour)?.unwrap_or(Colour::Grey) };
    let tag = db.write(move |tx| commands::create(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(TagDto::from(&tag)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TagChange {
    name: Option<String>,
    colour: Option<String>,
}

/// Renames or colours one. Supervisors.
#[utoipa::path(tag = "tags", params(("id" = String, Path)), request_body = TagChange,
    responses((status = 200, body = TagDto)))]
#[patch("/tags/{id}")]
async fn update_tag(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
    body: Body<TagChange>,
) -> Result<Json<TagDto>, Problem> {
    let (ctx, id, new) = (caller.ctx, id.parse::<TagId>()?, body.into_inner());
    let change = Change { name: new.name, colour: colour(new.colour)? };
    let tag = db.write(move |tx| commands::update(tx, &ctx, id, &change)).await?;
    Ok(Json(TagDto::from(&tag)))
}

/// Takes one off everything; it can be brought back. Supervisors.
#[utoipa::path(tag = "tags", params(("id" = String, Path)), responses((status = 204)))]
#[delete("/tags/{id}")]
async fn delete_tag(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<TagId>()?);
    db.write(move |tx| commands::delete(tx, &ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Brings a deleted one back, on all that had it. Supervisors.
#[utoipa::path(tag = "tags", params(("id" = String, Path)), responses((status = 200, body = TagDto)))]
#[post("/tags/{id}/restore")]
async fn restore_tag(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<TagDto>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<TagId>()?);
    let tag = db.write(move |tx| commands::restore(tx, &ctx, id)).await?;
    Ok(Json(TagDto::from(&tag)))
}
