//! Ratings at both doors.

use super::queries::{self, Own, Wanted};
use super::{Content, Rating, Tally, commands};
use crate::conversations::api::rest::page_limit;
use crate::db::Db;
use crate::http::{Body, Problem};
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Millis, Result, UserId};
use crate::socket::Rates;
use crate::visitors::api::Visiting;
use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(ask_for_rating).service(list_conversation_ratings);
    config.service(list_ratings).service(summarise_ratings);
    config.service(get_visitor_rating).service(give_rating);
}

#[derive(Serialize, ToSchema)]
#[schema(as = Rating)]
pub struct RatingDto {
    #[schema(example = "rtg_1")]
    pub id: String,
    pub conversation: String,
    pub channel: String,
    pub customer: String,
    /// Whose conversation it was.
    pub agent: Option<String>,
    /// 1 (worst) to 5
    pub score: i64,
    /// Whether the matter was; `null`: not said.
    pub solved: Option<bool>,
    /// Of those the channel offers.
    pub tags: Vec<String>,
    pub comment: String,
    pub at: i64,
    pub changed_at: i64,
    pub position: i64,
}

impl From<&Rating> for RatingDto {
    fn from(rating: &Rating) -> Self {
        let content = rating.content.clone();
        RatingDto {
            id: rating.id.to_string(),
            conversation: rating.conversation.to_string(),
            channel: rating.channel.to_string(),
            customer: rating.customer.to_string(),
            agent: rating.agent.map(|user| user.to_string()),
            score: content.score,
            solved: content.solved,
            tags: content.tags,
            comment: content.comment,
            at: rating.at.0,
            changed_at: rating.changed_at.0,
            position: rating.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct RatingList {
    items: Vec<RatingDto>,
    /// Pass back as `after`.
    next: Option<String>,
}

/// Puts the question into the customer's chat.
#[utoipa::path(tag = "ratings", params(("id" = String, Path)), responses((status = 204)))]
#[post("/conversations/{id}/rating/ask")]
async fn ask_for_rating(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    db.write(move |tx| commands::ask(tx, &ctx, id)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What its customer thought of a conversation, each time it was over.
#[utoipa::path(tag = "ratings", params(("id" = String, Path)), responses((status = 200, body = RatingList)))]
#[get("/conversations/{id}/ratings")]
async fn list_conversation_ratings(
    caller: SignedIn,
    db: Data<Db>,
    id: Path<String>,
) -> Result<Json<RatingList>, Problem> {
    let (ctx, id) = (caller.ctx, id.parse::<ConversationId>()?);
    let ratings = db.read(move |snapshot| queries::of_conversation(snapshot, &ctx, id)).await?;
    Ok(Json(RatingList { items: ratings.iter().map(RatingDto::from).collect(), next: None }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    channel: Option<String>,
    /// Whose conversations.
    agent: Option<String>,
    /// At most so many stars.
    score_max: Option<i64>,
    after: Option<String>,
    limit: Option<usize>,
}

/// All ratings, newest first. Supervisors.
#[utoipa::path(tag = "ratings", params(ListQuery), responses((status = 200, body = RatingList)))]
#[get("/ratings")]
async fn list_ratings(caller: SignedIn, db: Data<Db>, query: Query<ListQuery>) -> Result<Json<RatingList>, Problem> {
    let (ctx, query) = (caller.ctx, query.into_inner());
    let limit = page_limit(query.limit)?;
    let wanted = Wanted {
        channel: query.channel.map(|id| id.parse()).transpose()?,
        agent: query.agent.map(|id| id.parse()).transpose()?,
        score_max: query.score_max,
    };
    let page = db.read(move |snapshot| queries::list(snapshot, &ctx, &wanted, query.after.as_deref(), limit)).await?;
    Ok(Json(RatingList { items: page.items.iter().map(RatingDto::from).collect(), next: page.next }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    channel: Option<String>,
    /// Given since then; default: ever.
    from: Option<i64>,
    /// Given before then; default: now.
    to: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RatingTally)]
struct TallyDto {
    count: i64,
    /// `null` of none.
    average: Option<f64>,
    /// How many gave one star, two, …, five.
    scores: Vec<i64>,
    solved: i64,
    unsolved: i64,
}

impl From<&Tally> for TallyDto {
    fn from(tally: &Tally) -> Self {
        TallyDto {
            count: tally.count(),
            average: tally.average(),
            scores: tally.scores.to_vec(),
            solved: tally.solved,
            unsolved: tally.unsolved,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct AgentTally {
    /// `null`: nobody's conversations.
    agent: Option<String>,
    tally: TallyDto,
}

#[derive(Serialize, ToSchema)]
struct RatingSummary {
    all: TallyDto,
    /// Most rated first.
    agents: Vec<AgentTally>,
}

/// The ratings of a time, counted. Supervisors.
#[utoipa::path(tag = "ratings", params(SummaryQuery), responses((status = 200, body = RatingSummary)))]
#[get("/ratings/summary")]
async fn summarise_ratings(
    caller: SignedIn,
    db: Data<Db>,
    query: Query<SummaryQuery>,
) -> Result<Json<RatingSummary>, Problem> {
    let (ctx, query) = (caller.ctx, query.into_inner());
    let channel = query.channel.map(|id| id.parse()).transpose()?;
    let (from, to) = (Millis(query.from.unwrap_or(0)), query.to.map_or(ctx.now.plus(1), Millis));
    let summary = db.read(move |snapshot| queries::summary(snapshot, &ctx, channel, from, to)).await?;
    let of_agent = |(agent, tally): &(Option<UserId>, Tally)| AgentTally {
        agent: agent.map(|user| user.to_string()),
        tally: tally.into(),
    };
    Ok(Json(RatingSummary { all: (&summary.all).into(), agents: summary.agents.iter().map(of_agent).collect() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OwnQuery {
    conversation: String,
}

/// What a customer said.
#[derive(Serialize, ToSchema)]
#[schema(as = VisitorRating)]
struct GivenDto {
    score: i64,
    solved: Option<bool>,
    tags: Vec<String>,
    comment: String,
}

#[derive(Serialize, ToSchema)]
struct VisitorRatingState {
    /// You are asked, and may still answer or change your answer.
    may_rate: bool,
    rating: Option<GivenDto>,
}

impl From<Own> for VisitorRatingState {
    fn from(own: Own) -> Self {
        let rating = own.rating.map(|rating| {
            let Content { score, solved, tags, comment } = rating.content;
            GivenDto { score, solved, tags, comment }
        });
        VisitorRatingState { may_rate: own.may_rate, rating }
    }
}

/// Whether you are asked for a rating, and what you said.
#[utoipa::path(tag = "visitors", params(OwnQuery), responses((status = 200, body = VisitorRatingState)))]
#[get("/visitor/rating")]
async fn get_visitor_rating(
    visitor: Visiting,
    db: Data<Db>,
    query: Query<OwnQuery>,
) -> Result<Json<VisitorRatingState>, Problem> {
    let (ctx, id) = (visitor.0, query.conversation.parse::<ConversationId>()?);
    let own = db.read(move |snapshot| queries::own(snapshot, &ctx, id)).await?;
    Ok(Json(own.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRating {
    conversation: String,
    /// 1 (worst) to 5
    score: i64,
    solved: Option<bool>,
    #[serde(default)]
    tags: Vec<String>,
    /// Up to 1,000 characters.
    #[serde(default)]
    comment: String,
}

/// Rates a conversation that asks for it; again: otherwise, within a week.
#[utoipa::path(tag = "visitors", request_body = NewRating, responses((status = 200, body = VisitorRatingState)))]
#[post("/visitor/rating")]
async fn give_rating(
    visitor: Visiting,
    db: Data<Db>,
    rates: Data<Rates>,
    body: Body<NewRating>,
) -> Result<Json<VisitorRatingState>, Problem> {
    let (ctx, new) = (visitor.0, body.into_inner());
    rates.check_change(ctx.actor)?;
    let id = new.conversation.parse::<ConversationId>()?;
    let content = Content { score: new.score, solved: new.solved, tags: new.tags, comment: new.comment };
    let rating = db.write(move |tx| commands::rate(tx, &ctx, id, &content)).await?;
    Ok(Json(Own { may_rate: true, rating: Some(rating) }.into()))
}
