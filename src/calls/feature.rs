//! What this domain adds to the program.

use super::api::wire::{CallDto, Eyes};
use super::api::{self, frames};
use super::events::{CallUpdated, UPDATED};
use super::queries::{self, CallView};
use super::stage::{Means, Stage};
use super::{Equipment, lines, timing};
use crate::db::{Db, RecordedEvent, Snapshot};
use crate::hub::{Announcement, Audience, Feed, Hub};
use crate::jobs::Timer;
use crate::kernel::{Actor, CallId, Clock, Ctx, Published, Result};
use crate::recording::Recordings;
use crate::socket::{FrameKind, Replayed, Side};
use serde::Serialize;
use std::io;
use utoipa_actix_web::service_config::ServiceConfig;

pub use api::CallRates;

pub fn routes(config: &mut ServiceConfig<'_>) {
    api::routes(config);
}

pub fn timers(db: &Db, hub: &Hub, stage: &Stage) -> Vec<Timer> {
    vec![timing::timer(db, hub, stage)]
}

/// Before anybody is served: what a former life of the server left ends, then calls are followed.
pub fn open(equipment: &Equipment, recordings: &Recordings, db: &Db, hub: &Hub, clock: &Clock) -> io::Result<Stage> {
    let ctx = Ctx::system(clock.now());
    let lost = db.write_blocking(move |tx| lines::restarted(tx, &ctx)).map_err(io::Error::other)?;
    if lost > 0 {
        tracing::warn!(calls = lost, "calls were under way when the server stopped; they are over");
    }
    let media = equipment.media()?;
    let means = Means { settings: &equipment.settings, media, recordings, db, hub, clock };
    Stage::start(means).map_err(|error| equipment.cannot_open(&error))
}

pub fn frame_kinds(stage: &Stage) -> Vec<FrameKind> {
    let draw = |side| {
        let stage = stage.clone();
        FrameKind::new(side, "call.draw", move |caller, frame| frames::draw(&stage, caller, frame))
    };
    [Side::Agent, Side::Visitor].map(draw).into()
}

pub fn feeds() -> Vec<Feed> {
    vec![Feed { kind: UPDATED, live: updated_now, replay: updated_again }]
}

#[derive(Serialize)]
struct CallBody {
    call: CallDto,
}

/// Our own types always serialise.
fn body(view: &CallView, eyes: Eyes) -> String {
    serde_json::to_string(&CallBody { call: CallDto::new(view, eyes) }).unwrap_or_else(|_| "{}".into())
}

fn updated_now(published: &Published) -> Announcement {
    let Some(event) = published.get::<CallUpdated>() else { return Announcement::Nothing };
    let customer = (!event.is_hidden).then(|| (event.view.call.customer, body(&event.view, Eyes::Customer)));
    Announcement::Tell {
        audience: Audience::Channel(event.view.call.channel),
        agents: Some(body(&event.view, Eyes::Agent)),
        customer,
    }
}

/// Only agents replay by the log; a visitor's own replay is [`missed`].
fn updated_again(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<Announcement> {
    let Some(view) = queries::recorded(snapshot, CallId(event.subject.0))? else { return Ok(Announcement::Nothing) };
    Ok(Announcement::to_agents(Audience::Channel(view.call.channel), body(&view, Eyes::Agent)))
}

/// The acting visitor's calls that changed after a position.
pub fn missed(snapshot: &Snapshot<'_>, ctx: &Ctx, after: i64) -> Result<Option<Vec<Replayed>>> {
    let Actor::Visitor { customer, .. } = ctx.actor else { return Ok(Some(Vec::new())) };
    let changed = queries::changed_of_customer(snapshot, customer, after)?;
    let told = |view: &CallView| {
        let body = body(view, Eyes::Customer);
        Replayed { position: view.call.position, kind: UPDATED, body }
    };
    Ok(changed.map(|views| views.iter().map(told).collect()))
}
