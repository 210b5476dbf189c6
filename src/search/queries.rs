//! Searching.

use super::index::{Search, key};
use super::tokens;
use crate::conversations::{ConversationView, Message, MessageKey, queries};
use crate::db::{Db, Snapshot};
use crate::kernel::{Ctx, Error, Page, Result};
use std::collections::HashMap;

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
    let mut hits: Vec<(i64, Hit)> = Vec::new();
    let mut looked_at = 0;
    // One more than asked for: it says that there is more.
    let mut batch = limit + 1;
    while looked_at < LOOKED_AT_MAX {
        let positions = search.matching(wanted.clone(), before, batch).await?;
        let all = positions.len() < batch;
        looked_at += positions.len();
        if let Some(last) = positions.last() {
            before = *last;
            let found = db.read(move |snapshot| visible(snapshot, &ctx, &positions)).await?;
            // One that was mended has several places.
            for (position, hit) in found {
                if !hits.iter().any(|(_, (_, message))| message.key == hit.1.key) {
                    hits.push((position, hit));
                }
            }
        }
        if all || hits.len() > limit {
            return Ok(Page::from_overfetch(hits, limit, |(position, _)| position.to_string()).map(|(_, hit)| hit));
        }
        batch = (batch * 4).min(LOOKED_AT_MAX);
    }
    Ok(Page { items: hits.into_iter().map(|(_, hit)| hit).collect(), next: Some(before.to_string()) })
}

fn parse_after(after: &str) -> Result<i64> {
    after.parse().map_err(|_| Error::malformed("\"after\" must be the \"next\" of a page before"))
}

/// Each with the place it was found at.
fn visible(snapshot: &Snapshot<'_>, ctx: &Ctx, positions: &[i64]) -> Result<Vec<(i64, Hit)>> {
    let mut places: Vec<(i64, MessageKey)> = Vec::with_capacity(positions.len());
    for position in positions {
        places.extend(snapshot.find_event(*position)?.map(|event| (*position, key(event.subject))));
    }
    let keys: Vec<MessageKey> = places.iter().map(|(_, key)| *key).collect();
    let found = queries::visible_messages(snapshot, ctx, &keys)?;
    let place_of: HashMap<MessageKey, i64> = places.into_iter().rev().map(|(position, key)| (key, position)).collect();
    let place = |hit: Hit| place_of.get(&hit.1.key).map(|position| (*position, hit));
    Ok(found.into_iter().filter_map(place).collect())
}
