//! Pictures of people, public at their unguessable addresses.

use crate::db::Db;
use crate::http::Problem;
use crate::identity::queries;
use actix_web::http::header;
use actix_web::{HttpResponse, get, web};

/// A person's picture. The address never shows another one.
#[utoipa::path(
    tag = "me",
    security(()),
    params(("key" = String, Path, description = "From avatar_url")),
    responses((status = 200, description = "The picture", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/webp"))))
)]
#[get("/avatars/{key}")]
pub async fn get_avatar(key: web::Path<String>, db: web::Data<Db>) -> Result<HttpResponse, Problem> {
    let (media_type, image) = db.read(move |snapshot| queries::get_avatar(snapshot, &key)).await?;
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(image))
}
