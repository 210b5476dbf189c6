//! `parlor init`: what the set-up page does, for scripts.

use super::config::{self, ServeArgs, StoreArgs};
use super::store::{HandOver, Store};
use super::{logging, password_from_stdin, plainly};
use crate::channels::{self, commands::CreateChannel};
use crate::identity::commands::CreateOrganisation;
use crate::identity::model::{Checks, check_password};
use crate::kernel::Ctx;
use crate::setup::commands::{self, SetUp};
use crate::vault::password;
use anyhow::Result;
use clap::Args;

#[derive(Args)]
pub struct Init {
    #[command(flatten)]
    store: StoreArgs,
    /// Name of the organisation
    #[arg(long, value_name = "NAME")]
    organisation: String,
    /// E-mail address of the first owner
    #[arg(long, value_name = "EMAIL")]
    admin_email: String,
    /// Name of the first owner
    #[arg(long, value_name = "NAME")]
    admin_name: String,
    /// Read the owner's password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Name of the first channel
    #[arg(long, value_name = "NAME", default_value = "Website")]
    channel: String,
    #[arg(long, default_value = "en")]
    locale: String,
    #[arg(long, default_value = "UTC")]
    time_zone: String,
}

impl Init {
    pub fn run(self) -> Result<()> {
        let password = password_from_stdin(self.password_stdin)?;
        let mut checks = Checks::default();
        checks.take("password", check_password(&password, &[&self.admin_email, &self.admin_name, &self.organisation]));
        checks.done().map_err(plainly)?;
        let config = config::load(self.store, ServeArgs::default())?;
        logging::start(&config.log)?;
        let store = Store::open(&config, HandOver::Print)?;
        let command = SetUp {
            organisation: CreateOrganisation {
                name: self.organisation,
                locale: self.locale,
                time_zone: self.time_zone,
            },
            admin_name: self.admin_name,
            admin_email: self.admin_email,
            admin_password_hash: password::hash(&password),
            channel: CreateChannel { name: self.channel, key: channels::new_key() },
        };
        let ctx = Ctx::system(store.clock.now());
        let founded = store.db.write_blocking(move |tx| commands::set_up(tx, &ctx, &command)).map_err(plainly)?;
        store.db.stop();
        println!("Parlor is set up. Owner {}, channel {}.", founded.owner.email, founded.channel.key);
        Ok(())
    }
}
