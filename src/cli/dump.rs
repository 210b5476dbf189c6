//! `parlor dump`: what store and files say, to hold it against another store.

use super::backup::shown;
use super::config::{self, Config, ServeArgs, StoreArgs};
use super::running::Bar;
use super::{logging, owner, store, unfinished};
use crate::backup::{self, Pace, Place};
use crate::control::Server;
use crate::db::Frozen;
use crate::vault::Vault;
use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct Dump {
    #[command(flatten)]
    store: StoreArgs,
    /// Write every row to this new file as well: readable for whoever has it
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Dump {
    /// Like a backup, the file is opened with the caller's rights.
    pub fn run(self) -> Result<()> {
        let config = config::load(self.store, ServeArgs::default())?;
        logging::start(&config.log)?;
        store::require_existing(&config.data)?;
        let new = |path: &PathBuf| {
            let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
            file.with_context(|| format!("the new file {}", path.display()))
        };
        let file = self.to.as_ref().map(new).transpose()?;
        if let Some(path) = &self.to {
            unfinished::goes_with_us(path)?;
        }
        let dumped = dumped(&config, file.as_ref());
        if let (Err(_), Some(path)) = (&dumped, &self.to) {
            fs::remove_file(path).with_context(|| format!("the half of it in {}", path.display()))?;
        }
        say(&dumped?)
    }
}

fn dumped(config: &Config, file: Option<&File>) -> Result<Value> {
    let bar = Bar::default();
    let found = Server::find(&config.data);
    match found.with_context(|| format!("the server that holds {}", config.data.display()))? {
        Some(server) => Ok(server.run_with("dump", json!({}), file, |progress| bar.show(&progress))?),
        None => owner::as_that_of(&config.data, || here(config, file, &bar)),
    }
}

/// Nobody serves. The store stays at its schema.
fn here(config: &Config, file: Option<&File>, bar: &Bar) -> Result<Value> {
    let _lock = store::lock(&config.data)?;
    let data: &Path = &config.data;
    let vault = Vault::open(data, &store::key_source(config)?)?;
    let frozen = Frozen::of_closed(&data.join("parlor.db"), &vault.page_key("main"))?;
    let mut report = shown(bar, "reading");
    let mut out = Place::new(file, Pace::new(u64::MAX), 0, &mut report);
    let dump = backup::dump(data, &vault, frozen, &mut out)?;
    out.finish().context("the file")?;
    Ok(serde_json::to_value(dump)?)
}

fn say(dump: &Value) -> Result<()> {
    for part in dump["parts"].as_array().context("an answer of another version")? {
        let word = |field: &str| part[field].as_str().unwrap_or_default().to_owned();
        println!("{}  {:>12}  {}", word("sha256"), part["rows"], word("name"));
    }
    println!("{}  all of it", dump["sha256"].as_str().unwrap_or_default());
    let missing = dump["missing"].as_array().map_or(0, Vec::len);
    ensure!(missing == 0, "{missing} files that the store names are not on the disk: {}", dump["missing"][0]);
    Ok(())
}
