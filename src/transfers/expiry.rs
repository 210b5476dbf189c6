//! Writing down that offers are over: too late, overtaken, or their colleague is not here any more.

use super::{Transfer, commands, store};
use crate::conversations;
use crate::db::{Db, Snapshot};
use crate::hub::Hub;
use crate::jobs::Timer;
use crate::kernel::{ConversationId, Ctx, Millis, Result, TransferId};

const EVERY_MS: i64 = Millis::seconds(1);
/// Looked at in one snapshot.
const PIECE: usize = 256;
/// Somebody whose machine sleeps for a moment has not left.
const GONE_MS: i64 = Millis::seconds(30);

pub fn timer(db: &Db, hub: &Hub) -> Timer {
    let (db, hub) = (db.clone(), hub.clone());
    Timer::new("transfers", EVERY_MS, move |now| settle_due(&db, &hub, now))
}

fn settle_due(db: &Db, hub: &Hub, now: Millis) -> Result<()> {
    let mut after = ConversationId(0);
    loop {
        let here = hub.clone();
        let (due, last) = db.read_blocking(move |snapshot| due_after(snapshot, &here, after, now))?;
        for (id, is_gone) in due {
            let ctx = Ctx::system(now);
            db.write_blocking(move |tx| commands::settle(tx, &ctx, id, is_gone))?;
        }
        match last {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}

type Due = Vec<(TransferId, bool)>;

/// Which of the next ones are over, and where to go on if there may be more.
fn due_after(
    snapshot: &Snapshot<'_>,
    hub: &Hub,
    after: ConversationId,
    now: Millis,
) -> Result<(Due, Option<ConversationId>)> {
    let pending = store::list_pending(snapshot, after, PIECE)?;
    let last = pending.last().filter(|_| pending.len() == PIECE).map(|transfer| transfer.conversation);
    let mut due = Vec::new();
    for transfer in pending {
        let is_gone = hub.user_absent_ms(transfer.to).is_some_and(|ms| ms >= GONE_MS);
        if is_gone || is_over(snapshot, &transfer, now)? {
            due.push((transfer.id, is_gone));
        }
    }
    Ok((due, last))
}

fn is_over(snapshot: &Snapshot<'_>, transfer: &Transfer, now: Millis) -> Result<bool> {
    let Some(conversation) = conversations::queries::find(snapshot, transfer.conversation)? else { return Ok(false) };
    let may = conversations::may_serve(snapshot, conversation.channel, transfer.to)?;
    Ok(!may || !transfer.is_live(&conversation, now))
}
