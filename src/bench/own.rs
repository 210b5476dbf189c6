//! A server of the bench's own: a new data folder, founded, and this very program as `serve` in a process of its own.

use super::line::Target;
use super::plan::{Crowd, Own};
use super::stage::Stage;
use super::tls;
use crate::channels::commands::{self as channels, CreateChannel, UpdateChannel};
use crate::channels::new_key;
use crate::channels::queries::find_active_by_key;
use crate::db::{Db, Options, Tx};
use crate::http::Certificate;
use crate::identity::commands::{CreateOrganisation, CreateUser, create_user};
use crate::identity::{queries, sessions};
use crate::kernel::{Actor, Clock, Ctx, Error, Role, UserId};
use crate::setup::commands::{SetUp, set_up};
use crate::vault::{self, KeySource, Vault, password};
use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};
use rustls::pki_types::ServerName;
use std::fs::{self, DirBuilder, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ORGANISATION: &str = "Parlor bench";

/// Where the data lies; removed at the end unless it was named.
pub struct Folder {
    path: PathBuf,
    kept: bool,
}

impl Folder {
    pub fn open(named: Option<&Path>) -> Result<Folder> {
        let (path, kept) = match named {
            Some(path) => (path.to_owned(), true),
            // `/tmp` is memory on many systems, and memory has no syncs to measure.
            None => {
                let parent = Some(PathBuf::from("/var/tmp")).filter(|path| path.is_dir());
                let name = format!("parlor-bench-{}", &vault::token("x")[2..12]);
                (parent.unwrap_or_else(std::env::temp_dir).join(name), false)
            }
        };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.with_context(|| format!("the folder {}", path.display()))?;
        let path = path.canonicalize()?;
        Ok(Folder { path, kept })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            eprintln!("parlor: {} stays: {error}", self.path.display());
        }
    }
}

/// The store, opened here, while no server runs.
pub struct Opened {
    pub db: Db,
    pub vault: Vault,
    pub clock: Clock,
    _lock: File,
}

impl Opened {
    pub fn open(data: &Path) -> Result<Opened> {
        DirBuilder::new().recursive(true).mode(0o700).create(data)?;
        let lock = File::options().create(true).truncate(false).write(true).open(data.join("lock"))?;
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            bail!("a running Parlor holds {}", data.display());
        }
        let source = KeySource::find(data, |_| None)?;
        let clock = Clock::system();
        let (vault, _) = Vault::open_or_create(data, &source, clock.now())?;
        let (path, key) = (data.join("parlor.db"), vault.page_key("main"));
        let new_epoch = vault::random::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let db = Db::open(&Options { path: &path, key: &key, readers: 2, new_epoch, now: clock.now() })?;
        Ok(Opened { db, vault, clock, _lock: lock })
    }

    pub fn close(self) {
        self.db.stop();
    }
}

pub fn plainly(error: Error) -> anyhow::Error {
    anyhow::anyhow!("{} {}", error.detail, error.internal.unwrap_or_default())
}

