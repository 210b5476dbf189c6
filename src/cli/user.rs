//! `parlor user`: people, when nobody can sign in any more or scripts make them.

use super::config::{self, ServeArgs, StoreArgs};
use super::store::{self, Store};
use super::{logging, password_from_stdin, plainly};
use crate::identity::commands::{self, CreateUser};
use crate::identity::model::{self, Checks, check_password};
use crate::identity::queries;
use crate::kernel::{Ctx, Role};
use crate::vault::password;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub enum User {
    /// Add a person
    Add(Add),
    /// Give somebody a new password and end their sessions
    ResetPassword(ResetPassword),
    /// Everybody, with e-mail address and role
    List(List),
}

#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(long)]
    name: String,
    #[arg(long)]
    email: String,
    /// agent, supervisor, administrator or owner
    #[arg(long, value_parser = parse_role)]
    role: Role,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub struct ResetPassword {
    #[command(flatten)]
    store: StoreArgs,
    #[arg(long)]
    email: String,
    /// Read the new password from standard input
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: StoreArgs,
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "one of agent, supervisor, administrator, owner".into())
}

impl User {
    pub fn run(self) -> Result<()> {
        match self {
            User::Add(add) => add.run(),
            User::ResetPassword(reset) => reset.run(),
            User::List(list) => list.run(),
        }
    }
}

impl Add {
    fn run(self) -> Result<()> {
        let password = password_from_stdin(self.password_stdin)?;
        let store = open(self.store)?;
        check_new(&store, &password, &self.email, &self.name)?;
        let command = CreateUser {
            name: self.name,
            email: self.email,
            role: self.role,
            password_hash: password::hash(&password),
        };
        let ctx = Ctx::system(store.clock.now());
        let user = store.db.write_blocking(move |tx| commands::create_user(tx, &ctx, &command)).map_err(plainly)?;
        store.db.stop();
        println!("{} {} <{}>", user.role.as_str(), user.name, user.email);
        Ok(())
    }
}

impl ResetPassword {
    fn run(self) -> Result<()> {
        let password = password_from_stdin(self.password_stdin)?;
        let store = open(self.store)?;
        let email = model::check_email(&self.email).unwrap_or(self.email);
        let people =
            store.db.read_blocking(|snapshot| queries::list_people(snapshot, &Ctx::system(Default::default())));
        let user = people.map_err(plainly)?.into_iter().find(|user| user.email == email);
        let user = user.with_context(|| format!("nobody has the address {email}; see parlor user list"))?;
        check_new(&store, &password, &user.email, &user.name)?;
        let hash = password::hash(&password);
        let ctx = Ctx::system(store.clock.now());
        let reset = move |tx: &mut crate::db::Tx<'_>| commands::reset_password(tx, &ctx, user.id, &hash);
        store.db.write_blocking(reset).map_err(plainly)?;
        store.db.stop();
        let inactive =
            if user.active { "" } else { " They are deactivated, though: an administrator can change that." };
        println!("{} has a new password.{inactive}", user.email);
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<()> {
        let store = open(self.store)?;
        let people =
            store.db.read_blocking(|snapshot| queries::list_people(snapshot, &Ctx::system(Default::default())));
        for user in people.map_err(plainly)? {
            let state = if user.active { "" } else { "\tdeactivated" };
            println!("{}\t{}\t{}\t{}{state}", user.id, user.email, user.role.as_str(), user.name);
        }
        store.db.stop();
        Ok(())
    }
}

fn open(args: StoreArgs) -> Result<Store> {
    let config = config::load(args, ServeArgs::default())?;
    logging::start(&config.log)?;
    store::require_existing(&config.data)?;
    Store::open(&config, store::HandOver::Print)
}

fn check_new(store: &Store, password: &str, email: &str, name: &str) -> Result<()> {
    let organisation = store.db.read_blocking(queries::find_organisation).map_err(plainly)?;
    let organisation =
        organisation.context("nothing is set up yet: use parlor init, or the link that parlor serve prints")?;
    let mut checks = Checks::default();
    checks.take("password", check_password(password, &[email, name, &organisation.name]));
    checks.done().map_err(plainly)
}
