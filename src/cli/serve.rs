//! `parlor serve`.

use super::config::{self, Config, ServeArgs, StoreArgs};
use super::store::{HandOver, Store};
use super::{logging, plainly};
use crate::app::{self, Running};
use crate::db::set_writer_cache;
use crate::http::server;
use crate::http::{Assets, Certificate, Limits, Proxies, Transport};
use crate::kernel::Ctx;
use crate::upkeep::memory::{self, Means};
use crate::{setup, vault};
use anyhow::{Context, Result};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    serve: ServeArgs,
}

impl Serve {
    pub fn run(self) -> Result<()> {
        let mut config = config::load(self.store, self.serve)?;
        logging::start(&config.log)?;
        raise_descriptor_limit();
        let proxies = Proxies::new(config.behind_proxy.clone(), config.public_url.as_deref()).map_err(plainly)?;
        let means = means(&mut config.limits);
        let store = Store::open(&config, HandOver::PrintToTerminal)?;
        let link = setup_link(&store)?;
        let certificate = certificate(&config)?;
        let transport = Transport { strict_tls: certificate.as_ref().is_some_and(|c| !c.self_made) };
        let fingerprint = certificate.as_ref().filter(|c| c.self_made).map(Certificate::fingerprint);
        let tls = certificate.map(Certificate::into_config).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let public = proxies.public_origin().map(str::to_owned);
        let server = server::Options { listen: config.listen, tls, workers: workers(&config), limits: config.limits };
        let maintain_at = config.maintain.at;
        let running = Running {
            data: &config.data,
            vault: &store.vault,
            db: store.db,
            clock: store.clock,
            proxies,
            transport,
            assets: assets(),
            server,
            maintain_at,
            means,
        };
        let ready = |address: SocketAddr| {
            let origin = public.unwrap_or_else(|| format!("{scheme}://{}", reachable(address)));
            announce(&origin, fingerprint.as_deref(), link.as_deref());
        };
        app::serve(running, ready)
            .with_context(|| format!("cannot serve on {}; another address can be chosen with --listen", config.listen))
    }
}

/// What the machine, or the control group, allows; what the configuration says beyond that is not done.
fn means(limits: &mut Limits) -> Means {
    let bytes = memory::allowed(None).unwrap_or(u64::MAX);
    let means = Means::of(bytes);
    limits.password_hashes = limits.password_hashes.min(means.password_hashes_max);
    set_writer_cache(means.cache_kib);
    tracing::info!(memory_mib = bytes >> 20, picture_mib = means.picture_bytes >> 20, "memory");
    means
}

/// A fresh link at each start, as long as nobody has used one.
fn setup_link(store: &Store) -> Result<Option<String>> {
    if !store.db.read_blocking(setup::queries::is_needed).map_err(plainly)? {
        return Ok(None);
    }
    let secret = vault::token("set");
    let hash = vault::token_hash(&secret);
    let ctx = Ctx::system(store.clock.now());
    store.db.write_blocking(move |tx| setup::commands::renew_link(tx, &ctx, &hash)).map_err(plainly)?;
    Ok(Some(secret))
}

fn announce(origin: &str, fingerprint: Option<&str>, link: Option<&str>) {
    tracing::info!(origin, "serving");
    let mut out = std::io::stdout().lock();
    let mut say = |line: String| {
        // Nobody may be reading; that is no reason to stop.
        let _ = writeln!(out, "{line}");
    };
    if let Some(fingerprint) = fingerprint {
        say(format!("The certificate is self-made; browsers warn. Its SHA-256 fingerprint: {fingerprint}"));
    }
    match link {
        Some(secret) => say(format!("Open {origin}/setup#{secret} to set up Parlor.")),
        None => say(format!("Parlor serves {origin}")),
    }
}

/// The operator's certificate; none on loopback or behind a proxy; otherwise one of our own making.
fn certificate(config: &Config) -> Result<Option<Certificate>> {
    if let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) {
        return Ok(Some(Certificate::load(certificate, key)?));
    }
    if config.listen.ip().is_loopback() || !config.behind_proxy.is_empty() {
        return Ok(None);
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    if !config.listen.ip().is_unspecified() {
        names.push(config.listen.ip().to_string());
    }
    let host = config.public_url.as_deref().and_then(|url| url.split("://").nth(1)?.split([':', '/']).next());
    names.extend(host.filter(|host| !host.is_empty()).map(str::to_owned));
    Ok(Some(Certificate::self_made(&config.data.join("tls"), names)?))
}

fn workers(config: &Config) -> usize {
    match config.workers {
        0 => std::thread::available_parallelism().map_or(2, |cores| cores.get()),
        n => n,
    }
}

/// While working on the pages: a folder instead of what is built in.
fn assets() -> Assets {
    std::env::var_os("PARLOR_WEB_DIR").map_or(Assets::Embedded, |folder| Assets::Folder(folder.into()))
}

/// An address to click on: "every address" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip().is_unspecified() {
        true => SocketAddr::new(own_address().unwrap_or(Ipv4Addr::LOCALHOST.into()), address.port()),
        false => address,
    }
}

/// The one that would be used to reach others. Nothing is sent.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Every socket is a descriptor, and the usual soft limit is for another century.
pub(super) fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
