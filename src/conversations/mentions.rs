//! Notes call colleagues: whoever is named in one finds it among their mentions until they have seen it.

use super::events::MentionsSeen;
use super::mention_store::{self as mentions, Mention};
use super::model::{Author, Conversation, ConversationView, Kind, Message};
use super::{lifecycle, queries, store};
use crate::channels::access;
use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Ctx, Error, Millis, Page, Result, Role, UserId};

/// In one note.
const MENTIONS_MAX: usize = 20;
/// A count of what is not seen above this is only "more than".
pub const COUNT_MAX: i64 = 100;
/// Looked at for one page: what somebody may see no longer is left out.
const LOOKED_AT_MAX: usize = 500;

/// Those whom a note may call, each once and without its author. Words for the customer call nobody.
pub(super) fn checked(
    tx: &Tx<'_>,
    conversation: &Conversation,
    author: Author,
    kind: Kind,
    named: &[UserId],
) -> Result<Vec<UserId>> {
    if named.len() > MENTIONS_MAX {
        return Err(Error::invalid("mentions", "too_long"));
    }
    if kind != Kind::Note && !named.is_empty() {
        return Err(Error::invalid("mentions", "invalid"));
    }
    let mut called: Vec<UserId> = named.iter().copied().filter(|user| author != Author::Agent(*user)).collect();
    called.sort_unstable();
    called.dedup();
    for user in &called {
        if !lifecycle::can_serve(tx, conversation, *user)? {
            return Err(Error::invalid("mentions", "unknown"));
        }
    }
    Ok(called)
}

/// What the message says now: who was called before keeps what they have seen of it.
pub(super) fn set(tx: &mut Tx<'_>, ctx: &Ctx, message: &Message) -> Result<()> {
    if message.kind != Kind::Note {
        return Ok(());
    }
    for gone in mentions::list_of_message(tx, message.key)?.into_iter().filter(|user| !message.mentions.contains(user))
    {
        mentions::delete(tx, message.key, gone)?;
    }
    message.mentions.iter().try_for_each(|user| mentions::insert(tx, message.key, *user, ctx.now))
}

/// Where the acting person is called.
pub struct Called {
    pub conversation: ConversationView,
    pub message: Message,
    pub at: Millis,
    pub seen: bool,
}

/// Newest first.
pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx, after: Option<&str>, limit: usize) -> Result<Page<Called>> {
    let me = ctx.require(Role::Agent)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let mut place = after.map_or(Ok((Millis(i64::MAX), i64::MAX)), parse_place)?;
    let mut found = Vec::new();
    let mut looked_at = 0;
    while found.len() <= limit && looked_at < LOOKED_AT_MAX {
        let some = mentions::list_of_user(snapshot, me, place, limit + 1)?;
        let Some(last) = some.last() else { break };
        place = (last.at, last.key.0);
        looked_at += some.len();
        for Mention { key, at, seen } in some {
            let Some(conversation) = store::find(snapshot, key.conversation())? else { continue };
            let Some(message) = store::find_message(snapshot, key)? else { continue };
            if visibility.sees(conversation.channel) {
                let conversation = queries::view(snapshot, conversation, Some(me))?;
                found.push(Called { conversation, message, at, seen });
            }
        }
    }
    Ok(Page::from_overfetch(found, limit, |called| format!("{}.{}", called.at.0, called.message.key.0)))
}

fn parse_place(text: &str) -> Result<(Millis, i64)> {
    let parts = text.split_once('.').and_then(|(at, key)| Some((at.parse().ok()?, key.parse().ok()?)));
    let (at, key) = parts.ok_or_else(|| Error::malformed("\"after\" must be the \"next\" of a page before"))?;
    Ok((Millis(at), key))
}

/// The conversations in which the acting person is called and has not seen it, up to [`COUNT_MAX`] calls.
pub fn unseen(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<ConversationId>> {
    let me = ctx.require(Role::Agent)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let mut found = Vec::new();
    for key in mentions::list_unseen(snapshot, me, COUNT_MAX)? {
        let conversation = store::find(snapshot, key.conversation())?;
        found.extend(conversation.filter(|c| visibility.sees(c.channel)).map(|c| c.id));
    }
    Ok(found)
}

/// The acting person knows, of one conversation or of all.
pub fn see(tx: &mut Tx<'_>, ctx: &Ctx, conversation: Option<ConversationId>) -> Result<()> {
    let user = ctx.require(Role::Agent)?;
    if let Some(id) = conversation {
        queries::visible(tx, ctx, id)?;
    }
    if mentions::update_seen(tx, user, conversation)? > 0 {
        tx.emit(ctx.now, MentionsSeen { user, conversation })?;
    }
    Ok(())
}
