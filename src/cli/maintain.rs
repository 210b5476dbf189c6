//! `parlor maintain`: looks after the store and the files, now.

use super::config::{self, ServeArgs, StoreArgs};
use super::store::{open_vault, require_existing};
use super::{Exit, logging, owner, running};
use crate::db;
use anyhow::{Context, Result, ensure};
use clap::Args;
use rustix::fs::statvfs;
use serde_json::json;

#[derive(Args)]
pub struct Maintain {
    #[command(flatten)]
    store: StoreArgs,
    /// Compare every index with its table, and read every attachment to its end
    #[arg(long)]
    deep: bool,
    /// Give back to the disk what the store no longer uses; the server must be stopped, and there must be room for a copy
    #[arg(long, conflicts_with_all = ["deep", "json"])]
    compact: bool,
    /// For programs
    #[arg(long)]
    json: bool,
}

/// Something is not what was written.
const DAMAGED: u8 = 2;

impl Maintain {
    pub fn run(self) -> Result<()> {
        if self.compact {
            return compact(self.store);
        }
        let outcome = running::run(self.store, "maintain", json!({ "deep": self.deep }))?;
        if self.json {
            println!("{outcome:#}");
        } else {
            for done in outcome["done"].as_array().context("an answer of another version")? {
                let state = if done["is_damaged"] == true { "DAMAGED" } else { "ok     " };
                let word = |field: &str| done[field].as_str().unwrap_or_default().to_owned();
                println!("{state}  {}: {}", word("step"), word("said"));
            }
        }
        if outcome["is_damaged"] == true { Err(Exit(DAMAGED).into()) } else { Ok(()) }
    }
}

/// More than the copy, so that the rest of the machine goes on.
const ROOM_BYTES: u64 = 256 << 20;

fn compact(args: StoreArgs) -> Result<()> {
    let config = config::load(args, ServeArgs::default())?;
    logging::start(&config.log)?;
    require_existing(&config.data)?;
    // The copy must be the service's, whoever asked for it.
    owner::become_that_of(&config.data)?;
    let (vault, _lock) = open_vault(&config)?;
    for (file, purpose) in [("parlor.db", "main"), ("search.db", "search")] {
        let (path, key) = (config.data.join(file), vault.page_key(purpose));
        if !path.exists() {
            continue;
        }
        let (bytes, unused) = db::Inspection::open(&path, &key)?.bytes()?;
        let disk = statvfs(&config.data).context("the disk")?;
        let (room, needed) = (disk.f_bavail.saturating_mul(disk.f_frsize), bytes - unused + ROOM_BYTES);
        ensure!(room >= needed, "{file} needs {} MiB of room for its copy; there are {}", needed >> 20, room >> 20);
        let (before, after) = db::compact(&path, &key, |step| eprintln!("{file}: {step}"))?;
        println!("{file}: {} MiB, before {} MiB", after >> 20, before >> 20);
    }
    Ok(())
}
