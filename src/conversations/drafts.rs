//! What somebody has begun to write in a conversation, theirs alone, at whatever machine they go on.

use super::events::DraftUpdated;
use super::{draft_store as store, queries};
use crate::channels::access;
use crate::db::{Snapshot, Tx};
use crate::kernel::{ConversationId, Ctx, Error, Millis, Result, Role, UserId};

/// Of one person; with one more the oldest goes.
const COUNT_MAX: i64 = 200;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    pub user: UserId,
    pub conversation: ConversationId,
    pub reply: String,
    pub note: String,
    /// The seq of the message that the reply answers. Whether it may, sending says.
    pub quote: Option<i64>,
    pub updated_at: Millis,
    pub position: i64,
}

impl Draft {
    fn is_empty(&self) -> bool {
        self.reply.is_empty() && self.note.is_empty() && self.quote.is_none()
    }
}

pub struct Keep {
    pub conversation: ConversationId,
    pub reply: String,
    pub note: String,
    pub quote: Option<i64>,
    pub text_bytes_max: usize,
}

/// In the place of what was kept before; nothing at all forgets it.
pub fn keep(tx: &mut Tx<'_>, ctx: &Ctx, command: &Keep) -> Result<Draft> {
    let user = ctx.require(Role::Agent)?;
    queries::visible(tx, ctx, command.conversation)?;
    for (field, text) in [("text", &command.reply), ("note", &command.note)] {
        if text.len() > command.text_bytes_max {
            return Err(Error::invalid(field, "too_long"));
        }
        if text.contains('\0') {
            return Err(Error::invalid(field, "invalid"));
        }
    }
    let before = store::find(tx, user, command.conversation)?;
    let draft = Draft {
        user,
        conversation: command.conversation,
        reply: command.reply.clone(),
        note: command.note.clone(),
        quote: command.quote,
        updated_at: ctx.now,
        position: tx.next_position(),
    };
    match before {
        None if draft.is_empty() => return Ok(draft),
        Some(before) if same(&before, &draft) => return Ok(before),
        _ => {}
    }
    if draft.is_empty() {
        store::delete(tx, user, draft.conversation)?;
    } else {
        store::upsert(tx, &draft)?;
        store::delete_oldest(tx, user, COUNT_MAX)?;
    }
    tx.emit(ctx.now, DraftUpdated { draft: draft.clone() })?;
    Ok(draft)
}

fn same(a: &Draft, b: &Draft) -> bool {
    a.reply == b.reply && a.note == b.note && a.quote == b.quote
}

/// The acting person's, of the conversations they may see, the newest first.
pub fn list(snapshot: &Snapshot<'_>, ctx: &Ctx) -> Result<Vec<Draft>> {
    let user = ctx.require(Role::Agent)?;
    let visibility = access::visibility(snapshot, ctx)?;
    let mut drafts = Vec::new();
    for draft in store::list(snapshot, user)? {
        let conversation = queries::find(snapshot, draft.conversation)?;
        if conversation.is_some_and(|c| visibility.sees(c.channel)) {
            drafts.push(draft);
        }
    }
    Ok(drafts)
}

/// For telling again what was told: empty if it is gone.
pub(super) fn recorded(
    snapshot: &Snapshot<'_>,
    user: UserId,
    conversation: ConversationId,
    position: i64,
) -> Result<Draft> {
    let gone = Draft {
        user,
        conversation,
        reply: String::new(),
        note: String::new(),
        quote: None,
        updated_at: Millis(0),
        position,
    };
    Ok(store::find(snapshot, user, conversation)?.unwrap_or(gone))
}
