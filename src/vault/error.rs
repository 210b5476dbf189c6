//! What can be wrong with the keys, told apart, each with what to do about it.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error(
        "the master key {path} is not there; put it back, or open with the passphrase or the \
         recovery key"
    )]
    KeyMissing { path: PathBuf },
    #[error(
        "the master key {path} can be read by others (mode {mode:04o}); \
         run: chmod 0400 {path}, and replace the key if others may have seen it"
    )]
    KeyFilePermissions { path: PathBuf, mode: u32 },
    #[error("the master key {path} is not a key: 64 hexadecimal digits are expected")]
    KeyFileInvalid { path: PathBuf },
    #[error("this is not the key that this data was locked with; nothing was changed")]
    WrongKey,
    #[error("wrong passphrase; nothing was changed")]
    WrongPassphrase,
    #[error("the passphrase is too short: at least {min} characters are needed")]
    WeakPassphrase { min: usize },
    #[error("the recovery key has a typing error; it is 36 letters and digits in six groups")]
    RecoveryKeyMistyped,
    #[error("this data cannot be opened with a {kind}: no such lock was ever set up")]
    NoSuchSlot { kind: &'static str },
    #[error(
        "the keyslots {path} and their copy are both missing; restore either from a backup: \
         without them no key opens this data"
    )]
    SlotsMissing { path: PathBuf },
    #[error("the keyslots {path} and their copy are both damaged; restore either from a backup")]
    SlotsDamaged { path: PathBuf },
    #[error("the keyslots {path} were changed by somebody without the key; restore a backup")]
    SlotsForged { path: PathBuf },
    #[error("the keyslots {path} were written by a newer Parlor (version {version})")]
    SlotsTooNew { path: PathBuf, version: u32 },
    #[error("the former root key beside the slots does not open; restore the keyslots from a backup")]
    FormerKeyDamaged,
    #[error("there is no keyslot {id}: see parlor key list")]
    NoSuchId { id: u32 },
    #[error("that is the last way in: without it nothing opens the data; add another one first")]
    LastWayIn,
    #[error("the root key is being exchanged already; it goes on by itself while the server runs")]
    ExchangeUnderWay,
    #[error("a backup is being made, which needs the root key as it is: try again when it is done")]
    Held,
    #[error(
        "keyslot {id} ({label}) was made by an older Parlor, which left nothing to lock a new root key in with; \
         give it a new secret first: parlor key rotate --slot {id}"
    )]
    CannotFollow { id: u32, label: String },
    #[error("{path} is not the file of that keyslot; name one that does not exist yet")]
    OtherKeyFile { path: PathBuf },
    #[error("keyslot {id} is a {kind}: {needed}")]
    OtherSecret { id: u32, kind: &'static str, needed: &'static str },
    #[error("{path} is there already: this data folder has its keys")]
    AlreadyCreated { path: PathBuf },
    #[error("{what}")]
    BackupKeyInvalid { what: &'static str },
    #[error("cannot use {path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}

impl VaultError {
    /// Stable, for programs and for the manual.
    pub fn code(&self) -> &'static str {
        match self {
            VaultError::KeyMissing { .. } => "vault.key_missing",
            VaultError::KeyFilePermissions { .. } => "vault.key_file_permissions",
            VaultError::KeyFileInvalid { .. } => "vault.key_file_invalid",
            VaultError::WrongKey => "vault.wrong_key",
            VaultError::WrongPassphrase => "vault.wrong_passphrase",
            VaultError::WeakPassphrase { .. } => "vault.weak_passphrase",
            VaultError::RecoveryKeyMistyped => "vault.recovery_key_mistyped",
            VaultError::NoSuchSlot { .. } => "vault.no_such_slot",
            VaultError::SlotsMissing { .. } => "vault.slots_missing",
            VaultError::SlotsDamaged { .. } => "vault.slots_damaged",
            VaultError::SlotsForged { .. } => "vault.slots_forged",
            VaultError::SlotsTooNew { .. } => "vault.slots_too_new",
            VaultError::FormerKeyDamaged => "vault.former_key_damaged",
            VaultError::NoSuchId { .. } => "vault.no_such_id",
            VaultError::LastWayIn => "vault.last_way_in",
            VaultError::ExchangeUnderWay => "vault.exchange_under_way",
            VaultError::Held => "vault.held",
            VaultError::CannotFollow { .. } => "vault.cannot_follow",
            VaultError::OtherKeyFile { .. } => "vault.other_key_file",
            VaultError::OtherSecret { .. } => "vault.other_secret",
            VaultError::AlreadyCreated { .. } => "vault.already_created",
            VaultError::BackupKeyInvalid { .. } => "vault.backup_key_invalid",
            VaultError::Io { .. } => "vault.io",
        }
    }

    pub(super) fn io(path: &std::path::Path) -> impl FnOnce(io::Error) -> VaultError {
        let path = path.to_owned();
        move |source| VaultError::Io { path, source }
    }
}
