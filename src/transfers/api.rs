//! Offers at the agents' door.

use super::commands::{self, GiveBack, Offer, Words};
use super::{Settings, Transfer, TransferView, queries};
use crate::conversations::api::wire::message_limits;
use crate::db::{Db, Tx};
use crate::http::{Body, Limits, Problem};
use crate::hub::Hub;
use crate::identity::api::SignedIn;
use crate::kernel::{ConversationId, Ctx, Millis, Result, TransferId, UserId};
use crate::socket::Rates;
use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_transfers).service(transfer_conversation);
    config.service(accept_transfer).service(decline_transfer).service(withdraw_transfer);
}

/// A conversation offered to a colleague.
#[derive(Serialize, ToSchema)]
#[schema(as = Transfer)]
pub struct TransferDto {
    #[schema(example = "trf_1")]
    pub id: String,
    pub conversation: String,
    /// Whose it stays until it is taken.
    pub from: String,
    pub to: String,
    /// For colleagues alone.
    pub note: String,
    /// `pending`, `accepted`, `declined`, `withdrawn`, `expired`, `gone` or `overtaken`
    pub state: &'static str,
    /// What it was declined with.
    pub word: String,
    pub offered_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
    pub position: i64,
}

impl From<&TransferView> for TransferDto {
    fn from(view: &TransferView) -> Self {
        let transfer = &view.transfer;
        TransferDto {
            id: transfer.id.to_string(),
            conversation: transfer.conversation.to_string(),
            from: transfer.from.to_string(),
            to: transfer.to.to_string(),
            note: view.note.clone(),
            state: transfer.state.as_str(),
            word: view.word.clone(),
            offered_at: transfer.offered_at.0,
            expires_at: transfer.expires_at.0,
            ended_at: transfer.ended_at.map(|at| at.0),
            position: transfer.position,
        }
    }
}

#[derive(Serialize, ToSchema)]
struct TransferList {
    items: Vec<TransferDto>,
}

/// What waits for your answer, and what of yours waits for somebody else's.
#[utoipa::path(tag = "transfers", responses((status = 200, body = TransferList)))]
#[get("/transfers")]
async fn list_transfers(caller: SignedIn, db: Data<Db>) -> Result<Json<TransferList>, Problem> {
    let ctx = caller.ctx;
    let own = db.read(move |snapshot| queries::own(snapshot, &ctx)).await?;
    Ok(Json(TransferList { items: own.iter().map(TransferDto::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTransfer {
    /// A colleague; `null`: back to the queue, at once.
    to: Option<String>,
    /// For colleagues alone.
    #[serde(default)]
    note: String,
    /// A UUID you make, kept for every retry.
    client_id: Uuid,
}

#[derive(Serialize, ToSchema)]
struct Transferred {
    /// `null`: it is in the queue.
    transfer: Option<TransferDto>,
}

/// Offers your conversation to a colleague, or gives it back to the queue, with a note.
#[utoipa::path(tag = "transfers", params(("id" = String, Path)), request_body = NewTransfer,
    responses((status = 201, body = Transferred)))]
#[post("/conversations/{id}/transfer")]
#[expect(clippy::too_many_arguments, reason = "what a handler is given by the framework")]
async fn transfer_conversation(
    caller: SignedIn,
    db: Data<Db>,
    hub: Data<Hub>,
    limits: Data<Limits>,
    rates: Data<Rates>,
    settings: Data<Settings>,
    id: Path<String>,
    body: Body<NewTransfer>,
) -> Result<HttpResponse, Problem> {
    rates.check_message(caller.ctx.actor)?;
    let (ctx, new) = (caller.ctx, body.into_inner());
    let conversation = id.parse::<ConversationId>()?;
    let note = words(new.note, new.client_id, &limits);
    let transfer = match new.to.map(|to| to.parse::<UserId>()).transpose()? {
        Some(to) => {
            let to_is_here = hub.user_absent_ms(to).is_none();
            let answer_ms = Millis::seconds(i64::from(settings.answer_seconds));
            let command = Offer { conversation, to, note, to_is_here, answer_ms };
            Some(answered(&db, ctx, move |tx, ctx| commands::offer(tx, ctx, &command)).await?)
        }
        None => {
            let command = GiveBack { conversation, note };
            db.write(move |tx| commands::give_back(tx, &ctx, &command)).await?;
            None
        }
    };
    Ok(HttpResponse::Created().json(Transferred { transfer }))
}

fn words(text: String, client_id: Uuid, limits: &Limits) -> Words {
    Words { text, client_id: client_id.into_bytes(), limits: message_limits(limits) }
}

/// Runs a command and answers with the offer as it is then.
async fn answered(
    db: &Db,
    ctx: Ctx,
    run: impl Fn(&mut Tx<'_>, &Ctx) -> Result<Transfer> + Send + 'static,
) -> Result<TransferDto, Problem> {
    let run = move |tx: &mut Tx<'_>| {
        let transfer = run(tx, &ctx)?;
        queries::view(tx, transfer)
    };
    Ok(TransferDto::from(&db.write(run).await?))
}

/// The conversation is yours.
#[utoipa::path(tag = "transfers", params(("id" = String, Path)), responses((status = 200, body = TransferDto)))]
#[post("/transfers/{id}/accept")]
async fn accept_transfer(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<TransferDto>, Problem> {
    let id = id.parse::<TransferId>()?;
    Ok(Json(answered(&db, caller.ctx, move |tx, ctx| commands::accept(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Declining {
    /// Why, for colleagues alone.
    #[serde(default)]
    word: String,
    /// A UUID you make, kept for every retry.
    client_id: Uuid,
}

/// It stays with whom it is.
#[utoipa::path(tag = "transfers", params(("id" = String, Path)), request_body = Declining,
    responses((status = 200, body = TransferDto)))]
#[post("/transfers/{id}/decline")]
async fn decline_transfer(
    caller: SignedIn,
    db: Data<Db>,
    limits: Data<Limits>,
    rates: Data<Rates>,
    id: Path<String>,
    body: Body<Declining>,
) -> Result<Json<TransferDto>, Problem> {
    rates.check_message(caller.ctx.actor)?;
    let (id, body) = (id.parse::<TransferId>()?, body.into_inner());
    let word = words(body.word, body.client_id, &limits);
    Ok(Json(answered(&db, caller.ctx, move |tx, ctx| commands::decline(tx, ctx, id, &word)).await?))
}

/// Takes your offer back; supervisors anybody's.
#[utoipa::path(tag = "transfers", params(("id" = String, Path)), responses((status = 200, body = TransferDto)))]
#[post("/transfers/{id}/withdraw")]
async fn withdraw_transfer(caller: SignedIn, db: Data<Db>, id: Path<String>) -> Result<Json<TransferDto>, Problem> {
    let id = id.parse::<TransferId>()?;
    Ok(Json(answered(&db, caller.ctx, move |tx, ctx| commands::withdraw(tx, ctx, id)).await?))
}
