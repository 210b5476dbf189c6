//! Giving back what its assignee does not answer. Whoever is gone for longer than the channel allows, or may no longer
//! serve it, has their open conversations given back to the queue, the longest waiting first.
//!
//! What is due is looked for in snapshots, some assignees at a time. Each conversation is then given back by a command of
//! its own among everybody else's, which looks again: nobody is overruled who came back, answered or took over
//! meanwhile, and no visitor's message waits for more than one of them.

use super::commands::{self, HandBack, Reason};
use super::figures::HANDED_BACK;
use super::owner_store::Owned;
use super::{lifecycle, owner_store};
use crate::channels::{self, Handback};
use crate::db::{Db, Snapshot};
use crate::hub::Hub;
use crate::jobs::Timer;
use crate::kernel::{ChannelId, Ctx, ErrorKind, Millis, Result, UserId};

const EVERY_MS: i64 = Millis::seconds(2);
/// Assignees, each with one channel, that one snapshot looks at.
const PAIRS_MAX: usize = 256;
/// Conversations in one turn: stopping the program waits for the turn to end.
const TURN_MAX: usize = 256;

pub fn timer(db: &Db, hub: &Hub) -> Timer {
    let (db, hub) = (db.clone(), hub.clone());
    Timer::new("hand-back", EVERY_MS, move |now| Turn::new(&db, &hub, now).run())
}

/// Somebody's conversations of one channel.
type Pair = (UserId, ChannelId);

/// Why a pair's conversations are given back, and after which absence.
#[derive(Clone, Copy)]
pub(super) struct Due {
    pair: Pair,
    reason: Reason,
    after_ms: i64,
}

impl Due {
    /// Looked at again where it counts: in the writer, right before the conversation changes hands.
    fn is_still_due(&self, hub: &Hub) -> bool {
        self.reason == Reason::NotAllowed || hub.user_absent_ms(self.pair.0).is_some_and(|ms| ms >= self.after_ms)
    }
}

impl Reason {
    fn which(self) -> &'static [Owned] {
        const fn owned(entrusted: bool, waiting: bool) -> Owned {
            Owned { entrusted, waiting }
        }
        match self {
            Reason::Unreachable { waiting_only: true } => &const { [owned(false, true)] },
            Reason::Unreachable { waiting_only: false } => &const { [owned(false, true), owned(false, false)] },
            Reason::NotAllowed => {
                &const { [owned(false, true), owned(true, true), owned(false, false), owned(true, false)] }
            }
        }
    }
}

/// One look at everybody.
pub(super) struct Turn<'a> {
    db: &'a Db,
    hub: &'a Hub,
    now: Millis,
    /// How many more may be given back.
    left: usize,
}

impl<'a> Turn<'a> {
    pub fn new(db: &'a Db, hub: &'a Hub, now: Millis) -> Self {
        Turn { db, hub, now, left: TURN_MAX }
    }

    pub fn run(mut self) -> Result<()> {
        let mut after = Some((UserId(0), ChannelId(0)));
        while let Some(from) = after {
            let (due, last) = self.look(from)?;
            for due in due {
                match self.release(due) {
                    // The next turn is soon, and what is wrong with the store is told by others.
                    Err(error) if matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => return Ok(()),
                    other => other?,
                }
            }
            after = last;
        }
        Ok(())
    }

    /// What is due of the next assignees, and the last of them if there may be more.
    pub fn look(&self, after: Pair) -> Result<(Vec<Due>, Option<Pair>)> {
        let hub = self.hub.clone();
        self.db.read_blocking(move |snapshot| due_after(snapshot, &hub, after))
    }

    /// Those in which a customer waits, then, if they are meant too, the others.
    pub fn release(&mut self, due: Due) -> Result<()> {
        for which in due.reason.which() {
            self.release_those(due, *which)?;
        }
        Ok(())
    }

    fn release_those(&mut self, due: Due, which: Owned) -> Result<()> {
        let (pair, limit) = (due.pair, self.left);
        let owned = self.db.read_blocking(move |snapshot| owner_store::list_owned(snapshot, pair, which, limit))?;
        for (conversation, owner_epoch) in owned {
            let command = HandBack { conversation, owner_epoch, reason: due.reason };
            let (hub, ctx) = (self.hub.clone(), Ctx::system(self.now));
            let done = self.db.write_blocking(move |tx| {
                if due.is_still_due(&hub) { commands::hand_back(tx, &ctx, &command) } else { Ok(false) }
            });
            match done {
                Ok(done) => {
                    self.left -= usize::from(done);
                    HANDED_BACK.add(u64::from(done));
                }
                Err(error) if matches!(error.kind, ErrorKind::Busy | ErrorKind::Unavailable) => return Err(error),
                // One that cannot be given back must not keep the others.
                Err(error) => tracing::warn!(%conversation, %error, "a conversation could not be handed back"),
            }
        }
        Ok(())
    }
}

fn due_after(snapshot: &Snapshot<'_>, hub: &Hub, after: Pair) -> Result<(Vec<Due>, Option<Pair>)> {
    let (mut due, mut last) = (Vec::new(), after);
    for _ in 0..PAIRS_MAX {
        let Some(pair) = owner_store::find_next_owner(snapshot, last)? else { return Ok((due, None)) };
        due.extend(due_of(snapshot, hub, pair)?);
        last = pair;
    }
    Ok((due, Some(last)))
}

fn due_of(snapshot: &Snapshot<'_>, hub: &Hub, pair: Pair) -> Result<Option<Due>> {
    let (assignee, channel) = pair;
    if !lifecycle::may_serve(snapshot, channel, assignee)? {
        return Ok(Some(Due { pair, reason: Reason::NotAllowed, after_ms: 0 }));
    }
    if hub.user_absent_ms(assignee).is_none() {
        return Ok(None);
    }
    let Some(channel) = channels::queries::find(snapshot, channel)? else { return Ok(None) };
    let reason = match channel.settings.handback {
        Handback::Off => return Ok(None),
        Handback::Waiting => Reason::Unreachable { waiting_only: true },
        Handback::All => Reason::Unreachable { waiting_only: false },
    };
    let due = Due { pair, reason, after_ms: Millis::seconds(i64::from(channel.settings.handback_after_s)) };
    Ok(due.is_still_due(hub).then_some(due))
}
