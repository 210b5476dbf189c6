//! What people change about themselves.

use super::SignedIn;
use super::session::{SignInLimits, choose_password};
use super::wire::{Availability, Me};
use crate::db::Db;
use crate::http::{Body, Client, Limits, Problem, Reading, read_all};
use crate::hub::Hub;
use crate::identity::own::{self, ChangePassword, SetAvatar, UpdateMe};
use crate::identity::{Passwords, avatars, queries};
use crate::jobs::Turns;
use crate::vault;
use actix_web::dev::Payload;
use actix_web::{HttpRequest, HttpResponse, delete, patch, post, put, web};
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
struct MePatch {
    name: Option<String>,
    locale: Option<String>,
    availability: Option<Availability>,
}

/// Changes one's own name, language or availability.
#[utoipa::path(tag = "me", request_body = MePatch, responses((status = 200, body = Me)))]
#[patch("/me")]
pub async fn update_me(
    signed_in: SignedIn,
    body: Body<MePatch>,
    db: web::Data<Db>,
    hub: web::Data<Hub>,
) -> Result<web::Json<Me>, Problem> {
    let SignedIn { ctx, .. } = signed_in;
    let MePatch { name, locale, availability } = body.into_inner();
    let away = availability.map(|choice| choice == Availability::Away);
    let command = UpdateMe { name, locale, away };
    let (user, organisation) = db
        .write(move |tx| {
            own::update_me(tx, &ctx, &command)?;
            queries::me(tx, &ctx)
        })
        .await?;
    if let Some(away) = away {
        hub.set_away(user.id, away);
    }
    Ok(web::Json(Me::new(user, organisation)))
}

#[derive(Deserialize, ToSchema)]
struct PasswordChange {
    current: String,
    new: String,
}

/// Changes one's own password; one's other sessions end.
#[utoipa::path(tag = "me", request_body = PasswordChange, responses((status = 204)))]
#[post("/me/password")]
pub async fn change_password(
    signed_in: SignedIn,
    client: Client,
    body: Body<PasswordChange>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
    limits: web::Data<SignInLimits>,
) -> Result<HttpResponse, Problem> {
    let SignedIn { ctx, session, .. } = signed_in;
    let PasswordChange { current, new } = body.into_inner();
    let (me, organisation, checked_hash) = db
        .read(move |snapshot| {
            let (me, organisation) = queries::me(snapshot, &ctx)?;
            let hash = queries::get_password_hash(snapshot, me.id)?;
            Ok((me, organisation, hash))
        })
        .await?;
    limits.check(&me.email, &client)?;
    if !passwords.verify(current, Some(checked_hash.clone())).await? {
        return Err(own::wrong_credentials().into());
    }
    let new_hash = choose_password(&passwords, "new", new, &[&me.email, &me.name, &organisation.name]).await?;
    let command = ChangePassword { checked_hash, new_hash, session };
    db.write(move |tx| own::change_password(tx, &ctx, &command)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One picture is drawn at a time, since each may need a few hundred megabytes; some wait.
pub struct Easel {
    turns: Turns,
    pixels_max: u64,
}

impl Easel {
    /// The part of the memory for pictures that one of a person may take, at eight bytes a pixel while it becomes smaller.
    pub fn new(picture_bytes: u64) -> Self {
        Easel { turns: Turns::new(1, 8), pixels_max: picture_bytes / 4 / 8 }
    }
}

/// Sets one's picture: a PNG, JPEG, GIF or WebP image of at most 5 MiB, cropped to 256 × 256.
#[utoipa::path(
    tag = "me",
    request_body(content(("image/png"), ("image/jpeg"), ("image/gif"), ("image/webp"))),
    responses((status = 200, body = Me))
)]
#[put("/me/avatar")]
pub async fn set_avatar(
    request: HttpRequest,
    signed_in: SignedIn,
    payload: web::Payload,
    db: web::Data<Db>,
    limits: web::Data<Limits>,
    easel: web::Data<Easel>,
) -> Result<web::Json<Me>, Problem> {
    let reading = Reading::new(&limits, avatars::UPLOAD_BYTES_MAX, "request.too_large");
    let payload: Payload = payload.into_inner();
    let bytes = read_all(&request, payload, &reading).await?;
    let pixels_max = limits.image_pixels.min(easel.pixels_max);
    let drawn = easel.turns.run(move || avatars::draw(&bytes, pixels_max)).await??;
    let avatar = SetAvatar { key: vault::token("av"), media_type: drawn.media_type, image: drawn.image };
    store_avatar(&db, signed_in, Some(avatar)).await
}

/// Takes one's picture away.
#[utoipa::path(tag = "me", responses((status = 200, body = Me)))]
#[delete("/me/avatar")]
pub async fn delete_avatar(signed_in: SignedIn, db: web::Data<Db>) -> Result<web::Json<Me>, Problem> {
    store_avatar(&db, signed_in, None).await
}

async fn store_avatar(db: &Db, signed_in: SignedIn, avatar: Option<SetAvatar>) -> Result<web::Json<Me>, Problem> {
    let SignedIn { ctx, .. } = signed_in;
    let (user, organisation) = db
        .write(move |tx| {
            own::set_avatar(tx, &ctx, avatar.as_ref())?;
            queries::me(tx, &ctx)
        })
        .await?;
    Ok(web::Json(Me::new(user, organisation)))
}
