//! The command line: serving, and what an operator does while nothing is served.
//!
//! Errors are one line, what happened and what to do. Exit codes: 0 done, 1 failed, 2 wrongly called; `doctor` has its own.

mod addresses;
mod backup;
mod bench;
mod config;
mod doctor;
mod dump;
mod init;
mod key;
mod logging;
mod maintain;
mod manual;
mod owner;
mod recording;
mod restore;
mod running;
mod serve;
mod setup_link;
mod store;
mod systemd;
mod unfinished;
mod user;

use crate::kernel::Error;
use crate::vault;
use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand};
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

const VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("PARLOR_COMMIT"), ", ", env!("PARLOR_BUILD_DATE"), ")");

/// Talk with the people who visit your site, from a server of your own.
#[derive(Parser)]
#[command(name = "parlor", version = VERSION, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the chat, the console and the API
    Serve(serve::Serve),
    /// Set up without a browser: organisation, owner, first channel
    Init(init::Init),
    /// People
    #[command(subcommand)]
    User(user::User),
    /// Back up into one file, whether a server runs or not
    Backup(backup::Backup),
    /// What store and files say, as hashes and in lines: the same on another machine means that nothing is missing
    Dump(dump::Dump),
    /// A data folder from a backup
    Restore(restore::Restore),
    /// Where Parlor is, and while it is not set up the link to do that
    SetupLink(setup_link::SetupLink),
    /// Look after the store and the files: what is over goes, everything is read through
    Maintain(maintain::Maintain),
    /// What is wrong here, or soon will be, and what to do
    Doctor(doctor::Doctor),
    /// Recordings of calls
    #[command(subcommand)]
    Recording(recording::Recording),
    /// The ways into the data, and the root key behind them
    #[command(subcommand)]
    Key(key::Key),
    /// How much load this machine carries: a load generator
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Write the manual pages and shell completions
    Manual(manual::Manual),
}

/// A command has said what there is to say; this is its exit code.
#[derive(Debug, thiserror::Error)]
#[error("exit code {0}")]
struct Exit(u8);

pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<Exit>() => error.downcast::<Exit>().map_or(ExitCode::FAILURE, |exit| exit.0.into()),
        Err(error) => {
            // What to do about it stands on lines of its own.
            format!("{error:#}").lines().for_each(|line| eprintln!("parlor: {line}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: Command) -> Result<()> {
    vault::harden_process().context("the process cannot be kept from being read by others")?;
    match command {
        Command::Serve(serve) => serve.run(),
        Command::Init(init) => init.run(),
        Command::User(user) => user.run(),
        Command::Backup(backup) => backup.run(),
        Command::Dump(dump) => dump.run(),
        Command::Restore(restore) => restore.run(),
        Command::SetupLink(link) => link.run(),
        Command::Maintain(maintain) => maintain.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Recording(recording) => recording.run(),
        Command::Key(key) => key.run(),
        Command::Bench(bench) => bench.run(),
        Command::Manual(manual) => manual.run(Cli::command()),
    }
}

/// The public words of an error, for somebody who sees no log.
fn plainly(error: Error) -> anyhow::Error {
    let fields: Vec<String> = error.fields.iter().map(|f| format!("{} ({})", f.field, f.code)).collect();
    let internal = error.internal.map(|internal| format!(" [{internal}]")).unwrap_or_default();
    if fields.is_empty() {
        anyhow::anyhow!("{}{internal}", error.detail)
    } else {
        anyhow::anyhow!("please check: {}", fields.join(", "))
    }
}

/// One line of standard input: a password does not belong on a command line.
fn password_from_stdin(wanted: bool) -> Result<String> {
    anyhow::ensure!(wanted, "say --password-stdin and write the password to standard input");
    if std::io::stdin().is_terminal() {
        eprint!("Password or passphrase: ");
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("no password on standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
