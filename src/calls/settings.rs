//! `[calls]` of the configuration.

use super::lifecycle::Caps;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};

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

impl Settings {
    pub fn caps(&self) -> Caps {
        Caps { calls_max: self.calls_max, participants_max: self.participants_max }
    }
}
