//! API tokens: a program acts as the person who made its token.

use super::SignedIn;
use super::wire::{TokenWire, Tokens};
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::{queries, sessions};
use crate::kernel::TokenId;
use crate::vault;
use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One's own.
#[utoipa::path(tag = "tokens", responses((status = 200, body = Tokens)))]
#[get("/tokens")]
pub async fn list_tokens(signed_in: SignedIn, db: web::Data<Db>) -> Result<web::Json<Tokens>, Problem> {
    let tokens = db.read(move |snapshot| queries::list_tokens(snapshot, &signed_in.ctx)).await?;
    Ok(web::Json(Tokens { items: tokens.into_iter().map(TokenWire::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
struct NewToken {
    name: String,
}

#[derive(Serialize, ToSchema)]
struct CreatedToken {
    token: TokenWire,
    /// Shown this once.
    #[schema(example = "plt_…")]
    secret: String,
}

/// Makes a token. Its secret is in this answer and never again.
#[utoipa::path(tag = "tokens", request_body = NewToken, responses((status = 201, body = CreatedToken)))]
#[post("/tokens")]
pub async fn create_token(
    signed_in: SignedIn,
    body: Body<NewToken>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Problem> {
    let secret = vault::token("plt");
    let hash = vault::token_hash(&secret);
    let name = body.into_inner().name;
    let token = db.write(move |tx| sessions::create_token(tx, &signed_in.ctx, &name, &hash)).await?;
    Ok(HttpResponse::Created().json(CreatedToken { token: token.into(), secret }))
}

/// Revokes one of one's own; programs that use it are cut off.
#[utoipa::path(tag = "tokens", params(("id" = String, Path, example = "tok_1")), responses((status = 204)))]
#[delete("/tokens/{id}")]
pub async fn delete_token(
    signed_in: SignedIn,
    id: web::Path<String>,
    db: web::Data<Db>,
) -> Result<HttpResponse, Problem> {
    let id: TokenId = id.parse()?;
    db.write(move |tx| sessions::delete_token(tx, &signed_in.ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}
