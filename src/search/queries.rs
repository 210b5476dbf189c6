//! Searching.

use super::index::{Search, key};
use super::tokens;
use crate::conversations::{ConversationView, Message, MessageKey, queries};
use crate::db::{Db, Snapshot};
use crate::kernel::{Ctx, Error, Page, Result};

/// Hits of the index looked at for one page. An agent of a small channel in a large store may get a short
/// or empty page with a `next`: it is where to look on, and says nothing of what lies there.
const LOOKED_AT_MAX: usize = 2_000;

/// A message that matches, in its conversation.
pub type Hit = (ConversationView, Message);

/// What the acting person may see of the messages that hold all words of `text`, newest first. `after` is the `next` of
/// the page before.
pub async fn query(
    db: &Db,
    search: &Search,
    ctx: Ctx,
    text: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Page<Hit>> {
    let mut before = after.map_or(Ok(i64::MAX), parse_after)?;
    let Some(wanted) = tokens::for_query(text) else { return Ok(Page { items: Vec::new(), next: None }) };
    let mut hits: Vec<Hit> = Vec::new();
    let mut looked_at = 0;
    // One more than asked for: it says that there is more.
    let mut batch = limit + 1;
    while looked_at < LOOKED_AT_MAX {
        let positions = search.matching(wanted.clone(), before, batch).await?;
        let all = positions.len() < batch;
        looked_at += positions.len();
        if let Some(last) = positions.last() {
            before = *last;
            hits.extend(db.read(move |snapshot| visible(snapshot, &ctx, &positions)).await?);
        }
        if all || hits.len() > limit {
            return Ok(Page::from_overfetch(hits, limit, |(_, message)| message.position.to_string()));
        }
        batch = (batch * 4).min(LOOKED_AT_MAX);
    }
    Ok(Page { items: hits, next: Some(before.to_string()) })
}

fn parse_after(after: &str) -> Result<i64> {
    after.parse().map_err(|_| Error::malformed("\"after\" must be the \"next\" of a page before"))
}

fn visible(snapshot: &Snapshot<'_>, ctx: &Ctx, positions: &[i64]) -> Result<Vec<Hit>> {
    let mut keys: Vec<MessageKey> = Vec::with_capacity(positions.len());
    for position in positions {
        keys.extend(snapshot.find_event(*position)?.map(|event| key(event.subject)));
    }
    queries::visible_messages(snapshot, ctx, &keys)
}
