//! The frame of calls: drawing, as it happens.

use super::bodies::StrokeDto;
use crate::calls::stage::Stage;
use crate::calls::strokes::Reach;
use crate::calls::{queries, strokes};
use crate::hub::{Audience, Hub};
use crate::kernel::{CallId, Error, ErrorKind, Result};
use crate::socket::{Answer, Caller, parse, refuse, silent};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct DrawFrame {
    call: String,
    stroke: StrokeDto,
}

/// Not stored: to all who see the picture and know of the author. While somebody draws this comes 25 times a second, so who may is
/// known from the call that is played; the store is asked for those whom it does not let.
pub fn draw(stage: &Stage, caller: &Caller, frame: &str) -> Answer {
    let parsed = caller.rates.check_draw(caller.actor).and_then(|()| read(frame));
    let (id, told, stroke) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let ctx = caller.ctx();
    if let Some(reach) = stage.reach(&ctx, id, &stroke) {
        tell(&caller.hub, id, &reach, &told);
        return silent();
    }
    let (hub, db) = (caller.hub.clone(), caller.db.clone());
    Box::pin(async move {
        let looked_up = db.read(move |snapshot| strokes::reach(&queries::visible(snapshot, &ctx, id)?, &ctx, &stroke));
        match looked_up.await {
            Ok(reach) => {
                tell(&hub, id, &reach, &told);
                None
            }
            // The last strokes of a call that ended meanwhile are nobody's mistake.
            Err(error) if error.kind == ErrorKind::Conflict => None,
            Err(error) => refuse(&error).await,
        }
    })
}

fn read(frame: &str) -> Result<(CallId, Value, strokes::Stroke)> {
    let frame = parse::<DrawFrame>(frame)?;
    let id: CallId = frame.call.parse()?;
    let told = serde_json::to_value(&frame.stroke).map_err(Error::internal)?;
    Ok((id, told, frame.stroke.into_stroke()?))
}

fn tell(hub: &Hub, call: CallId, reach: &Reach, stroke: &Value) {
    let body = json!({"call": call.to_string(), "leg": reach.leg.to_string(), "stroke": stroke}).to_string();
    for user in &reach.people {
        hub.tell_passing("call.draw", Audience::User(*user), Some(&body), None);
    }
    if let Some(customer) = reach.customer {
        hub.tell_passing("call.draw", Audience::AllAgents, None, Some((customer, body)));
    }
}
