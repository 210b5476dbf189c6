//! The key: there, for its owner's eyes alone, fitting; and nothing left lying that opens as well.

use super::super::config::Config;
use super::super::store::key_source;
use super::findings::Findings;
use super::server::Holder;
use crate::vault::{KeySource, MASTER_KEY_FILE, Vault, VaultError};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub fn examine(found: &mut Findings, config: &Config, holder: Holder) -> Option<Vault> {
    let data = &config.data;
    folder(found, data);
    if data.join("recovery-key.txt").exists() {
        found.warn(
            "key.recovery",
            format!("the recovery key lies in {}: who takes the folder can read everything", data.display()),
            "move recovery-key.txt to a safe place, away from the data",
        );
    }
    if !data.join("keyslots.json").exists() && !data.join("keyslots.bak.json").exists() {
        if data.join("parlor.db").exists() {
            found.error(
                "key.opens",
                "the keyslots are gone: without them no key opens the store",
                "put keyslots.json back from a backup",
            );
        } else {
            found.note("key.opens", "there is no store yet", "it is made at the first start");
        }
        return None;
    }
    let opened = key_source(config).and_then(|source| {
        describe(found, data, &source);
        Ok(Vault::look(data, &source)?)
    });
    match opened {
        Ok((vault, both_sound)) => {
            found.ok("key.opens", "the key opens the store");
            if !both_sound {
                found.warn(
                    "key.copies",
                    "one of keyslots.json and keyslots.bak.json is missing, damaged or old",
                    "start the server: it repairs the copy",
                );
            }
            Some(vault)
        }
        Err(error) => {
            unopened(found, &error, holder);
            None
        }
    }
}

/// A systemd credential is there for the service alone.
fn unopened(found: &mut Findings, error: &anyhow::Error, holder: Holder) {
    let is_missing = matches!(error.downcast_ref::<VaultError>(), Some(VaultError::KeyMissing { .. }));
    match holder {
        Holder::Process(_) if is_missing => found.note(
            "key.opens",
            "the server that runs has a key that this command has not: a systemd credential, most likely",
            "to have the store looked at too, give the recovery key: PARLOR_RECOVERY_KEY=… parlor doctor",
        ),
        Holder::Nobody if is_missing => found.error(
            "key.opens",
            format!("{error:#}"),
            "until then the server does not start; unless its key is a systemd credential, which only the service has",
        ),
        _ => found.error("key.opens", format!("{error:#}"), "until then the server does not start"),
    }
}

fn folder(found: &mut Findings, data: &Path) {
    let Ok(meta) = fs::metadata(data) else { return };
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        found.warn(
            "key.folder",
            format!("others may look into {} (mode {mode:04o})", data.display()),
            format!("chmod 0700 {}", data.display()),
        );
    }
}

fn describe(found: &mut Findings, data: &Path, source: &KeySource) {
    match source {
        // Whether it opens comes next.
        KeySource::File(path) if !path.exists() => {}
        KeySource::File(path) if *path == data.join(MASTER_KEY_FILE) => found.note(
            "key.place",
            "the master key lies beside the data: it protects a copy of the store without the key, not a stolen disk",
            "keep it elsewhere: --key-file, a systemd credential, or a passphrase",
        ),
        KeySource::File(path) => found.ok("key.place", format!("the master key is {}", path.display())),
        KeySource::Credential(_) => found.ok("key.place", "the master key is a systemd credential"),
        KeySource::Passphrase(_) => found.ok("key.place", "a passphrase opens the store"),
        KeySource::Recovery(_) => found.note("key.place", "the recovery key is used", "set up a lasting way in"),
    }
}
