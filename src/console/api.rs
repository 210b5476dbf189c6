//! Admission of agents and programs, and the frame about themselves.

use crate::channels::access;
use crate::hub::Listener;
use crate::identity::api::Proof;
use crate::identity::api::wire::Availability;
use crate::identity::own;
use crate::kernel::{Actor, Result};
use crate::socket::{Admission, Answer, Caller, Greeting, Replay, Side, parse, refuse, silent};
use futures_util::future::LocalBoxFuture;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Lets agents in by their cookie, programs by their token.
pub fn door(greeting: Greeting) -> LocalBoxFuture<'static, Result<Option<Admission>>> {
    Box::pin(async move {
        let Some(proof) = proof(&greeting)? else { return Ok(None) };
        let caller = proof.check().await?;
        let Actor::User { id: user, .. } = caller.ctx.actor else { return Ok(None) };
        let ctx = caller.ctx;
        let visibility = greeting.db.read(move |snapshot| access::visibility(snapshot, &ctx)).await?;
        let present = greeting.hub.users_present().into_iter();
        let present: Map<String, Value> =
            present.map(|(user, presence)| (user.to_string(), json!(presence.as_str()))).collect();
        let listener = Listener::Agent { user, visibility, away: caller.away, session: caller.session };
        Ok(Some(Admission {
            side: Side::Agent,
            actor: ctx.actor,
            listener,
            principal_id: user.to_string(),
            replay: Replay::Log,
            welcome: Map::from_iter([("presence".to_owned(), Value::Object(present))]),
            still_valid: Box::new(move || {
                let proof = proof.clone();
                Box::pin(async move { proof.check().await.map(drop) })
            }),
        }))
    })
}

fn proof(greeting: &Greeting) -> Result<Option<Proof>> {
    match greeting.token.as_deref() {
        Some(token) if token.starts_with("plt_") => Proof::by_token(&greeting.request, token).map(Some),
        Some(_) => Ok(None),
        None => Proof::by_cookie(&greeting.request).map(Some),
    }
}

#[derive(Deserialize)]
struct PresenceFrame {
    availability: Availability,
}

/// The person's own choice: remembered, and told to the others.
pub fn presence_frame(caller: &Caller, frame: &str) -> Answer {
    let away = match parse::<PresenceFrame>(frame) {
        Ok(frame) => frame.availability == Availability::Away,
        Err(error) => return refuse(&error),
    };
    let Actor::User { id, .. } = caller.actor else { return silent() };
    let (ctx, hub) = (caller.ctx(), caller.hub.clone());
    let stored = caller.db.write(move |tx| own::set_availability(tx, &ctx, away));
    Box::pin(async move {
        match stored.await {
            Ok(()) => {
                hub.set_away(id, away);
                None
            }
            Err(error) => refuse(&error).await,
        }
    })
}
