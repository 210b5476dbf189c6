//! `parlor setup-link`: for whoever did not see what the first start said. The packages ask it after they installed.

use super::config::{self, ServeArgs, StoreArgs};
use super::{logging, serve};
use crate::control::Server;
use anyhow::{Result, bail};
use clap::Args;
use serde_json::Value;

#[derive(Args)]
pub struct SetupLink {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    serve: ServeArgs,
}

impl SetupLink {
    pub fn run(self) -> Result<()> {
        let config = config::load(self.store, self.serve)?;
        logging::start(&config.log)?;
        let Some(server) = Server::find(&config.data)? else {
            bail!("no server runs on {}: start it, each start makes a new link", config.data.display());
        };
        let link = server.run("setup.link", Value::Null, |_| ())?;
        for line in serve::how_to_reach(&config, config.listen, link["secret"].as_str())? {
            println!("{line}");
        }
        Ok(())
    }
}
