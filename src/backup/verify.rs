//! Whether a backup would come back: everything a restore does, in a scratch folder that is removed again.

use super::error::{BackupError, Result};
use super::header::{Closed, Opener};
use super::inside::Manifest;
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

/// Opens every byte, every page and every file, has the store examine itself and counts its rows. The store is laid out,
/// encrypted, in a folder below `scratch`.
pub fn verify(closed: &Closed, opener: Opener, scratch: &Path, report: Report<'_>) -> Result<Manifest> {
    let mut opened = Opened::open(closed, opener)?;
    place::require_room(scratch, opened.manifest.store_bytes)?;
    let folder = scratch.join(format!(".parlor-verify-{}", super::inside::hex(&random::<8>())));
    unpack::make_folder(&folder).inspect_err(|_| drop(fs::remove_dir_all(&folder)))?;
    let scratch = Scratch(folder);
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
