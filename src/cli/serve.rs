//! `parlor serve`.

use super::addresses::host_of;
use super::config::{self, Config, ServeArgs, StoreArgs};
use super::store::{HandOver, Store};
use super::systemd::{self, Opening, Watchdog};
use super::{addresses, logging, plainly};
use crate::app::{self, Running, Watched};
use crate::calls;
use crate::db::set_writer_cache;
use crate::http::server;
use crate::http::{Assets, Certificate, Limits, Proxies, Transport, Workers};
use crate::setup;
use crate::upkeep::memory::{self, Means};
use crate::watch::{Access, CertificateFacts};
use anyhow::{Context, Result, bail};
use clap::Args;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

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
        let for_calls = [Some(config.calls.listen), config.calls.tls_listen].into_iter().flatten();
        let taken = for_calls.filter(|_| config.calls.enabled).find(|calls| addresses::meet(*calls, config.listen));
        if let Some(taken) = taken {
            bail!("listen and [calls] want the same port, {taken}: give one of them another");
        }
        raise_descriptor_limit();
        let proxies = Proxies::new(config.behind_proxy.clone(), config.public_url.as_deref()).map_err(plainly)?;
        let means = means(&mut config.limits);
        let opening = Opening::begin().context("no thread for systemd")?;
        let store = Store::open(&config, HandOver::PrintToTerminal)?;
        drop(opening);
        let link = setup::operator::fresh_link(&store.db, &store.clock).map_err(plainly)?;
        let certificate = certificate(&config)?;
        let transport = Transport { strict_tls: certificate.as_ref().is_some_and(|c| !c.self_made) };
        let watched = watched(&config, certificate.as_ref())?;
        let tls = certificate.map(Certificate::into_config).transpose()?;
        let calls = calls::Equipment {
            settings: config.calls.clone(),
            tls: tls.clone().map(Arc::new),
            tls_name: config.public_url.as_deref().and_then(host_of),
        };
        let alive = Workers::default();
        let watchdog = Watchdog::start(store.db.clone(), alive.clone()).context("no thread for systemd")?;
        let server = server::Options {
            listen: config.listen,
            tls,
            workers: workers(&config),
            running: alive,
            limits: config.limits.clone(),
            local: None,
        };
        let running = Running {
            data: &config.data,
            vault: &store.vault,
            db: store.db,
            clock: store.clock,
            proxies,
            transport,
            assets: assets(),
            server,
            backup: config.backup.clone(),
            calls,
            recordings: config.recordings.limits(),
            transfers: config.transfers.clone(),
            watched,
            post: config.post.clone(),
            maintain_at: config.maintain.at,
            means,
        };
        let ready = |address: SocketAddr| {
            let origin = origin(&config, address);
            tracing::info!(origin, "serving");
            announce(&how_to_reach(&config, address, link.as_deref()).unwrap_or_default());
            systemd::ready(&format!("Serving {origin}"));
        };
        let stopping = || {
            systemd::stopping();
            // The writer ends too: it has no more life to prove.
            drop(watchdog);
        };
        match app::serve(running, ready, stopping) {
            // It says itself what to change.
            Err(error) if error.get_ref().is_some_and(|inner| inner.is::<calls::CannotOpen>()) => Err(error.into()),
            served => served.with_context(|| {
                format!("cannot serve on {}; another address can be chosen with --listen", config.listen)
            }),
        }
    }
}

/// What the machine, or the control group, allows; what the configuration says beyond that is not done.
fn means(limits: &mut Limits) -> Means {
    let bytes = memory::allowed(None);
    // Where nobody says, as in a folder without /proc, only the configuration limits.
    let means = Means::of(bytes.unwrap_or(u64::MAX));
    limits.password_hashes = limits.password_hashes.min(means.password_hashes_max);
    set_writer_cache(means.cache_kib);
    let picture_mib = means.picture_bytes >> 20;
    match bytes {
        Some(bytes) => tracing::info!(memory_mib = bytes >> 20, picture_mib, "memory"),
        None => tracing::info!(picture_mib, "the system does not say how much memory there is"),
    }
    means
}

/// Who is to know the address: the public one, or the one that was listened at.
fn origin(config: &Config, address: SocketAddr) -> String {
    if let Some(public) = &config.public_url {
        return public.trim_end_matches('/').to_lowercase();
    }
    let scheme = if encrypts(config) { "https" } else { "http" };
    format!("{scheme}://{}", addresses::reachable(address))
}

/// Whether we speak TLS ourselves.
fn encrypts(config: &Config) -> bool {
    config.tls.certificate.is_some() || (!config.listen.ip().is_loopback() && config.behind_proxy.is_empty())
}

/// For the operator: where it is, how a self-made certificate is recognised, and the link to set up if there is one.
pub(super) fn how_to_reach(config: &Config, address: SocketAddr, link: Option<&str>) -> Result<Vec<String>> {
    let origin = origin(config, address);
    let mut lines = Vec::new();
    if let Some(own) = certificate(config)?.filter(|certificate| certificate.self_made) {
        let fingerprint = own.fingerprint();
        lines.push(format!("The certificate is self-made; browsers warn. Its SHA-256 fingerprint: {fingerprint}"));
    }
    lines.push(match link {
        Some(secret) => format!("Open {origin}/setup#{secret} to set up Parlor."),
        None => format!("Parlor serves {origin}"),
    });
    Ok(lines)
}

fn announce(lines: &[String]) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        // Nobody may be reading; that is no reason to stop.
        let _ = writeln!(out, "{line}");
    }
}

/// The operator's certificate; none on loopback or behind a proxy; otherwise one of our own making.
fn certificate(config: &Config) -> Result<Option<Certificate>> {
    if let (Some(certificate), Some(key)) = (&config.tls.certificate, &config.tls.key) {
        return Ok(Some(Certificate::load(certificate, key)?));
    }
    if !encrypts(config) {
        return Ok(None);
    }
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.push(addresses::reachable(config.listen).ip().to_string());
    let host = config.public_url.as_deref().and_then(|url| url.split("://").nth(1)?.split([':', '/']).next());
    names.extend(host.filter(|host| !host.is_empty()).map(str::to_owned));
    Ok(Some(Certificate::self_made(&config.data.join("tls"), names)?))
}

fn watched(config: &Config, certificate: Option<&Certificate>) -> Result<Watched> {
    let facts = |certificate: &Certificate| {
        Some(CertificateFacts { expires_at: certificate.expires_at()?, self_made: certificate.self_made })
    };
    let access = config.metrics.token_file.as_deref().map(metrics_token).transpose()?.unwrap_or_default();
    Ok(Watched { certificate: certificate.and_then(facts), access, listen: config.metrics.listen })
}

/// What is shorter can be guessed.
const METRICS_TOKEN_MIN: usize = 16;

fn metrics_token(path: &Path) -> Result<Access> {
    let token = fs::read_to_string(path).with_context(|| format!("the metrics token {}", path.display()))?;
    let token = token.trim();
    if token.len() < METRICS_TOKEN_MIN {
        bail!("the metrics token {} is shorter than {METRICS_TOKEN_MIN} characters", path.display());
    }
    Ok(Access::by_token(token))
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

/// Every socket is a descriptor, and the usual soft limit is for another century.
pub(super) fn raise_descriptor_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}
