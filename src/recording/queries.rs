//! Reading recordings, and who may.
//!
//! Whoever keeps recordings (supervisors) may see, take out and prove those of every channel. An agent may only see those of
//! calls they were in, and only where the channel says so.

use super::model::{Access, Deed, KEEPER, Recording};
use super::store;
use crate::attachments::NamedFile;
use crate::channels;
use crate::db::Snapshot;
use crate::kernel::{Actor, CallId, Ctx, Error, RecordingId, Result};

/// The most that are listed.
const ACCESSES_MAX: usize = 500;

pub fn get(snapshot: &Snapshot<'_>, ctx: &Ctx, id: RecordingId, deed: Deed) -> Result<Recording> {
    let recording = store::find(snapshot, id)?.ok_or_else(Error::not_found)?;
    if may(snapshot, ctx, &recording, deed)? { Ok(recording) } else { Err(Error::not_found()) }
}

/// Those of a call that the acting person may see.
pub fn list_of_call(snapshot: &Snapshot<'_>, ctx: &Ctx, call: CallId) -> Result<Vec<Recording>> {
    let mut seen = Vec::new();
    for recording in store::list_of_call(snapshot, call)? {
        if may(snapshot, ctx, &recording, Deed::Played)? {
            seen.push(recording);
        }
    }
    Ok(seen)
}

/// Who opened it, the newest first.
pub fn accesses(snapshot: &Snapshot<'_>, ctx: &Ctx, id: RecordingId) -> Result<Vec<Access>> {
    get(snapshot, ctx, id, Deed::Proof)?;
    store::list_accesses(snapshot, id, ACCESSES_MAX)
}

/// Whether this person has opened it just now: then that is known already.
pub fn is_open(snapshot: &Snapshot<'_>, ctx: &Ctx, id: RecordingId, deed: Deed) -> Result<bool> {
    let Actor::User { id: user, .. } = ctx.actor else { return Ok(false) };
    store::find_access(snapshot, id, user, deed, ctx.now.plus(-super::model::ONE_OPENING_MS))
}

fn may(snapshot: &Snapshot<'_>, ctx: &Ctx, recording: &Recording, deed: Deed) -> Result<bool> {
    let Actor::User { id, role } = ctx.actor else { return Ok(false) };
    if !channels::access::may_serve(snapshot, recording.channel, id, role)? {
        return Ok(false);
    }
    if role >= KEEPER {
        return Ok(true);
    }
    let channel = channels::queries::find(snapshot, recording.channel)?;
    let may_replay = channel.is_some_and(|channel| channel.settings.calls.agents_may_replay);
    Ok(deed == Deed::Played && may_replay && store::has_person(snapshot, recording.id, id)?)
}

/// Names of files, by name: for a backup.
pub fn list_files(snapshot: &Snapshot<'_>, after: &str, limit: i64) -> Result<Vec<NamedFile>> {
    store::list_files(snapshot, after, limit)
}
