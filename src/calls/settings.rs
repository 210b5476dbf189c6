//! `[calls]` of the configuration.

use super::lifecycle::Caps;
use crate::media;
use rustls::ServerConfig;
use serde::Deserialize;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Off: no port is opened.
    pub enabled: bool,
    /// ICE, media and TURN, over UDP and over TCP.
    pub listen: SocketAddr,
    /// TURN over TLS with the server's certificate.
    pub tls_listen: Option<SocketAddr>,
    /// Where browsers reach us; none: this machine's own addresses.
    pub addresses: Vec<IpAddr>,
    pub calls_max: usize,
    /// Of one call.
    pub participants_max: usize,
    /// Of pictures that one may send.
    pub kbit_max: u32,
    /// That one may send through TURN, all together.
    pub turn_kbit_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            enabled: true,
            listen: SocketAddr::from(([0, 0, 0, 0], 3_478)),
            tls_listen: None,
            addresses: Vec::new(),
            calls_max: 50,
            participants_max: 6,
            kbit_max: 1_500,
            turn_kbit_max: 4_000,
        }
    }
}

/// Calls cannot be taken as they are configured. The words name the setting.
#[derive(Debug)]
pub struct CannotOpen(pub String);

impl fmt::Display for CannotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CannotOpen {}

/// The settings, and what of the server they need.
#[derive(Clone)]
pub struct Equipment {
    pub settings: Settings,
    /// The server's own.
    pub tls: Option<Arc<ServerConfig>>,
    /// The name in its certificate.
    pub tls_name: Option<String>,
}

impl Equipment {
    /// `None`: no calls.
    pub(super) fn media(&self) -> io::Result<Option<media::Settings>> {
        let settings = &self.settings;
        if !settings.enabled {
            return Ok(None);
        }
        let without = || {
            let why =
                "[calls] tls_listen needs the server's certificate: set [tls] certificate and key, or leave it out";
            io::Error::other(CannotOpen(why.into()))
        };
        let tls =
            settings.tls_listen.map(|at| self.tls.clone().ok_or_else(without).map(|tls| (at, tls))).transpose()?;
        Ok(Some(media::Settings {
            udp: settings.listen,
            tcp: Some(settings.listen),
            tls,
            tls_name: self.tls_name.clone(),
            addresses: settings.addresses.clone(),
            calls_max: settings.calls_max,
            legs_max: settings.participants_max,
            kbit_max: settings.kbit_max,
            turn_kbit_max: settings.turn_kbit_max,
        }))
    }

    pub(super) fn cannot_open(&self, error: &io::Error) -> io::Error {
        let Settings { listen, tls_listen, .. } = &self.settings;
        let tls = tls_listen.map(|at| format!(" or {at} (tls_listen)")).unwrap_or_default();
        let why = format!(
            "calls cannot be taken on {listen}{tls}: {error}. Choose another port with [calls] listen or --calls-listen, or set [calls] enabled = false"
        );
        io::Error::new(error.kind(), CannotOpen(why))
    }
}

impl Settings {
    pub fn caps(&self) -> Caps {
        Caps { calls_max: self.calls_max, participants_max: self.participants_max }
    }
}
