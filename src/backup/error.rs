//! What can be wrong with a backup, each with what to do about it.

use crate::db::OpenError;
use crate::kernel;
use crate::vault::{SealedError, VaultError};
use std::io;
use std::path::{Path, PathBuf};

pub type Result<T, E = BackupError> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("cannot use {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "no room for it: {path} has {free} MB free, about {needed} MB are needed; make room, or choose another folder"
    )]
    NoRoom { path: PathBuf, needed: u64, free: u64 },
    #[error("the disk of {path} is full; what was written of the backup was removed")]
    Full { path: PathBuf },
    #[error("{path} is no backup of Parlor")]
    NotABackup { path: PathBuf },
    #[error("{path} was made by a newer Parlor ({version}): use that one, or a newer one")]
    TooNew { path: PathBuf, version: String },
    #[error(
        "{path} holds schema {found}, this program knows up to {known}: install Parlor {version} or a newer one first"
    )]
    SchemaTooNew { path: PathBuf, found: i64, known: i64, version: String },
    #[error("{path} was not made to a public key: open it with the recovery key or another key of its store")]
    NoPublicKey { path: PathBuf },
    #[error("{path} is cut off: its end is missing")]
    Truncated { path: PathBuf },
    #[error("{path} is damaged: {what}")]
    Damaged { path: PathBuf, what: String },
    #[error("{0}")]
    Missing(String),
    #[error("another backup is being made")]
    Busy,
    #[error("it was stopped, and nothing of it was kept: {}", .0.internal.as_deref().unwrap_or(&.0.detail))]
    Stopped(kernel::Error),
    #[error("{0}")]
    Refused(String),
    #[error("the place outside: {0}")]
    Remote(String),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("the store: {0}")]
    Open(#[from] OpenError),
    #[error("the store: {0}")]
    Store(#[from] kernel::Error),
}

impl BackupError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => BackupError::Full { path },
            _ => BackupError::Io { path, source },
        }
    }

    pub(super) fn sealed(path: &Path) -> impl FnOnce(SealedError) -> BackupError {
        let path = path.to_owned();
        move |error| match error {
            SealedError::Io(source) => BackupError::Io { path, source },
            SealedError::Truncated => BackupError::Truncated { path },
            other => BackupError::Damaged { path, what: other.to_string() },
        }
    }

    pub(super) fn damaged(path: &Path, what: impl Into<String>) -> BackupError {
        BackupError::Damaged { path: path.to_owned(), what: what.into() }
    }
}
