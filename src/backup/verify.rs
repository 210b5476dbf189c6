//! Whether a backup would come back: everything a restore does, in a scratch folder that is removed again.

use super::destination::folder_of;
use super::error::{BackupError, Result};
use super::header::{Closed, Opener};
use super::inside::{Manifest, hex};
use super::place::{self, Report};
use super::unpack::{self, Opened};
use crate::vault::random;
use std::fs;
use std::path::{Path, PathBuf};

/// Removed when dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "the scratch folder stays");
        }
    }
}

/// A folder of its own for [`verify`].
pub fn scratch_below(folder: &Path) -> PathBuf {
    folder.join(format!(".parlor-verify-{}", hex(&random::<8>())))
}

/// Opens every byte, every page and every file, has the store examine itself and counts its rows. The store is laid out,
/// encrypted, in the new folder `scratch`, which is removed again.
pub fn verify(closed: &Closed, opener: Opener, scratch: &Path, report: Report<'_>) -> Result<Manifest> {
    let mut opened = Opened::open(closed, opener)?;
    place::require_room(folder_of(scratch), opened.manifest.store_bytes)?;
    unpack::make_folder(scratch).inspect_err(|_| drop(fs::remove_dir_all(scratch)))?;
    let scratch = Scratch(scratch.to_owned());
    opened.unpack(&scratch.0, false, report)?;
    match opened.manifest.missing.len() {
        0 => Ok(opened.manifest),
        n => Err(BackupError::Missing(format!(
            "{} is sound, but {n} attachments were missing already when it was made, {} among them",
            closed.path.display(),
            opened.manifest.missing[0]
        ))),
    }
}
