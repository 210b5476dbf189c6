//! Whether set-up is still to be done, and who may do it.

use super::store;
use crate::db::Snapshot;
use crate::identity;
use crate::kernel::{Error, ErrorKind, Result};

pub fn is_needed(snapshot: &Snapshot<'_>) -> Result<bool> {
    Ok(identity::find_organisation(snapshot)?.is_none())
}

/// Refuses whoever does not hold the newest link, or comes too late.
pub fn check_link(snapshot: &Snapshot<'_>, secret_hash: &[u8; 32]) -> Result<()> {
    if !is_needed(snapshot)? {
        return Err(Error::conflict("setup.done", "Parlor is set up already. Sign in."));
    }
    if store::find_hash(snapshot)?.as_ref() != Some(secret_hash) {
        let detail = "This link is not the newest one. The server prints it when it starts.";
        return Err(Error::new(ErrorKind::Forbidden, "setup.wrong_secret", detail));
    }
    Ok(())
}
