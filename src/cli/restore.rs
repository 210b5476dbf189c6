//! `parlor restore`.

use super::backup::{OpenArgs, shown};
use super::config::{self, ServeArgs, StoreArgs};
use super::running::Bar;
use super::{logging, store};
use crate::backup::{self, Closed};
use crate::kernel::Clock;
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct Restore {
    file: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    open: OpenArgs,
    /// Keep what is in the data folder now aside, and put the backup there
    #[arg(long)]
    replace: bool,
    /// Also when attachments are gone that the store names
    #[arg(long)]
    accept_missing: bool,
}

impl Restore {
    pub fn run(self) -> Result<()> {
        let config = config::load(self.store, ServeArgs::default())?;
        logging::start(&config.log)?;
        let closed = Closed::open(&self.file)?;
        let opener = self.open.opener(&config, &closed)?;
        let how = backup::Restore {
            data: &config.data,
            way_in: store::way_in(&config)?,
            replace: self.replace,
            accept_missing: self.accept_missing,
            now: Clock::system().now(),
        };
        let bar = Bar::default();
        let restored = backup::restore(&closed, opener, &how, &mut shown(&bar, "restoring"))?;
        drop(bar);
        let (rows, data) = (restored.manifest.rows.iter().map(|(_, n)| n).sum::<i64>(), config.data.display());
        println!("{data} is restored: {rows} rows and {} attachments, as they were.", restored.manifest.attachments);
        if restored.new_way_in {
            println!("No key of this machine opened it, so one was added; the recovery key still opens it too.");
        }
        if let Some(aside) = restored.aside {
            println!("What was there before is in {}.", aside.display());
        }
        match restored.missing.len() {
            0 => Ok(()),
            n => bail!("{n} attachments that the store names are gone: {}", restored.missing.join(" ")),
        }
    }
}
