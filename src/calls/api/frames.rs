//! The frame of calls: drawing, as it happens.

use super::bodies::StrokeDto;
use crate::calls::model::Role;
use crate::calls::{queries, strokes};
use crate::hub::Audience;
use crate::kernel::{CallId, ErrorKind};
use crate::socket::{Answer, Caller, parse, refuse};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct DrawFrame {
    call: String,
    stroke: StrokeDto,
}

/// Not stored: to all who see the picture and know of the author.
pub fn draw(caller: &Caller, frame: &str) -> Answer {
    let parsed = caller.rates.check_draw(caller.actor).and_then(|()| parse::<DrawFrame>(frame)).and_then(|frame| {
        let id: CallId = frame.call.parse()?;
        let told = serde_json::to_value(&frame.stroke).map_err(crate::kernel::Error::internal)?;
        Ok((id, told, frame.stroke.into_stroke()?))
    });
    let (id, told, stroke) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let (ctx, hub, db) = (caller.ctx(), caller.hub.clone(), caller.db.clone());
    Box::pin(async move {
        let looked_up = db.read(move |snapshot| {
            let call = queries::visible(snapshot, &ctx, id)?;
            let (author, owner) = strokes::authorise(&call, &ctx, &stroke)?;
            let (people, customer) = queries::onlookers(&call, author, owner);
            Ok((author.id, author.role, people, customer.then_some(call.customer)))
        });
        match looked_up.await {
            Ok((leg, role, people, customer)) => {
                debug_assert!(role == Role::Talks || customer.is_none());
                let body = json!({"call": id.to_string(), "leg": leg.to_string(), "stroke": told}).to_string();
                for user in people {
                    hub.tell_passing("call.draw", Audience::User(user), Some(&body), None);
                }
                if let Some(customer) = customer {
                    hub.tell_passing("call.draw", Audience::AllAgents, None, Some((customer, body)));
                }
                None
            }
            // The last strokes of a call that ended meanwhile are nobody's mistake.
            Err(error) if error.kind == ErrorKind::Conflict => None,
            Err(error) => refuse(&error).await,
        }
    })
}
