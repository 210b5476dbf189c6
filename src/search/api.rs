//! The route of search.

use super::{Search, queries};
use crate::conversations::api::rest::page_limit;
use crate::conversations::api::wire::{ConversationDto, MessageDto};
use crate::db::Db;
use crate::http::Problem;
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{Error, Result, Role};
use actix_web::get;
use actix_web::web::{Data, Json, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

/// Characters of a query.
const QUERY_CHARS_MAX: usize = 200;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(search);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// 1 to 200 characters. Several words: all of them; the last one may be incomplete
    q: String,
    /// The `next` of the page before
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct FoundDto {
    conversation: ConversationDto,
    message: MessageDto,
}

#[derive(Serialize, ToSchema)]
struct FoundList {
    items: Vec<FoundDto>,
    /// Pass back as `after`. A page may be short or empty and still have one.
    next: Option<String>,
}

/// Messages that hold these words, newest first.
#[utoipa::path(tag = "search", params(SearchQuery), responses((status = 200, body = FoundList)))]
#[get("/search")]
async fn search(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    index: Data<Search>,
    query: Query<SearchQuery>,
) -> Result<Json<FoundList>, Problem> {
    let user = caller.ctx.require(Role::Agent)?;
    index.admit(user)?;
    check(&query.q)?;
    let limit = page_limit(query.limit)?;
    let page = queries::query(&db, &index, caller.ctx, &query.q, query.after.as_deref(), limit).await?;
    let page = page.map(|(view, message)| FoundDto {
        conversation: ConversationDto::new(&view, Some(hub.customer_online(view.customer.id))),
        message: MessageDto::new(&message),
    });
    Ok(Json(FoundList { items: page.items, next: page.next }))
}

fn check(q: &str) -> Result<()> {
    match q.chars().count() {
        0 => Err(Error::invalid("q", "required")),
        1..=QUERY_CHARS_MAX => Ok(()),
        _ => Err(Error::invalid("q", "too_long")),
    }
}