/// Organisation, channels and agents, and the owner's API token. In a folder that is used again the agents are further
/// ones, and so are the channels, unless these `known` ones are to be served.
pub fn found(opened: &Opened, crowd: &Crowd, known: Option<&[String]>) -> Result<(Stage, String)> {
    let hash = password::hash(&vault::token("pw"));
    let now = opened.clock.now();
    let organisation = opened.db.read_blocking(queries::find_organisation).map_err(plainly)?;
    match organisation {
        Some(other) if other.name != ORGANISATION => {
            bail!("this folder holds the data of \"{}\": a bench would fill it with noise", other.name)
        }
        Some(_) => {}
        None => {
            let founding = founding(hash.clone());
            opened.db.write_blocking(move |tx| set_up(tx, &Ctx::system(now), &founding)).map_err(plainly)?;
        }
    }
    let people = opened.db.read_blocking(move |snapshot| queries::list_people(snapshot, &Ctx::system(now)));
    let owner = people.map_err(plainly)?.into_iter().find(|user| user.role == Role::Owner).context("no owner")?.id;
    let (crowd, tokens) = (*crowd, (0..=crowd.agents).map(|_| vault::token("plt")).collect::<Vec<_>>());
    let new = known.is_none();
    let keys = known.map_or_else(|| (0..crowd.channels()).map(|_| new_key()).collect(), <[String]>::to_vec);
    let (served, secrets, mark) = (keys.clone(), tokens.clone(), vault::token("m")[2..10].to_lowercase());
    let cast = move |tx: &mut Tx<'_>| {
        let as_owner = Ctx::new(Actor::User { id: owner, role: Role::Owner }, now);
        sessions::create_token(tx, &as_owner, "bench", &vault::token_hash(&secrets[0]))?;
        let mut agents = Vec::new();
        for (number, secret) in secrets[1..].iter().enumerate() {
            let name = format!("Bench {}", number + 1);
            let email = format!("bench-{mark}-{number}@bench.invalid");
            let agent = CreateUser { name, email, role: Role::Agent, password_hash: hash.clone() };
            let agent = create_user(tx, &Ctx::system(now), &agent)?.id;
            let as_agent = Ctx::new(Actor::User { id: agent, role: Role::Agent }, now);
            sessions::create_token(tx, &as_agent, "bench", &vault::token_hash(secret))?;
            agents.push(agent);
        }
        for (number, members) in agents.chunks(crowd.agents_per_channel as usize).enumerate() {
            let key = served[number].clone();
            if new {
                let name = format!("Bench {}", number + 1);
                channels::create(tx, &as_owner, &CreateChannel { name, key: key.clone() })?;
            }
            serve_channel(tx, &as_owner, &key, members)?;
        }
        Ok(())
    };
    opened.db.write_blocking(cast).map_err(plainly)?;
    Ok((Stage::of(keys, tokens[1..].to_vec()), tokens[0].clone()))
}

fn founding(admin_password_hash: String) -> SetUp {
    SetUp {
        organisation: CreateOrganisation { name: ORGANISATION.into(), locale: "en".into(), time_zone: "UTC".into() },
        admin_name: "Bench".into(),
        admin_email: "owner@bench.invalid".into(),
        admin_password_hash,
        channel: CreateChannel { name: "Unused".into(), key: new_key() },
    }
}

fn serve_channel(tx: &mut Tx<'_>, ctx: &Ctx, key: &str, members: &[UserId]) -> crate::kernel::Result<()> {
    let channel = find_active_by_key(tx, key)?.ok_or_else(Error::not_found)?;
    let members = Some(members.to_vec());
    let change = UpdateChannel { name: None, active: None, everyone: Some(false), members, settings: None };
    channels::update(tx, ctx, channel.id, &change).map(drop)
}

/// A child that ends with us, whatever ends us.
pub struct Process {
    child: Child,
    pub pid: u32,
    /// What it printed when it was ready: its address.
    pub url: String,
}

