//! The configuration: `parlor.toml`, over it the environment, over it flags. An unknown key is an error.

use crate::http::Limits;
use crate::kernel::Millis;
use crate::post;
use crate::recording;
use crate::transfers;
use crate::upkeep::At;
use crate::{backup, calls};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use ipnet::IpNet;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where packages put it.
const INSTALLED: &str = "/etc/parlor/parlor.toml";

/// `parlor.toml`. Everything may be left out.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where all this was read.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// The folder with everything: store, keys, attachments. Made if missing, for the owner alone.
    pub data: PathBuf,
    /// `ADDRESS:PORT`. On anything but loopback TLS is spoken, unless a proxy in front does that.
    pub listen: SocketAddr,
    /// The address people use, `https://chat.example`, if it is not the one above.
    pub public_url: Option<String>,
    /// Proxies whose `X-Forwarded-*` are believed. They end TLS; we speak plain HTTP.
    pub behind_proxy: Vec<IpNet>,
    /// Threads for requests; 0 = one for each core.
    pub workers: usize,
    pub tls: Tls,
    pub key: Key,
    pub log: Log,
    pub metrics: Metrics,
    pub limits: Limits,
    pub backup: backup::Settings,
    pub maintain: Maintain,
    pub post: post::Settings,
    pub calls: calls::Settings,
    pub recordings: Recordings,
    pub transfers: transfers::Settings,
}

/// `[recordings]`: of calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    /// None is longer.
    #[serde(deserialize_with = "within_a_day")]
    pub hours_max: u8,
}

fn within_a_day<'de, D: Deserializer<'de>>(value: D) -> Result<u8, D::Error> {
    match u8::deserialize(value)? {
        hours @ 1..=24 => Ok(hours),
        _ => Err(D::Error::custom("[recordings] hours_max is 1 to 24")),
    }
}

impl Recordings {
    pub fn limits(&self) -> recording::Limits {
        recording::Limits { longest_ms: Millis::hours(i64::from(self.hours_max)) }
    }
}

impl Default for Recordings {
    fn default() -> Self {
        Recordings { hours_max: 8 }
    }
}

/// `[maintain]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Maintain {
    /// When the store is looked after each day, UTC; or `off`.
    pub at: At,
}

/// `[tls]`: both or neither. Without them a certificate is made.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM, the server's certificate first.
    pub certificate: Option<PathBuf>,
    /// PEM.
    pub key: Option<PathBuf>,
}

/// `[key]`: what opens the store. Without either: systemd's credential `parlor-master-key`, or else `master.key` in the
/// data folder.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Key {
    pub file: Option<PathBuf>,
    pub passphrase_file: Option<PathBuf>,
}

/// `[metrics]`: who may read `/metrics`, beside administrators' programs. Without either: nobody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// A file with a token that Prometheus sends.
    pub token_file: Option<PathBuf>,
    /// A port on this machine that asks for no token.
    #[serde(deserialize_with = "on_this_machine")]
    pub listen: Option<SocketAddr>,
}

fn on_this_machine<'de, D: Deserializer<'de>>(value: D) -> Result<Option<SocketAddr>, D::Error> {
    let address = SocketAddr::deserialize(value)?;
    if !address.ip().is_loopback() {
        let error = "[metrics] listen must be on this machine, such as 127.0.0.1:9464, since no token is asked there";
        return Err(D::Error::custom(error));
    }
    Ok(Some(address))
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter such as `info,parlor::request=warn`.
    pub level: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Human,
    Json,
}

impl Config {
    /// The flags by which another command of the same person finds the same data; none where it finds it by itself.
    pub fn flags(&self) -> String {
        match &self.file {
            Some(file) if file == Path::new(INSTALLED) => String::new(),
            Some(file) => format!(" --config {} --data {}", file.display(), self.data.display()),
            None => format!(" --data {}", self.data.display()),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            file: None,
            data: "data".into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            behind_proxy: Vec::new(),
            workers: 0,
            tls: Tls::default(),
            key: Key::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            limits: Limits::default(),
            backup: backup::Settings::default(),
            maintain: Maintain::default(),
            post: post::Settings::default(),
            calls: calls::Settings::default(),
            recordings: Recordings::default(),
            transfers: transfers::Settings::default(),
        }
    }
}

impl Default for Maintain {
    fn default() -> Self {
        Maintain { at: At::DEFAULT }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { format: LogFormat::Human, level: "info".into() }
    }
}

/// Flags of every command that opens the store.
#[derive(Args, Clone, Default)]
pub struct StoreArgs {
    /// Configuration file [default: /etc/parlor/parlor.toml if it is there and no --data is given]
    #[arg(long, env = "PARLOR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder [default: ./data]
    #[arg(long, env = "PARLOR_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Master key, instead of DIR/master.key
    #[arg(long, env = "PARLOR_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// File with a passphrase instead of a master key (or PARLOR_PASSPHRASE)
    #[arg(long, env = "PARLOR_PASSPHRASE_FILE", value_name = "FILE", conflicts_with = "key_file")]
    passphrase_file: Option<PathBuf>,
    #[arg(long, env = "PARLOR_LOG_FORMAT", value_enum, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
    /// error, warn, info, debug, or a filter [default: info]
    #[arg(long, env = "PARLOR_LOG_LEVEL", value_name = "LEVEL")]
    log_level: Option<String>,
}

