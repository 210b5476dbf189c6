//! Reading ratings: agents those of the conversations they may see, supervisors all, customers their own.

use super::model::CHANGEABLE_MS;
use super::store::{self, Filter};
use super::{Rating, Summary};
use crate::channels::{self, AskForRating, RatingSettings};
use crate::conversations::{self, Conversation, Verb};
use crate::db::Snapshot;
use crate::kernel::{Actor, ChannelId, ConversationId, Ctx, Error, Millis, Page, RatingId, Result, Role, UserId};

/// A conversation that is to be rated.
pub(super) struct Asked {
    pub seq: i64,
}

/// Whether the newest turn of the conversation asks for a rating.
pub(super) fn asked(
    snapshot: &Snapshot<'_>,
    conversation: &Conversation,
    settings: &RatingSettings,
) -> Result<Option<Asked>> {
    let turns = [Verb::Resolved, Verb::Reopened, Verb::RatingAsked];
    let newest = conversations::queries::newest_activity(snapshot, conversation.id, &turns)?;
    Ok(newest.and_then(|(seq, verb)| {
        let asks = match verb {
            Verb::RatingAsked => settings.ask != AskForRating::Off,
            Verb::Resolved => settings.ask == AskForRating::Resolved,
            _ => false,
        };
        asks.then_some(Asked { seq })
    }))
}

/// What a customer's chat needs to know.
pub struct Own {
    /// They are asked, and may still answer or change their answer.
    pub may_rate: bool,
    pub rating: Option<Rating>,
}

pub fn own(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<Own> {
    let conversation = conversations::queries::visible(snapshot, ctx, id)?;
    let Actor::Visitor { .. } = ctx.actor else { return Err(Error::not_found()) };
    let channel = channels::queries::find(snapshot, conversation.channel)?.ok_or_else(Error::not_found)?;
    let Some(asked) = asked(snapshot, &conversation, &channel.settings.rating)? else {
        return Ok(Own { may_rate: false, rating: None });
    };
    let rating = store::find(snapshot, id, asked.seq)?;
    let may_rate = rating.as_ref().is_none_or(|rating| ctx.now.since(rating.at) <= CHANGEABLE_MS);
    Ok(Own { may_rate, rating })
}

/// Of one conversation, oldest first.
pub fn of_conversation(snapshot: &Snapshot<'_>, ctx: &Ctx, id: ConversationId) -> Result<Vec<Rating>> {
    ctx.require(Role::Agent)?;
    conversations::queries::visible(snapshot, ctx, id)?;
    store::list_of_conversation(snapshot, id)
}

/// Which of all ratings.
#[derive(Clone, Copy, Default)]
pub struct Wanted {
    pub channel: Option<ChannelId>,
    pub agent: Option<UserId>,
    /// At most so many stars.
    pub score_max: Option<i64>,
}

/// Newest first. Supervisors.
pub fn list(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    wanted: &Wanted,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Rating>> {
    ctx.require(Role::Supervisor)?;
    let before = after.map(str::parse::<RatingId>).transpose()?.map_or(i64::MAX, |id| id.0);
    let filter = Filter { channel: wanted.channel, agent: wanted.agent, score_max: wanted.score_max };
    let rows = store::list(snapshot, &filter, before, limit + 1)?;
    Ok(Page::from_overfetch(rows, limit, |rating| rating.id.to_string()))
}

/// Those given from `from` on, before `to`. Supervisors.
pub fn summary(
    snapshot: &Snapshot<'_>,
    ctx: &Ctx,
    channel: Option<ChannelId>,
    from: Millis,
    to: Millis,
) -> Result<Summary> {
    ctx.require(Role::Supervisor)?;
    let agents = store::tally(snapshot, channel, from, to)?;
    let mut summary = Summary { agents, ..Summary::default() };
    summary.agents.iter().for_each(|(_, tally)| summary.all.add(tally));
    Ok(summary)
}

/// Without asking who: for telling again what was told.
pub(super) fn find(snapshot: &Snapshot<'_>, id: RatingId) -> Result<Option<Rating>> {
    store::find_by_id(snapshot, id)
}
