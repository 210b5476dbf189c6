//! Deleting what is over. Looked for on snapshots; deleted in transactions so small that nobody notices; what was deleted
//! halfway when the program ended is deleted further at the next turn.

use super::{Policy, queries};
use crate::attachments::{self, Files};
use crate::control::{Progress, Report, Unit};
use crate::conversations::events::{MESSAGE_CREATED, MESSAGE_UPDATED};
use crate::conversations::{MessageKey, expiry};
use crate::customers;
use crate::db::{Db, RecordedEvent, Snapshot};
use crate::identity::sessions;
use crate::kernel::{CallId, ConversationId, Ctx, CustomerId, Millis, Result};
use crate::recording::Recordings;
use crate::{calls, conversations, search, visitors, webhooks};

/// Rows of one transaction.
const BATCH: usize = 250;
/// Rows looked at in one snapshot.
const LOOK: usize = 1_000;

/// What there is to delete from.
pub struct Everything<'a> {
    pub db: &'a Db,
    pub files: &'a Files,
    pub recordings: &'a Recordings,
    /// Whoever is here now is not gone.
    pub is_here: &'a dyn Fn(CustomerId) -> bool,
    pub now: Millis,
}

/// What went.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Applied {
    pub conversations: u64,
    pub messages: u64,
    pub files: u64,
    pub recordings: u64,
    pub customers: u64,
    /// Looked at; the messages' own stay as long as those do.
    pub events: u64,
    pub sessions: u64,
}

/// `report` is called after each piece, and ends the work by an error.
pub fn apply(all: &Everything<'_>, report: Report<'_>) -> Result<Applied> {
    let policy = all.db.read_blocking(queries::policy)?;
    let mut applied = Applied::default();
    all.conversations(&policy, &mut applied, report)?;
    all.remains(&mut applied, report)?;
    all.calls(report)?;
    all.recordings(&policy, &mut applied, report)?;
    all.customers(&policy, &mut applied, report)?;
    all.events(&policy, &mut applied, report)?;
    all.sessions(&mut applied, report)?;
    Ok(applied)
}

