//! Whether every file is there and whole, and whether there are others.

use super::files::Files;
use super::purge::is_settled;
use super::store;
use crate::db::Db;
use crate::kernel::{AttachmentId, Error, Millis, Result};
use std::fs;

/// Rows looked at in one snapshot.
const BATCH: usize = 500;

/// What an audit found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Audit {
    pub files: u64,
    pub bytes: u64,
    /// Rows whose file is not there.
    pub missing: Vec<AttachmentId>,
    /// Files that are not what was written.
    pub damaged: Vec<AttachmentId>,
    /// Files without a row for longer than an upload may take. The purge removes them.
    pub orphans: u64,
}

/// Looks at each file; `whole`: reads it to its end too, so that its seals are proved. `report` is told how many files and ends
/// the work by an error.
pub fn audit(
    db: &Db,
    files: &Files,
    whole: bool,
    now: Millis,
    mut report: impl FnMut(u64) -> Result<()>,
) -> Result<Audit> {
    let mut found = Audit::default();
    let mut after = AttachmentId(0);
    loop {
        let known = db.read_blocking(move |snapshot| store::list_after(snapshot, after, BATCH))?;
        let Some((last, _, _)) = known.last() else { break };
        after = *last;
        for (id, file, bytes) in known {
            found.files += 1;
            found.bytes += bytes.unsigned_abs();
            // Its row may have gone while we looked: then it is no loss.
            match files.look(&file, whole) {
                Sight::Whole => {}
                _ if !db.read_blocking(move |snapshot| Ok(store::find(snapshot, id)?.is_some()))? => {}
                Sight::Missing => found.missing.push(id),
                Sight::Damaged => found.damaged.push(id),
            }
            report(found.files)?;
        }
    }
    for shelf in files.shelves() {
        for entry in fs::read_dir(&shelf).map_err(|e| Error::unavailable(format!("{}: {e}", shelf.display())))? {
            let entry = entry.map_err(Error::internal)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_old = is_settled(&entry, now).unwrap_or(false);
            if is_old && !db.read_blocking(move |snapshot| store::is_known(snapshot, &name))? {
                found.orphans += 1;
            }
        }
    }
    Ok(found)
}

/// How a file looks.
pub(super) enum Sight {
    Whole,
    Missing,
    Damaged,
}