/// Flags of `serve`.
#[derive(Args, Default)]
pub struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, env = "PARLOR_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// The address people use, such as https://chat.example
    #[arg(long, env = "PARLOR_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Certificate, PEM
    #[arg(long, env = "PARLOR_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its key, PEM
    #[arg(long, env = "PARLOR_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Proxies to believe, such as 127.0.0.1/32,10.0.0.0/8
    #[arg(long, env = "PARLOR_BEHIND_PROXY", value_name = "CIDR", value_delimiter = ',')]
    behind_proxy: Vec<IpNet>,
    /// Threads for requests [default: one for each core]
    #[arg(long, env = "PARLOR_WORKERS", value_name = "N")]
    workers: Option<usize>,
    /// Where calls listen, UDP and TCP [default: 0.0.0.0:3478]
    #[arg(long, env = "PARLOR_CALLS_LISTEN", value_name = "ADDR:PORT")]
    calls_listen: Option<SocketAddr>,
}

pub fn load(store: StoreArgs, serve: ServeArgs) -> Result<Config> {
    let file = store.config.clone().or_else(|| installed(&store));
    let mut config = match &file {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("the configuration {}", path.display()))?;
            parse(&text).with_context(|| format!("the configuration {}", path.display()))?
        }
        None => Config::default(),
    };
    config.file = file;
    store.overlay(&mut config);
    serve.overlay(&mut config);
    if config.tls.certificate.is_some() != config.tls.key.is_some() {
        bail!("[tls] needs both certificate and key, or neither");
    }
    Ok(config)
}

/// Who says neither which configuration nor which data means the server that a package has installed here, if one has.
fn installed(store: &StoreArgs) -> Option<PathBuf> {
    let path = Path::new(INSTALLED);
    (store.data.is_none() && path.exists()).then(|| path.to_owned())
}

fn parse(text: &str) -> Result<Config> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        anyhow::anyhow!("line {line}: {}", error.message())
    })
}

impl StoreArgs {
    fn overlay(self, config: &mut Config) {
        config.data = self.data.unwrap_or(std::mem::take(&mut config.data));
        if self.key_file.is_some() || self.passphrase_file.is_some() {
            config.key = Key { file: self.key_file, passphrase_file: self.passphrase_file };
        }
        config.log.format = self.log_format.unwrap_or(config.log.format);
        config.log.level = self.log_level.unwrap_or(std::mem::take(&mut config.log.level));
    }
}

impl ServeArgs {
    fn overlay(self, config: &mut Config) {
        config.listen = self.listen.unwrap_or(config.listen);
        config.public_url = self.public_url.or(config.public_url.take());
        config.workers = self.workers.unwrap_or(config.workers);
        config.calls.listen = self.calls_listen.unwrap_or(config.calls.listen);
        if self.tls_cert.is_some() {
            config.tls = Tls { certificate: self.tls_cert, key: self.tls_key };
        }
        if !self.behind_proxy.is_empty() {
            config.behind_proxy = self.behind_proxy;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explained_file_says_the_defaults() {
        let explained = parse(include_str!("../../packaging/parlor.toml")).unwrap();
        assert_eq!(format!("{explained:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn a_whole_configuration_is_understood() {
        let config = parse(
            r#"
            data = "/var/lib/parlor"
            listen = "0.0.0.0:443"
            public_url = "https://chat.example"
            behind_proxy = ["10.0.0.0/8", "fd00::/8"]
            workers = 4
            [tls]
            certificate = "/etc/parlor/cert.pem"
            key = "/etc/parlor/key.pem"
            [key]
            passphrase_file = "/etc/parlor/passphrase"
            [log]
            format = "json"
            level = "warn"
            [backup]
            folder = "/var/backups/parlor"
            at = ["03:30", "15:30"]
            keep = { daily = 3 }
            public_key = "pbk_CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            [backup.s3]
            endpoint = "https://s3.example"
            bucket = "backups"
            access_key_file = "/run/secrets/s3-access"
            secret_key_file = "/run/secrets/s3-secret"
            [limits]
            body_bytes = 1000
            sign_in = { times = 3, seconds = 60 }
            "#,
        )
        .unwrap();
        assert_eq!(config.behind_proxy.len(), 2);
        assert_eq!((config.limits.body_bytes, config.limits.sign_in.times.get()), (1_000, 3));
        assert_eq!(config.limits.body_depth, Limits::default().body_depth);
    }

    #[test]
    fn a_typing_error_is_not_ignored() {
        for bad in [
            "lisen = \"127.0.0.1:1\"",
            "[tls]\ncert = \"x\"",
            "[limits]\nbody = 1",
            "[backup]\nat = [\"3:30\"]",
            "[backup]\nat = [\"24:00\"]",
            "[backup]\npublic_key = \"pbs_secret\"",
            "[backup.s3]\nbucket = \"b\"",
            "[maintain]\nat = \"noon\"",
            "[post]\nallow = [\"the office\"]",
            "[recordings]\nhours_max = 25",
            "[transfers]\nanswer_seconds = 0",
            "[metrics]\nlisten = \"0.0.0.0:9464\"",
            "[limits]\nsign_in = { times = 0, seconds = 1 }",
        ] {
            assert!(!parse(bad).unwrap_err().to_string().contains('\n'), "{bad}");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_rest_stays() {
        let mut config = parse("data = \"a\"\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"").unwrap();
        StoreArgs { data: Some("b".into()), ..StoreArgs::default() }.overlay(&mut config);
        ServeArgs { workers: Some(3), ..ServeArgs::default() }.overlay(&mut config);
        assert_eq!((config.data, config.workers, config.listen.port()), ("b".into(), 3, 1));
        assert_eq!(config.log.level, "warn");
    }
}