impl Process {
    /// `arguments` of this program; it says an address on its standard output when it is ready.
    pub fn start(arguments: &[String], log: &Path) -> Result<Process> {
        let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
        command.args(["bench", "tied", "--"]).args(arguments);
        for (name, _) in std::env::vars_os() {
            // What is meant for somebody's real server is not meant for this one.
            let text = name.to_string_lossy();
            if (text.starts_with("PARLOR_") && text != "PARLOR_WEB_DIR") || text == "RUST_LOG" {
                command.env_remove(&name);
            }
        }
        command.env_remove("CREDENTIALS_DIRECTORY").stdin(Stdio::null()).stdout(Stdio::piped());
        // A group of its own: Ctrl-C is for us, and we end it when we are done.
        let mut child = command.stderr(File::create(log)?).process_group(0).spawn().context("the server")?;
        let pid = child.id();
        let mut lines = BufReader::new(child.stdout.take().context("no standard output")?).lines();
        let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let url = line.split_whitespace().find(|word| word.starts_with("http"))?;
            Some(url.split('/').take(3).collect::<Vec<_>>().join("/"))
        });
        let mut process = Process { child, pid, url: String::new() };
        match url {
            Some(url) => process.url = url,
            None => {
                process.stop();
                let said = fs::read_to_string(log).unwrap_or_default();
                bail!("the server did not start: {}", said.lines().last().unwrap_or("it said nothing"));
            }
        }
        // A full pipe would stop it.
        std::thread::Builder::new().name("bench-output".into()).spawn(move || lines.for_each(drop))?;
        Ok(process)
    }

    /// SIGTERM, then patience, then SIGKILL.
    pub fn stop(&mut self) {
        if let Some(pid) = Pid::from_raw(self.pid as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        for _ in 0..600 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            let _ = crossbeam_channel::after(Duration::from_millis(50)).recv();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// `parlor bench tied -- …`: becomes this program with those arguments, ending when its parent does.
pub fn tied(arguments: &[String]) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let failed = Command::new(std::env::current_exe()?).args(arguments).exec();
    Err(failed).context("this program could not start itself")
}

/// A `serve` whose limits are out of the way.
pub fn serve(folder: &Folder, own: &Own) -> Result<(Process, Target)> {
    let config = folder.path().join("parlor.toml");
    fs::write(&config, LIMITS).with_context(|| format!("cannot write {}", config.display()))?;
    let text = |path: &Path| path.display().to_string();
    let mut arguments: Vec<String> =
        ["serve", "--listen", "127.0.0.1:0", "--log-level", "warn"].map(String::from).into();
    arguments.extend(["--config".into(), text(&config), "--data".into(), text(&folder.data())]);
    arguments.extend(["--workers".into(), own.workers.to_string()]);
    let mut fingerprint = None;
    if own.tls {
        let keys = folder.path().join("tls");
        fingerprint = Some(Certificate::self_made(&keys, vec!["localhost".into(), "127.0.0.1".into()])?.fingerprint());
        arguments.extend(["--tls-cert".into(), text(&keys.join("certificate.pem"))]);
        arguments.extend(["--tls-key".into(), text(&keys.join("key.pem"))]);
    }
    let process = Process::start(&arguments, &folder.path().join("server.log"))?;
    let target = target(&process.url, fingerprint.as_deref())?;
    Ok((process, target))
}

const LIMITS: &str = "[calls]
enabled = false
[limits]
sockets = 1000000
sockets_per_address = 1000000
visitor_messages = { times = 1000000, seconds = 1 }
visitor_requests = { times = 1000000, seconds = 1 }
visitor_changes = { times = 1000000, seconds = 1 }
agent_messages = { times = 1000000, seconds = 1 }
new_visitors = { times = 1000000, seconds = 1 }
";

/// From `https://host:port`.
pub fn target(url: &str, fingerprint: Option<&str>) -> Result<Target> {
    let (secure, host) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(host), _) => (true, host),
        (_, Some(host)) => (false, host),
        _ => bail!("{url} is no address of the form https://chat.example or http://127.0.0.1:8080"),
    };
    let host = host.trim_end_matches('/');
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().with_context(|| format!("{url}: the port"))?),
        _ => (host, if secure { 443 } else { 80 }),
    };
    let name = name.trim_matches(['[', ']']).to_owned();
    let found = std::net::ToSocketAddrs::to_socket_addrs(&(name.as_str(), port));
    let address = found.ok().and_then(|mut found| found.next()).with_context(|| format!("{name} is not known"))?;
    let tls = match secure {
        true => Some((tls::client(fingerprint)?, ServerName::try_from(name)?)),
        false => None,
    };
    Ok(Target { address, host: host.to_owned(), tls })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let plain = target("http://127.0.0.1:8080/", None).unwrap();
        assert_eq!((plain.address.port(), plain.host.as_str(), plain.tls.is_none()), (8080, "127.0.0.1:8080", true));
        let pin = "00".repeat(32);
        assert_eq!(target("https://[::1]", Some(&pin)).unwrap().address.port(), 443);
        for bad in ["127.0.0.1:8080", "ftp://x", "http://127.0.0.1:x"] {
            assert!(target(bad, None).is_err(), "{bad}");
        }
    }
}
