//! `parlor maintain`: looks after the store and the files, now.

use super::config::StoreArgs;
use super::{Exit, running};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;

#[derive(Args)]
pub struct Maintain {
    #[command(flatten)]
    store: StoreArgs,
    /// Compare every index with its table, and read every attachment to its end
    #[arg(long)]
    deep: bool,
    /// For programs
    #[arg(long)]
    json: bool,
}

/// Something is not what was written.
const DAMAGED: u8 = 2;

impl Maintain {
    pub fn run(self) -> Result<()> {
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
