//! Asking for a rating: agents. Giving one: the customer.

use super::events::RatingGiven;
use super::model::CHANGEABLE_MS;
use super::queries::{self, Asked};
use super::{Content, Rating, store};
use crate::channels::{self, AskForRating, RatingSettings};
use crate::conversations::{self, Activity, Author, Conversation, Verb};
use crate::db::Tx;
use crate::kernel::{Actor, ConversationId, Ctx, Error, RatingId, Result, Role};

/// Puts the question into the customer's chat. Asked again before there is an answer it stays one question.
pub fn ask(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId) -> Result<()> {
    let mut conversation = conversations::queries::visible(tx, ctx, id)?;
    let user = ctx.require(Role::Agent)?;
    let settings = settings(tx, &conversation)?;
    if settings.ask == AskForRating::Off {
        return Err(Error::conflict("rating.off", "This channel asks nobody for a rating."));
    }
    if let Some(asked) = queries::asked(tx, &conversation, &settings)?
        && store::find(tx, id, asked.seq)?.is_none()
    {
        return Ok(());
    }
    let asked = Activity::new(Verb::RatingAsked, None);
    conversations::commands::note(tx, ctx, &mut conversation, Author::Agent(user), asked).map(drop)
}

/// The customer's answer, or a better one within a week.
pub fn rate(tx: &mut Tx<'_>, ctx: &Ctx, id: ConversationId, content: &Content) -> Result<Rating> {
    let mut conversation = conversations::queries::visible(tx, ctx, id)?;
    let Actor::Visitor { customer, .. } = ctx.actor else { return Err(Error::not_found()) };
    let settings = settings(tx, &conversation)?;
    let Some(Asked { seq }) = queries::asked(tx, &conversation, &settings)? else {
        return Err(Error::conflict("rating.not_asked", "Nobody asked for a rating of this conversation."));
    };
    content.check(&settings)?;
    let before = store::find(tx, id, seq)?;
    if before.as_ref().is_some_and(|rating| ctx.now.since(rating.at) > CHANGEABLE_MS) {
        return Err(Error::conflict("rating.closed", "It can no longer be changed."));
    }
    if before.as_ref().is_some_and(|rating| rating.content == *content) {
        return before.ok_or_else(Error::not_found);
    }
    if before.is_none() {
        let rated = Activity::new(Verb::Rated, None);
        conversations::commands::note(tx, ctx, &mut conversation, Author::Customer(customer), rated)?;
    }
    let (at, agent) = before.map_or((ctx.now, conversation.assignee), |rating| (rating.at, rating.agent));
    let position = tx.next_position();
    let rating = Rating {
        id: RatingId(0),
        conversation: id,
        asked_seq: seq,
        channel: conversation.channel,
        customer: conversation.customer,
        agent,
        content: content.clone(),
        at,
        changed_at: ctx.now,
        position,
    };
    let rating = Rating { id: store::upsert(tx, &rating)?, ..rating };
    tx.emit(ctx.now, RatingGiven { rating: rating.clone() })?;
    Ok(rating)
}

fn settings(tx: &Tx<'_>, conversation: &Conversation) -> Result<RatingSettings> {
    let channel = channels::queries::find(tx, conversation.channel)?.ok_or_else(Error::not_found)?;
    Ok(channel.settings.rating)
}
