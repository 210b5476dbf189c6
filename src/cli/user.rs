//! `parlor user`: people, when nobody can sign in any more or scripts make them.

use super::config::StoreArgs;
use super::{password_from_stdin, running};
use crate::kernel::Role;
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

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
        let input = json!({ "name": self.name, "email": self.email, "role": self.role.as_str(), "password": password });
        let user = running::run(self.store, "user.add", input)?;
        println!("{} {} <{}>", text(&user, "role"), text(&user, "name"), text(&user, "email"));
        Ok(())
    }
}

impl ResetPassword {
    fn run(self) -> Result<()> {
        let password = password_from_stdin(self.password_stdin)?;
        let input = json!({ "email": self.email, "password": password });
        let user = running::run(self.store, "user.reset_password", input)?;
        let inactive = match user["active"] == true {
            true => "",
            false => " They are deactivated, though: an administrator can change that.",
        };
        println!("{} has a new password.{inactive}", text(&user, "email"));
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<()> {
        let people = running::run(self.store, "user.list", Value::Null)?;
        for user in people.as_array().into_iter().flatten() {
            let state = if user["active"] == true { "" } else { "\tdeactivated" };
            let [id, email, role, name] = ["id", "email", "role", "name"].map(|field| text(user, field));
            println!("{id}\t{email}\t{role}\t{name}{state}");
        }
        Ok(())
    }
}

fn text<'v>(user: &'v Value, field: &str) -> &'v str {
    user[field].as_str().unwrap_or_default()
}
