//! What agents and visitors ask in the same words, each under their own address.

use super::bodies::{Offer, QualityBody, ShowBody, StrokeBody};
use super::rates::CallRates;
use super::wire::{CallDto, Eyes, IceServerDto, KeptStrokeDto, SlotDto};
use crate::calls::commands;
use crate::calls::lifecycle::{over, own_leg};
use crate::calls::queries::{self, CallView};
use crate::calls::stage::Stage;
use crate::calls::{lines, quality, strokes, timing};
use crate::db::{Db, Tx};
use crate::http::Problem;
use crate::hub::Hub;
use crate::kernel::{Actor, CallId, Clock, Ctx, Error, Result};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev::Payload};
use serde::Serialize;
use std::future::{Ready, ready};
use utoipa::ToSchema;

/// What a browser's offer may be at most: a real one has 8 KiB.
const OFFER_BYTES_MAX: usize = 64 << 10;

/// What handlers of calls work with.
pub struct Desk {
    pub db: Data<Db>,
    pub hub: Data<Hub>,
    pub stage: Data<Stage>,
    pub rates: Data<CallRates>,
    clock: Data<Clock>,
}

impl FromRequest for Desk {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        fn data<T: 'static>(request: &HttpRequest) -> Result<Data<T>> {
            request.app_data::<Data<T>>().cloned().ok_or_else(|| Error::internal("calls are not wired"))
        }
        let desk = || -> Result<Desk> {
            let (db, hub, stage) = (data(request)?, data(request)?, data(request)?);
            Ok(Desk { db, hub, stage, rates: data(request)?, clock: data(request)? })
        };
        ready(desk().map_err(Problem::from))
    }
}

fn eyes(ctx: &Ctx) -> Eyes {
    if matches!(ctx.actor, Actor::Visitor { .. }) { Eyes::Customer } else { Eyes::Agent }
}

#[derive(Serialize, ToSchema)]
pub struct CurrentCall {
    /// What you take part in, or what rings at you.
    #[schema(required = true)]
    call: Option<CallDto>,
}

#[derive(Serialize, ToSchema)]
pub struct Joined {
    /// SDP.
    answer: String,
    /// Yours.
    leg: String,
    slots: Vec<SlotDto>,
}

#[derive(Serialize, ToSchema)]
pub struct IceServers {
    servers: Vec<IceServerDto>,
    /// `all`
    policy: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct StrokeList {
    items: Vec<KeptStrokeDto>,
}

impl Desk {
    /// Runs a command and answers with the call as it is then.
    pub async fn changed(
        &self,
        ctx: Ctx,
        command: impl Fn(&mut Tx<'_>, &Ctx) -> Result<CallView> + Send + 'static,
    ) -> Result<CallDto, Problem> {
        let view = self.db.write(move |tx| command(tx, &ctx)).await?;
        Ok(CallDto::new(&view, eyes(&ctx)))
    }

    pub async fn get(&self, ctx: Ctx, id: CallId) -> Result<CallDto, Problem> {
        let view = self.db.read(move |snapshot| queries::get(snapshot, &ctx, id)).await?;
        Ok(CallDto::new(&view, eyes(&ctx)))
    }

    pub async fn current(&self, ctx: Ctx) -> Result<CurrentCall, Problem> {
        let view = self.db.read(move |snapshot| queries::current(snapshot, &ctx)).await?;
        Ok(CurrentCall { call: view.map(|view| CallDto::new(&view, eyes(&ctx))) })
    }

    pub async fn accept(&self, ctx: Ctx, id: CallId) -> Result<CallDto, Problem> {
        let online = timing::online(&self.hub);
        self.changed(ctx, move |tx, ctx| commands::accept(tx, ctx, id, &online)).await
    }

    pub async fn decline(&self, ctx: Ctx, id: CallId) -> Result<CallDto, Problem> {
        let online = timing::online(&self.hub);
        self.changed(ctx, move |tx, ctx| commands::decline(tx, ctx, id, &online)).await
    }

    pub async fn cancel(&self, ctx: Ctx, id: CallId) -> Result<CallDto, Problem> {
        self.changed(ctx, move |tx, ctx| commands::cancel(tx, ctx, id)).await
    }

    pub async fn hang_up(&self, ctx: Ctx, id: CallId) -> Result<CallDto, Problem> {
        self.changed(ctx, move |tx, ctx| commands::hang_up(tx, ctx, id)).await
    }

    pub async fn join(&self, ctx: Ctx, id: CallId, offer: Offer) -> Result<Joined, Problem> {
        self.rates.check_join(ctx.actor)?;
        let offer = offer.offer;
        if offer.len() > OFFER_BYTES_MAX {
            return Err(Error::invalid("offer", "too_long").into());
        }
        let (view, leg) = self.db.read(move |snapshot| joining(snapshot, &ctx, id)).await?;
        let answer = self.stage.join(&view, leg, offer).await?;
        // It may have ended meanwhile, and with it what the media plane was told to forget.
        let now = Ctx::new(ctx.actor, self.clock.now());
        let again = self.db.read(move |snapshot| joining(snapshot, &now, id)).await;
        if again.is_err() {
            self.stage.leave(id, leg);
        }
        let slots = self.stage.slots(&again?.0, leg);
        Ok(Joined { answer, leg: leg.to_string(), slots })
    }

    pub async fn ice(&self, ctx: Ctx, id: CallId) -> Result<IceServers, Problem> {
        let (_, leg) = self.db.read(move |snapshot| joining(snapshot, &ctx, id)).await?;
        Ok(IceServers { servers: vec![self.stage.ice(id, leg)?], policy: "all" })
    }

    pub async fn show(&self, ctx: Ctx, id: CallId, body: ShowBody) -> Result<HttpResponse, Problem> {
        let show = body.into();
        self.db.write(move |tx| commands::show(tx, &ctx, id, show)).await?;
        Ok(HttpResponse::NoContent().finish())
    }

    pub async fn keep_stroke(&self, ctx: Ctx, id: CallId, body: StrokeBody) -> Result<HttpResponse, Problem> {
        self.rates.check_stroke(ctx.actor)?;
        let stroke = body.into_stroke()?;
        self.db.write(move |tx| strokes::keep(tx, &ctx, id, &stroke)).await?;
        Ok(HttpResponse::NoContent().finish())
    }

    pub async fn strokes(&self, ctx: Ctx, id: CallId) -> Result<StrokeList, Problem> {
        let kept = self.db.read(move |snapshot| strokes::list(snapshot, &ctx, id)).await?;
        Ok(StrokeList { items: kept.into_iter().filter_map(KeptStrokeDto::new).collect() })
    }

    pub async fn report(&self, ctx: Ctx, id: CallId, body: QualityBody) -> Result<HttpResponse, Problem> {
        self.rates.check_report(ctx.actor)?;
        let measures = body.into();
        self.db.write(move |tx| quality::report(tx, &ctx, id, measures)).await?;
        Ok(HttpResponse::NoContent().finish())
    }
}

/// The acting one's leg, if it may have a line.
fn joining(snapshot: &crate::db::Snapshot<'_>, ctx: &Ctx, id: CallId) -> Result<(CallView, crate::kernel::LegId)> {
    let view = queries::get(snapshot, ctx, id)?;
    let leg = own_leg(&view.call, ctx)?;
    if !lines::may_join(leg) {
        return Err(over());
    }
    let leg = leg.id;
    Ok((view, leg))
}
