//! The visitors' socket frames.

use super::rest::{PageBody, post_command};
use crate::conversations;
use crate::conversations::api::frames;
use crate::customers::{self, PageView};
use crate::hub::Audience;
use crate::kernel::Actor;
use crate::prechat;
use crate::socket::{Answer, Caller, parse, refuse, silent};
use serde::Deserialize;
use uuid::Uuid;

#[derive(Deserialize)]
struct SendFrame {
    id: Uuid,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<String>,
}

pub fn send_frame(caller: &Caller, frame: &str) -> Answer {
    match parse::<SendFrame>(frame) {
        Ok(SendFrame { id, text, attachments }) => {
            frames::post(caller, id, post_command(&caller.limits, id, text, &attachments), prechat::commands::post)
        }
        Err(error) => frames::refuse_send(frame, &error),
    }
}

#[derive(Deserialize)]
struct TypingFrame {
    active: bool,
}

/// Not stored: to the agents who see the visitor's conversation.
pub fn typing_frame(caller: &Caller, frame: &str) -> Answer {
    let TypingFrame { active } = match parse(frame) {
        Ok(frame) => frame,
        Err(error) => return refuse(&error),
    };
    let Actor::Visitor { customer, channel } = caller.actor else { return silent() };
    let (ctx, db, hub) = (caller.ctx(), caller.db.clone(), caller.hub.clone());
    Box::pin(async move {
        let current = db.read(move |s| conversations::queries::current_of_visitor(s, &ctx)).await;
        if let Ok(Some(conversation)) = current {
            let author = serde_json::json!({"kind": "customer", "id": customer.to_string()});
            let id = conversation.id.to_string();
            let body = serde_json::json!({"conversation": id, "author": author, "active": active}).to_string();
            hub.tell("typing", Audience::Channel(channel), Some(&body), None);
        }
        None
    })
}

pub fn page_frame(caller: &Caller, frame: &str) -> Answer {
    let body: PageBody = match caller.rates.check_change(caller.actor).and_then(|()| parse(frame)) {
        Ok(body) => body,
        Err(error) => return refuse(&error),
    };
    let ctx = caller.ctx();
    let page = PageView::new(&body.url, &body.title, &body.referrer, ctx.now);
    let stored = caller.db.write(move |tx| customers::commands::view_page(tx, &ctx, &page));
    Box::pin(async move {
        match stored.await {
            Ok(()) => None,
            Err(error) => refuse(&error).await,
        }
    })
}
