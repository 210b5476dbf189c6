//! `parlor backup`: making backups, and looking at them.

use super::config::{self, Config, ServeArgs, StoreArgs};
use super::running::Bar;
use super::{logging, owner, store, unfinished};
use crate::backup::{self, Closed, Destination, Opener, Progress, Reason, Run, Subject, Wish};
use crate::control::Server;
use crate::db::Frozen;
use crate::kernel::{Clock, Result as KernelResult};
use crate::vault::{BackupPrivateKey, KeySource, Vault, VaultError};
use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf, absolute};
use zeroize::Zeroizing;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Backup {
    #[command(subcommand)]
    look: Option<Look>,
    #[command(flatten)]
    make: Make,
}

#[derive(Args)]
pub struct Make {
    #[command(flatten)]
    store: StoreArgs,
    /// A new file (….parlor-backup) or a folder [default: the folder of the configuration, else DIR/backups]
    #[arg(long, value_name = "FILE|DIR")]
    to: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum Look {
    /// Whether a backup would come back whole: every byte, every page, every file, every row
    Verify(Verify),
    /// The backups in the folder
    List(List),
    /// A pair of keys: backups are made to the public one, and the private one opens them
    Keygen(Keygen),
}

/// What opens a backup; without any of these what opens the store.
#[derive(Args)]
pub struct OpenArgs {
    /// Read the recovery key from standard input
    #[arg(long, conflicts_with = "private_key")]
    recovery_key_stdin: bool,
    /// The private key of the public one it was made to
    #[arg(long, value_name = "FILE")]
    private_key: Option<PathBuf>,
}

#[derive(Args)]
pub struct Verify {
    file: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    open: OpenArgs,
    /// Where there is room for the store, which is laid out there, encrypted, and removed [default: beside FILE]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    store: StoreArgs,
    /// Another folder than that of the configuration
    folder: Option<PathBuf>,
}

#[derive(Args)]
pub struct Keygen {
    /// A new file for the private key: keep it where no server is
    #[arg(value_name = "FILE")]
    private_key: PathBuf,
}

impl Backup {
    pub fn run(self) -> Result<()> {
        match self.look {
            None => self.make.run(),
            Some(Look::Verify(verify)) => verify.run(),
            Some(Look::List(list)) => list.run(),
            Some(Look::Keygen(keygen)) => keygen.run(),
        }
    }
}

impl Make {
    /// A place that is named is opened here, with the caller's rights, and only written into by whoever has the store: a
    /// service may go nearly nowhere.
    fn run(self) -> Result<()> {
        let config = load(self.store)?;
        store::require_existing(&config.data)?;
        let clock = Clock::system();
        let open = |to: PathBuf| anyhow::Ok(Destination::open(&absolute(to)?, &backup::of_asked(clock.now()))?);
        let to = self.to.map(open).transpose().context("--to")?;
        if let Some(to) = &to {
            unfinished::goes_with_us(to.partial())?;
        }
        let bar = Bar::default();
        let found = Server::find(&config.data);
        let found = found.with_context(|| format!("the server that holds {}", config.data.display()))?;
        let serves = found.is_some();
        let made = match (found, &to) {
            (Some(server), Some(to)) => {
                server
                    .run_with("backup", json!({ "to": to.path() }), Some(to.file()), |progress| bar.show(&progress))?
            }
            (Some(server), None) => server.run("backup", json!({}), |progress| bar.show(&progress))?,
            (None, to) => owner::as_that_of(&config.data, || here(&config, to.as_ref(), &clock, &bar))?,
        };
        if let Some(to) = to {
            to.finish()?;
            if let Err(error) = remember(&config, serves, &made["run"]) {
                tracing::warn!("the backup is whole, but nobody remembers when it was made: {error:#}");
            }
        }
        drop(bar);
        let number = |field: &str| made[field].as_u64().unwrap_or_default();
        println!("{}", made["file"].as_str().unwrap_or_default());
        println!(
            "{} bytes: {} rows at schema {}, {} attachments. Try it with parlor backup verify.",
            number("bytes"),
            number("rows"),
            number("schema"),
            number("attachments")
        );
        let missing = made["missing"].as_array().map_or(0, Vec::len);
        ensure!(missing == 0, "{missing} attachments that the store names are not on the disk: {}", made["missing"][0]);
        Ok(())
    }
}

/// Nobody serves: as fast as it goes. The store stays at its schema.
fn here(config: &Config, to: Option<&Destination>, clock: &Clock, bar: &Bar) -> Result<Value> {
    let _lock = store::lock(&config.data)?;
    let vault = Vault::open(&config.data, &store::key_source(config)?)?;
    let frozen = Frozen::of_closed(&config.data.join("parlor.db"), &vault.page_key("main"))?;
    let (data, now) = (config.data.as_path(), clock.now());
    let public_key = config.backup.public_key.clone();
    let wish = Wish { reason: Reason::Asked, public_key, bytes_per_second: u64::MAX, now };
    let (subject, mut report) = (Subject { data, vault: &vault, frozen }, shown(bar, "backing up"));
    let made = match to {
        Some(to) => backup::make(subject, &wish, to.file(), to.path(), &mut report),
        None => {
            let to = Destination::open(&config.backup.folder(data), &backup::of_asked(now))?;
            unfinished::goes_with_us(to.partial())?;
            backup::make_at(subject, &wish, to, &mut report)
        }
    };
    let run = Run::of(Reason::Asked, now, clock.now(), &made);
    // One that lies elsewhere is good when it has its name.
    if to.is_none() || made.is_err() {
        run.clone().remember(data)?;
    }
    let mut outcome = backup::operator::outcome(&made?);
    outcome["run"] = serde_json::to_value(run)?;
    Ok(outcome)
}

fn remember(config: &Config, serves: bool, run: &Value) -> Result<()> {
    if serves {
        let server = Server::find(&config.data)?.context("the server has ended")?;
        server.run("backup.named", json!({ "run": run }), |_| ())?;
        return Ok(());
    }
    let run: Run = serde_json::from_value(run.clone())?;
    owner::as_that_of(&config.data, || Ok(run.remember(&config.data)?))
}

pub fn shown(bar: &Bar, step: &'static str) -> impl FnMut(Progress) -> KernelResult<()> {
    move |progress| {
        let mut shown = backup::operator::shown(progress);
        shown.step = step.into();
        bar.show(&shown);
        Ok(())
    }
}

impl OpenArgs {
    /// The keys that were given; otherwise what opens the store, by the backup's own keyslots or, if its locks have been
    /// changed since, by the store's.
    pub fn opener(&self, config: &Config, closed: &Closed) -> Result<Opener> {
        if let Some(file) = &self.private_key {
            let text = std::fs::read_to_string(file).map(Zeroizing::new);
            let text = text.with_context(|| format!("the private key {}", file.display()))?;
            return Ok(Opener::Private(text.parse::<BackupPrivateKey>()?));
        }
        if self.recovery_key_stdin {
            if std::io::stdin().is_terminal() {
                eprint!("Recovery key: ");
            }
            let mut line = Zeroizing::new(String::new());
            std::io::stdin().lock().read_line(&mut line).context("no recovery key on standard input")?;
            return Ok(Opener::Keyslot(KeySource::Recovery(line.trim().parse()?)));
        }
        let source = store::key_source(config)?;
        match Vault::open_kept(&closed.header.keyslots, &closed.path, &source) {
            Ok(vault) => Ok(Opener::Vault(vault)),
            Err(VaultError::KeyMissing { path }) => bail!(
                "the master key {} is not there: give the recovery key with --recovery-key-stdin, or --private-key, or \
                 --key-file",
                path.display()
            ),
            Err(error) => match Vault::open(&config.data, &source) {
                Ok(vault) => Ok(Opener::Vault(vault)),
                Err(_) => Err(error).with_context(|| format!("the keys of {}", closed.path.display())),
            },
        }
    }
}

impl Verify {
    fn run(self) -> Result<()> {
        let config = load(self.store)?;
        let closed = Closed::open(&self.file)?;
        let opener = self.open.opener(&config, &closed)?;
        let beside = self.file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let bar = Bar::default();
        let scratch = self.scratch.as_deref().unwrap_or(beside);
        let scratch = backup::scratch_below(scratch);
        unfinished::goes_with_us(&scratch)?;
        let manifest = backup::verify(&closed, opener, &scratch, &mut shown(&bar, "verifying"))?;
        drop(bar);
        println!("{} is whole: schema {}, Parlor {}.", self.file.display(), manifest.schema, manifest.version);
        for (table, rows) in &manifest.rows {
            println!("{rows:>12}  {table}");
        }
        match manifest.with_attachments {
            true => {
                println!("{:>12}  files of {} bytes", manifest.attachments, manifest.attachments_bytes);
                println!("{:>12}  recordings of {} bytes", manifest.recordings, manifest.recordings_bytes);
            }
            false => println!("Without attachments: an upgrade leaves them where they are."),
        }
        Ok(())
    }
}

impl List {
    fn run(self) -> Result<()> {
        let config = load(self.store)?;
        let folder = self.folder.unwrap_or_else(|| config.backup.folder(&config.data));
        for Closed { path, header, .. } in backup::found(&folder)? {
            let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
            let without = if header.with_attachments { "" } else { "\twithout attachments" };
            let public = if header.for_public.is_some() { "\tto a public key" } else { "" };
            println!(
                "{}\t{bytes}\tschema {}\tParlor {}{without}{public}",
                path.display(),
                header.schema,
                header.version
            );
        }
        Ok(())
    }
}

impl Keygen {
    fn run(self) -> Result<()> {
        let private = BackupPrivateKey::generate();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o400).open(&self.private_key);
        let write = |mut file: std::fs::File| {
            file.write_all(Zeroizing::new(format!("{}\n", private.reveal().as_str())).as_bytes())?;
            file.sync_all()
        };
        file.and_then(write).with_context(|| format!("the new file {}", self.private_key.display()))?;
        println!("public_key = \"{}\"", private.public());
        eprintln!("The line above belongs under [backup] in parlor.toml. {} opens", self.private_key.display());
        eprintln!("every backup made to it: keep it where no server is, and keep it well.");
        Ok(())
    }
}

fn load(args: StoreArgs) -> Result<Config> {
    let config = config::load(args, ServeArgs::default())?;
    logging::start(&config.log)?;
    Ok(config)
}
