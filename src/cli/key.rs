//! `parlor key`: the ways into the data, and the root key behind them.

use super::config::StoreArgs;
use super::{password_from_stdin, running};
use crate::kernel::Millis;
use anyhow::{Context, Result};
use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};
use std::path::{PathBuf, absolute};

#[derive(Subcommand)]
pub enum Key {
    /// The ways in, and which one opened the data
    List(List),
    /// One more way in
    Add(Add),
    /// Take a way in away
    Remove(Remove),
    /// Another secret for one way in (--slot), or another root key for everything
    Rotate(Rotate),
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(Args)]
#[command(group = ArgGroup::new("secret").required(true))]
pub struct Add {
    #[command(flatten)]
    store: StoreArgs,
    /// A master key in this file, made if it is not there
    #[arg(long, value_name = "FILE", group = "secret")]
    file: Option<PathBuf>,
    /// A passphrase, read from standard input
    #[arg(long, group = "secret")]
    passphrase_stdin: bool,
    /// A recovery key, printed once
    #[arg(long, group = "secret")]
    recovery: bool,
    /// What it is called in the list
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
}

#[derive(Args)]
pub struct Remove {
    #[command(flatten)]
    store: StoreArgs,
    /// Its number in the list
    id: u32,
}

#[derive(Args)]
pub struct Rotate {
    #[command(flatten)]
    store: StoreArgs,
    /// Only the secret of this way in
    #[arg(long, value_name = "ID")]
    slot: Option<u32>,
    /// Its new key goes here [default: the file it is in]
    #[arg(long, value_name = "FILE", requires = "slot", conflicts_with = "passphrase_stdin")]
    file: Option<PathBuf>,
    /// Its new passphrase comes from standard input
    #[arg(long, requires = "slot")]
    passphrase_stdin: bool,
}

impl Key {
    pub fn run(self) -> Result<()> {
        match self {
            Key::List(list) => list.run(),
            Key::Add(add) => add.run(),
            Key::Remove(remove) => remove.run(),
            Key::Rotate(rotate) => rotate.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<()> {
        let list = running::run(self.store, "key.list", Value::Null)?;
        println!("{:>3}  {:<13} {:<11} LABEL", "ID", "KIND", "MADE");
        for way_in in list["ways_in"].as_array().into_iter().flatten() {
            let made = way_in["made_at"].as_i64().map_or("-".into(), |ms| Millis(ms).date());
            let opened = if way_in["opened"] == true { "  (opened the data this time)" } else { "" };
            let [kind, label] = ["kind", "label"].map(|field| way_in[field].as_str().unwrap_or_default());
            let id = way_in["id"].as_u64().unwrap_or_default();
            println!("{id:>3}  {kind:<13} {made:<11} {label}{opened}");
        }
        if let Some(far) = list["exchange"].as_object() {
            println!("The root key is being exchanged: {}.", how_far(far));
        }
        Ok(())
    }
}

fn how_far(far: &serde_json::Map<String, Value>) -> String {
    let [done, total] = ["done", "total"].map(|field| far[field].as_u64().unwrap_or_default());
    match total {
        0 => "it goes on when the server runs".to_owned(),
        _ => format!("{}, {done} of {total}", far["step"].as_str().unwrap_or_default()),
    }
}

impl Add {
    fn run(self) -> Result<()> {
        let input = json!({
            "file": whole(self.file)?, "passphrase": passphrase(self.passphrase_stdin)?,
            "recovery": self.recovery, "label": self.label,
        });
        let added = running::run(self.store, "key.add", input)?;
        hand_over(&added);
        println!("Keyslot {} opens the data as well.", added["id"]);
        Ok(())
    }
}

impl Remove {
    fn run(self) -> Result<()> {
        let removed = running::run(self.store, "key.remove", json!({ "id": self.id }))?;
        println!("Keyslot {} is gone. A copy of the data from before still opens with it.", self.id);
        if let Some(warning) = removed["warning"].as_str() {
            eprintln!("{warning}");
        }
        Ok(())
    }
}

impl Rotate {
    fn run(self) -> Result<()> {
        let Some(id) = self.slot else {
            running::run(self.store, "key.rotate", Value::Null)?;
            println!("Everything is sealed under another root key. The ways in are the same as before.");
            return Ok(());
        };
        let input = json!({ "id": id, "file": whole(self.file)?, "passphrase": passphrase(self.passphrase_stdin)? });
        let renewed = running::run(self.store.clone(), "key.renew", input)?;
        // The old recovery key goes when the new one is on the screen, and not before.
        if hand_over(&renewed) {
            running::run(self.store, "key.replace", json!({ "id": id, "by": renewed["id"] }))?;
        }
        println!("Keyslot {id} opens with its new secret only.");
        Ok(())
    }
}

fn passphrase(wanted: bool) -> Result<Option<String>> {
    wanted.then(|| password_from_stdin(true)).transpose()
}

/// The server stands in another folder.
fn whole(file: Option<PathBuf>) -> Result<Option<PathBuf>> {
    file.map(|file| absolute(&file).with_context(|| format!("the file {}", file.display()))).transpose()
}

/// Whether there was anything.
fn hand_over(made: &Value) -> bool {
    let recovery = made["recovery_key"].as_str();
    if let Some(recovery) = recovery {
        println!("Recovery key, shown this once: {recovery}");
    }
    recovery.is_some()
}