impl Everything<'_> {
    fn ctx(&self) -> Ctx {
        Ctx::system(self.now)
    }

    fn conversations(&self, policy: &Policy, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let Some(before) = policy.any_conversations_before(self.now) else { return Ok(()) };
        let mut place = expiry::BEGINNING;
        loop {
            let seen = self.db.read_blocking(move |snapshot| expiry::aged(snapshot, place, before, LOOK))?;
            let Some(last) = seen.last() else { return Ok(()) };
            place = (last.updated_at, last.id);
            let all = seen.len() < LOOK;
            let is_over = |aged: &expiry::Aged| {
                !aged.held
                    && policy
                        .conversations_before(aged.channel, self.now)
                        .is_some_and(|before| aged.updated_at < before)
            };
            let due: Vec<expiry::Aged> = seen.into_iter().filter(is_over).collect();
            for batch in due.chunks(BATCH) {
                let (ctx, batch) = (self.ctx(), batch.to_vec());
                applied.conversations += self.db.write_blocking(move |tx| expiry::delete(tx, &ctx, &batch))? as u64;
                report(step("deleting conversations", applied.conversations))?;
            }
            if all {
                return Ok(());
            }
            report(step("deleting conversations", applied.conversations))?;
        }
    }

    fn remains(&self, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let ctx = self.ctx();
        loop {
            let piece = self.db.write_blocking(move |tx| {
                let piece = expiry::delete_remains(tx, &ctx, BATCH)?;
                if let Some(piece) = &piece {
                    search::forget(tx, &piece.positions)?;
                }
                Ok(piece)
            })?;
            let Some(piece) = piece else { break };
            // Row first, then the file: what a crash leaves in between belongs to nobody and goes as such.
            piece.files.iter().for_each(|file| attachments::discard(self.files, file));
            applied.messages += piece.messages as u64;
            applied.files += piece.files.len() as u64;
            report(step("deleting messages", applied.messages))?;
        }
        if applied.messages > 0 {
            let gone = applied.conversations as i64;
            self.db.write_blocking(move |tx| expiry::tell_purged(tx, &ctx, gone))?;
        }
        Ok(())
    }

    fn recordings(&self, policy: &Policy, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let before = policy.recordings_before(self.now);
        let told = |gone| report(step("deleting recordings", gone));
        applied.recordings = self.recordings.expire(before, self.now, told)?;
        Ok(())
    }

    /// Of conversations that are gone.
    fn calls(&self, report: Report<'_>) -> Result<()> {
        let (ctx, mut after, mut gone) = (self.ctx(), CallId(0), 0);
        loop {
            let (orphans, next) =
                self.db.read_blocking(move |snapshot| calls::expiry::orphans(snapshot, after, LOOK))?;
            for batch in orphans.chunks(BATCH) {
                let batch = batch.to_vec();
                gone += batch.len() as u64;
                self.db.write_blocking(move |tx| calls::expiry::delete(tx, &ctx, &batch))?;
                report(step("deleting calls", gone))?;
            }
            match next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    fn customers(&self, policy: &Policy, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let Some(before) = policy.customers_before(self.now) else { return Ok(()) };
        let mut after = CustomerId(0);
        loop {
            let seen = self.db.read_blocking(move |snapshot| {
                let gone = customers::queries::gone(snapshot, after, before, LOOK)?;
                let last = gone.last().copied().filter(|_| gone.len() == LOOK);
                let mut alone = Vec::new();
                for customer in gone {
                    if !expiry::has_any(snapshot, customer)? {
                        alone.push(customer);
                    }
                }
                Ok((alone, last))
            })?;
            let due: Vec<CustomerId> = seen.0.into_iter().filter(|customer| !(self.is_here)(*customer)).collect();
            for batch in due.chunks(BATCH) {
                let (ctx, batch) = (self.ctx(), batch.to_vec());
                let gone = self.db.write_blocking(move |tx| {
                    let mut gone = 0;
                    for customer in &batch {
                        gone += u64::from(forget_customer(tx, &ctx, *customer, before)?);
                    }
                    Ok(gone)
                })?;
                applied.customers += gone;
                report(step("deleting customers", applied.customers))?;
            }
            match seen.1 {
                Some(last) => after = last,
                None => return Ok(()),
            }
            report(step("deleting customers", applied.customers))?;
        }
    }

    fn events(&self, policy: &Policy, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let Some(before) = policy.events_before(self.now) else { return Ok(()) };
        loop {
            let looked_at = self.db.write_blocking(move |tx| {
                // What a webhook has still to hear stays. It gives up after days at the latest.
                let last = webhooks::unsettled_after(tx)?.unwrap_or(i64::MAX);
                tx.sweep_events(before, last, BATCH, is_needed)
            })?;
            applied.events += looked_at as u64;
            if looked_at < BATCH {
                return Ok(());
            }
            report(step("shortening the event log", applied.events))?;
        }
    }

    fn sessions(&self, applied: &mut Applied, report: Report<'_>) -> Result<()> {
        let (ctx, now) = (self.ctx(), self.now);
        self.db.write_blocking(move |tx| sessions::forget_ended(tx, &ctx))?;
        let mut after = [0; 32];
        loop {
            let walked =
                self.db.read_blocking(move |snapshot| visitors::queries::walk_sessions(snapshot, &after, now, LOOK))?;
            for batch in walked.ended.chunks(BATCH) {
                let batch = batch.to_vec();
                applied.sessions += batch.len() as u64;
                self.db.write_blocking(move |tx| visitors::commands::forget_ended(tx, &ctx, &batch))?;
            }
            match walked.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
            report(step("forgetting sessions", applied.sessions))?;
        }
    }
}

fn forget_customer(tx: &mut crate::db::Tx<'_>, ctx: &Ctx, customer: CustomerId, before: Millis) -> Result<bool> {
    // A conversation may have begun since they were looked at.
    if expiry::has_any(tx, customer)? {
        return Ok(false);
    }
    visitors::commands::end_sessions_of(tx, customer)?;
    customers::commands::delete(tx, ctx, customer, before)
}

/// Search finds a message by its event.
fn is_needed(snapshot: &Snapshot<'_>, event: &RecordedEvent) -> Result<bool> {
    if event.kind != MESSAGE_CREATED && event.kind != MESSAGE_UPDATED {
        return Ok(false);
    }
    let key = MessageKey::new(ConversationId(event.subject.0), event.subject.1);
    Ok(conversations::queries::find_message(snapshot, key)?.is_some())
}

fn step(what: &str, done: u64) -> Progress {
    Progress { step: what.to_owned(), done, total: 0, unit: Unit::Things }
}
