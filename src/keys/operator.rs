//! `parlor key`, in the process that holds the data folder.

use super::Keys;
use super::exchange::refused;
use super::pace::Progress as How;
use crate::control::{Command, Progress, Report, Unit};
use crate::kernel::{Clock, Error, ErrorKind, Result};
use crate::vault::{Kind, NewSecret, RecoveryKey, VaultError, WayIn};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// How often whoever waits hears how far the exchange is.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Deserialize)]
struct New {
    file: Option<PathBuf>,
    passphrase: Option<String>,
    #[serde(default)]
    recovery: bool,
    label: Option<String>,
}

#[derive(Deserialize)]
struct Renewed {
    id: u32,
    file: Option<PathBuf>,
    passphrase: Option<String>,
}

#[derive(Deserialize)]
struct Replaced {
    id: u32,
    by: u32,
}

#[derive(Deserialize)]
struct Removed {
    id: u32,
}

pub fn commands(keys: &Keys, clock: &Clock) -> Vec<Command> {
    let command = |name, run: fn(&Keys, &Clock, Value, Report<'_>) -> Result<Value>| {
        let (keys, clock) = (keys.clone(), clock.clone());
        Command::new(name, move |input, report| run(&keys, &clock, input, report))
    };
    vec![
        command("key.list", |keys, _, _, _| {
            let ways_in: Vec<Value> = list(keys)?.iter().map(shown).collect();
            Ok(json!({ "ways_in": ways_in, "exchange": keys.progress().map(far) }))
        }),
        command("key.add", |keys, clock, input, _| add(keys, clock, read(input)?)),
        command("key.remove", |keys, _, input, _| remove(keys, read(input)?)),
        command("key.renew", |keys, clock, input, _| renew(keys, clock, read(input)?)),
        command("key.replace", |keys, _, input, _| replace(keys, read(input)?)),
        command("key.rotate", |keys, _, _, report| rotate(keys, report)),
    ]
}

fn read<T: serde::de::DeserializeOwned>(input: Value) -> Result<T> {
    serde_json::from_value(input).map_err(|error| Error::malformed(error.to_string()))
}

fn list(keys: &Keys) -> Result<Vec<WayIn>> {
    keys.vault().ways_in().map_err(refused)
}

fn shown(way_in: &WayIn) -> Value {
    json!({
        "id": way_in.id, "kind": way_in.kind.words(), "label": way_in.label, "made_at": way_in.made_at.map(|at| at.0),
        "opened": way_in.opened, "follows": way_in.follows,
    })
}

/// How far an exchange of the root key is; nothing was counted yet if it waits for a server.
fn far(at: How) -> Value {
    json!({ "step": at.step.words(), "done": at.done, "total": at.total })
}

fn add(keys: &Keys, clock: &Clock, new: New) -> Result<Value> {
    let (secret, usual) = match (new.file, new.passphrase, new.recovery) {
        (Some(file), None, false) => (NewSecret::KeyFile(file), "key file"),
        (None, Some(text), false) => (NewSecret::Passphrase(Zeroizing::new(text)), "passphrase"),
        (None, None, true) => (NewSecret::Recovery, "recovery key"),
        _ => return Err(Error::malformed("One of a file, a passphrase and a recovery key.")),
    };
    let label = new.label.as_deref().unwrap_or(usual);
    if label.chars().count() > 80 || label.chars().any(char::is_control) {
        return Err(Error::invalid("label", "too_long"));
    }
    let (id, recovery) = keys.vault().add_way_in(secret, label, clock.now()).map_err(refused)?;
    Ok(made(id, recovery))
}

/// With what is worth a second thought.
fn remove(keys: &Keys, removed: Removed) -> Result<Value> {
    keys.vault().remove_way_in(removed.id).map_err(refused)?;
    let left = list(keys)?;
    let warning = if left.iter().all(|way_in| way_in.kind != Kind::Recovery) {
        Some(
            "No recovery key is left: whoever loses the other ways in loses the data. Make one with parlor key add --recovery.",
        )
    } else if left.iter().all(|way_in| way_in.kind == Kind::Recovery) {
        Some("Only recovery keys are left: the server no longer starts by itself. Add a file or a passphrase.")
    } else {
        None
    };
    Ok(json!({ "warning": warning }))
}

/// A recovery key gets a slot beside the old one: that goes when the new key has been handed over (`key.replace`). Whoever is
/// interrupted in between has both.
fn renew(keys: &Keys, clock: &Clock, renewed: Renewed) -> Result<Value> {
    let id = renewed.id;
    let way_in = list(keys)?.into_iter().find(|way_in| way_in.id == id);
    let way_in = way_in.ok_or_else(|| refused(VaultError::NoSuchId { id }))?;
    let secret = match (renewed.file, renewed.passphrase) {
        (None, None) if way_in.kind == Kind::Recovery => {
            let new = NewSecret::Recovery;
            let (id, recovery) = keys.vault().add_way_in(new, &way_in.label, clock.now()).map_err(refused)?;
            return Ok(made(id, recovery));
        }
        (None, None) => match keys.vault().opening_file(id) {
            Some(file) => NewSecret::KeyFile(file),
            None => return Err(Error::malformed("Say what its new secret is: --file or --passphrase-stdin.")),
        },
        (Some(file), None) => NewSecret::KeyFile(file),
        (None, Some(text)) => NewSecret::Passphrase(Zeroizing::new(text)),
        _ => return Err(Error::malformed("A file or a passphrase, not both.")),
    };
    keys.vault().renew_way_in(id, secret, clock.now()).map_err(refused)?;
    Ok(made(id, None))
}

fn replace(keys: &Keys, replaced: Replaced) -> Result<Value> {
    keys.vault().replace_way_in(replaced.id, replaced.by).map_err(refused)?;
    Ok(Value::Null)
}

fn made(id: u32, recovery: Option<RecoveryKey>) -> Value {
    json!({ "id": id, "recovery_key": recovery.map(|key| key.reveal().to_string()) })
}

/// Begins it, or joins one that is under way, and waits. Whoever hangs up only ends the waiting.
fn rotate(keys: &Keys, report: Report<'_>) -> Result<Value> {
    match keys.begin() {
        Err(error) if error.code == "vault.exchange_under_way" => keys.resume()?,
        begun => begun?,
    }
    while let Some(at) = keys.progress() {
        report(Progress { step: at.step.words().into(), done: at.done, total: at.total, unit: Unit::Things })?;
        if keys.has_stopped(LOOK) {
            let detail = "The server stops; the exchange goes on when it starts again.";
            return Err(Error::new(ErrorKind::Unavailable, "keys.interrupted", detail));
        }
    }
    Ok(Value::Null)
}
