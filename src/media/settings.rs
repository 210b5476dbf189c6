//! What the operator decides.

use rustls::ServerConfig;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

#[derive(Clone)]
pub struct Settings {
    /// ICE, media and TURN. Port 0 takes any.
    pub udp: SocketAddr,
    /// The same over TCP, for networks where UDP does not pass.
    pub tcp: Option<SocketAddr>,
    /// TURN over TLS, for networks that let only TLS pass.
    pub tls: Option<(SocketAddr, Arc<ServerConfig>)>,
    /// The name in the certificate, for the `turns:` address; without one, browsers refuse most certificates.
    pub tls_name: Option<String>,
    /// Where browsers reach us. Empty: this machine's own addresses.
    pub addresses: Vec<IpAddr>,
    pub calls_max: usize,
    /// Of one call.
    pub legs_max: usize,
    /// Video that a leg may send, all pictures together.
    pub kbit_max: u32,
    /// What a leg may send through TURN, everything together.
    pub turn_kbit_max: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            udp: SocketAddr::from(([0, 0, 0, 0], 3_478)),
            tcp: Some(SocketAddr::from(([0, 0, 0, 0], 3_478))),
            tls: None,
            tls_name: None,
            addresses: Vec::new(),
            calls_max: 50,
            legs_max: 6,
            kbit_max: 1_500,
            turn_kbit_max: 4_000,
        }
    }
}
