//! Has an operator's command done by whoever holds the data folder: the server that runs, or this process.

use super::config::{self, Config, ServeArgs, StoreArgs};
use super::store::{self, HandOver, Store};
use super::{logging, plainly};
use crate::app;
use crate::attachments::Files;
use crate::control::{Progress, Server, Unit};
use crate::keys::Keys;
use crate::recording::Recordings;
use anyhow::{Context, Result, anyhow};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// What came of it. Progress is shown on standard error, if somebody is there to see it.
pub fn run(args: StoreArgs, command: &str, input: Value) -> Result<Value> {
    let config = config::load(args, ServeArgs::default())?;
    logging::start(&config.log)?;
    store::require_existing(&config.data)?;
    let bar = Bar::default();
    let found = Server::find(&config.data);
    match found.with_context(|| format!("the server that holds {}", config.data.display()))? {
        Some(server) => Ok(server.run(command, input, |progress| bar.show(&progress))?),
        None => here(&config, command, input, &bar),
    }
}

fn here(config: &Config, command: &str, input: Value, bar: &Bar) -> Result<Value> {
    let store = Store::open(config, HandOver::Print)?;
    let keys = Keys::new(&config.data, &store.vault, &store.db);
    let folder = config.data.join("attachments");
    let files = Files::open(folder, store.vault.sealer("attachments")).context("the attachments")?;
    let limits = config.recordings.limits();
    let recordings = Recordings::open(&config.data, &store.vault, &store.db, &store.clock, &files, limits);
    let house = app::household(&config.data, &store.vault, &store.db, &files, &recordings.context("the recordings")?);
    let commands = app::operator_commands(&store.clock, &keys, house, None);
    let known = commands.iter().find(|known| known.name() == command);
    let known = known.ok_or_else(|| anyhow!("there is no command {command}"))?;
    let outcome = known.run(input, None, &mut |progress| {
        bar.show(&progress);
        Ok(())
    });
    keys.stop();
    store.db.stop();
    outcome.map_err(plainly)
}

/// Hidden until there is something to show, and where standard error is no terminal.
pub(super) struct Bar(ProgressBar);

impl Default for Bar {
    fn default() -> Self {
        Bar(ProgressBar::new(0))
    }
}

impl Bar {
    pub fn show(&self, progress: &Progress) {
        let counts = match progress.unit {
            Unit::Bytes => "{bytes}/{total_bytes}",
            Unit::Things => "{pos}/{len}",
        };
        let template = match progress.total {
            0 => format!("{{msg}}: {}", counts.split('/').next().unwrap_or_default()),
            _ => format!("{{msg}}: [{{bar:30}}] {counts}, {{eta}} left"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            self.0.set_style(style);
        }
        self.0.set_message(progress.step.clone());
        self.0.set_length(progress.total);
        self.0.set_position(progress.done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
