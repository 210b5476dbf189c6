//! The people of the organisation.

use super::SignedIn;
use super::session::choose_password;
use super::wire::{People, RoleWire, UserWire};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::hub::Hub;
use crate::identity::commands::{self, CreateUser, UpdateUser};
use crate::identity::{Passwords, queries};
use crate::kernel::{Ctx, Result, Role, UserId};
use actix_web::{HttpResponse, get, patch, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// Everybody, deactivated people too: their names are in histories.
#[utoipa::path(tag = "people", responses((status = 200, body = People)))]
#[get("/users")]
pub async fn list_users(
    signed_in: SignedIn,
    db: web::Data<Db>,
    hub: web::Data<Hub>,
) -> Result<web::Json<People>, Problem> {
    let users = db.read(move |snapshot| queries::list_people(snapshot, &signed_in.ctx)).await?;
    Ok(web::Json(People { items: users.into_iter().map(|user| UserWire::new(user, &hub)).collect() }))
}

#[derive(Deserialize, ToSchema)]
struct NewUser {
    name: String,
    email: String,
    role: RoleWire,
    password: String,
}

/// Administrators; only an owner makes owners.
#[utoipa::path(tag = "people", request_body = NewUser, responses((status = 201, body = UserWire)))]
#[post("/users")]
pub async fn create_user(
    signed_in: SignedIn,
    body: Body<NewUser>,
    db: web::Data<Db>,
    hub: web::Data<Hub>,
    passwords: web::Data<Passwords>,
) -> Result<HttpResponse, Problem> {
    let SignedIn { ctx, .. } = signed_in;
    ctx.require(Role::Administrator)?;
    let NewUser { name, email, role, password } = body.into_inner();
    let organisation = db.read(queries::get_organisation).await?;
    let password_hash = choose_password(&passwords, "password", password, &[&email, &name, &organisation.name]).await?;
    let command = CreateUser { name, email, role: role.into(), password_hash };
    let user = db.write(move |tx| commands::create_user(tx, &ctx, &command)).await?;
    Ok(HttpResponse::Created().json(UserWire::new(user, &hub)))
}

#[derive(Deserialize, ToSchema)]
struct UserPatch {
    name: Option<String>,
    email: Option<String>,
    role: Option<RoleWire>,
    active: Option<bool>,
}

/// Administrators; only an owner changes owners. Nobody changes their own role.
#[utoipa::path(tag = "people", params(("id" = String, Path, example = "usr_1")), request_body = UserPatch,
    responses((status = 200, body = UserWire)))]
#[patch("/users/{id}")]
pub async fn update_user(
    signed_in: SignedIn,
    id: web::Path<String>,
    body: Body<UserPatch>,
    db: web::Data<Db>,
    hub: web::Data<Hub>,
) -> Result<web::Json<UserWire>, Problem> {
    let id: UserId = id.parse()?;
    let UserPatch { name, email, role, active } = body.into_inner();
    let command = UpdateUser { name, email, role: role.map(Role::from), active };
    let user = db.write(move |tx| commands::update_user(tx, &signed_in.ctx, id, &command)).await?;
    Ok(web::Json(UserWire::new(user, &hub)))
}

#[derive(Deserialize, ToSchema)]
struct PasswordReset {
    new: String,
}

/// Gives somebody else a new password; all their sessions and API tokens end.
#[utoipa::path(tag = "people", params(("id" = String, Path, example = "usr_1")), request_body = PasswordReset,
    responses((status = 204)))]
#[post("/users/{id}/password")]
pub async fn reset_password(
    signed_in: SignedIn,
    id: web::Path<String>,
    body: Body<PasswordReset>,
    db: web::Data<Db>,
    passwords: web::Data<Passwords>,
) -> Result<HttpResponse, Problem> {
    let SignedIn { ctx, .. } = signed_in;
    let id: UserId = id.parse()?;
    let (email, name, organisation) = whose_password(&db, ctx, id).await?;
    let hash = choose_password(&passwords, "new", body.into_inner().new, &[&email, &name, &organisation]).await?;
    db.write(move |tx| commands::reset_password(tx, &ctx, id, &hash)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Asked before the costly hash, and again by the command.
async fn whose_password(db: &Db, ctx: Ctx, id: UserId) -> Result<(String, String, String)> {
    ctx.require(Role::Administrator)?;
    db.read(move |snapshot| {
        let user = queries::get_person(snapshot, id)?;
        Ok((user.email, user.name, queries::get_organisation(snapshot)?.name))
    })
    .await
}
