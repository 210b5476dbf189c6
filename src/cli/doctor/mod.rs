//! `parlor doctor`: what is wrong here, or soon will be, and what to do about it.
//!
//! It only looks: at the configuration, the key, the store, the disk, the clock, the network, certificates, memory and
//! backups. It needs nothing to run, changes nothing but a small file of its own for a moment, and reads the store beside
//! a server that has it open.

mod backups;
mod calls;
mod certificates;
mod clock;
mod configuration;
mod disk;
mod findings;
mod key;
mod machine;
mod network;
mod reach;
mod server;
mod store;

use super::Exit;
use super::config::{self, Config, ServeArgs, StoreArgs};
use crate::kernel::Clock;
use anyhow::Result;
use clap::Args;
use findings::{Findings, Level};
use server::Holder;

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    serve: ServeArgs,
    /// Compare every index with its table too, whatever the size of the store
    #[arg(long)]
    deep: bool,
    /// For programs
    #[arg(long)]
    json: bool,
    /// Warnings count as failure
    #[arg(long)]
    strict: bool,
    /// Ask nothing of the network: no name is looked up, nobody is connected to
    #[arg(long)]
    offline: bool,
}

/// Exit codes; 0 is good enough.
const WARNINGS: u8 = 1;
const ERRORS: u8 = 2;

impl Doctor {
    pub fn run(self) -> Result<()> {
        let mut found = Findings::default();
        match config::load(self.store, self.serve) {
            Ok(config) => {
                found.ok("config.readable", "every setting is known");
                examine(&mut found, &config, self.deep, self.offline);
            }
            Err(error) => found.error(
                "config.readable",
                format!("{error:#}"),
                "correct that line; the explained file names every setting. Nothing else was looked at",
            ),
        }
        found.print(self.json)?;
        match found.worst() {
            Level::Error => Err(Exit(ERRORS).into()),
            Level::Warning if self.strict => Err(Exit(WARNINGS).into()),
            _ => Ok(()),
        }
    }
}

fn examine(found: &mut Findings, config: &Config, deep: bool, offline: bool) {
    let clock = Clock::system();
    let holder = Holder::find(&config.data);
    server::examine(found, config, holder);
    configuration::examine(found, config);
    let vault = key::examine(found, config, holder);
    let newest = store::examine(found, config, vault.as_ref(), deep);
    disk::examine(found, config);
    clock::examine(found, clock.now(), newest);
    machine::examine(found, config, holder);
    let certificate = certificates::examine(found, config, clock.now());
    network::examine(found, config, holder, offline);
    if !offline {
        reach::examine(found, config, certificate);
    }
    calls::examine(found, config, holder);
    backups::examine(found, config, &clock);
    found.note("mail.none", "this version sends and receives no mail", "");
}
