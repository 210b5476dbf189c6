//! Where browsers are told to find us.

use crate::media::Settings;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

#[derive(Clone, Debug)]
pub struct Announced {
    pub udp: Vec<SocketAddr>,
    pub tcp: Vec<SocketAddr>,
    /// Name or address, and port, for `turns:`.
    pub tls: Option<(String, u16)>,
}

impl Announced {
    pub fn new(settings: &Settings, udp: SocketAddr, tcp: Option<u16>, tls: Option<u16>) -> io::Result<Announced> {
        let addresses = match settings.addresses.as_slice() {
            [] if udp.ip().is_unspecified() => own_addresses(),
            [] => vec![udp.ip()],
            given => given.to_vec(),
        };
        let Some(first) = addresses.first() else {
            return Err(io::Error::other("no address of this machine was found: set calls.addresses"));
        };
        let at = |port: u16| addresses.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        let name = settings.tls_name.clone().unwrap_or_else(|| host(*first));
        Ok(Announced { udp: at(udp.port()), tcp: tcp.map(at).unwrap_or_default(), tls: tls.map(|port| (name, port)) })
    }

    /// By which name a relay is known: nothing listens there. Of the ports that systems give away, in turn.
    pub fn relayed(&self, no: u64, v4: bool) -> Option<SocketAddr> {
        let host = self.udp.iter().map(SocketAddr::ip).find(|ip| ip.is_ipv4() == v4)?;
        Some(SocketAddr::new(host, 49_152 + (no % 16_384) as u16))
    }

    /// Whether a relay may lead there: to the port of ours that takes media.
    pub fn is_ours(&self, address: SocketAddr) -> bool {
        self.udp.contains(&address)
    }

    pub fn is_our_host(&self, address: IpAddr) -> bool {
        self.udp.iter().any(|ours| ours.ip() == address)
    }
}

/// As it stands in an address with a port.
pub fn host(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

/// Of every interface that is up; this machine's own loop only if there is nothing else.
fn own_addresses() -> Vec<IpAddr> {
    let mut found = Vec::new();
    // The one towards others first: it is the likeliest to be reached.
    let towards_others = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    found.extend(towards_others.ok().map(|address| address.ip()));
    let table = std::fs::read_to_string("/proc/self/net/fib_trie").unwrap_or_default();
    for address in local(&table) {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        found.push(Ipv4Addr::LOCALHOST.into());
    }
    found
}

/// The kernel's table has an address in one line and that it is ours in the next.
fn local(table: &str) -> Vec<IpAddr> {
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    let ours = lines.windows(2).filter(|two| two[1] == "/32 host LOCAL");
    let addresses = ours.filter_map(|two| two[0].strip_prefix("|-- ")?.parse::<Ipv4Addr>().ok());
    addresses.filter(|address| !address.is_loopback()).map(IpAddr::V4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_but_the_loop_is_announced() {
        let table = "Main:\n  +-- 0.0.0.0/0 2 0 2\n     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 10.1.2.7\n        /32 host LOCAL\n     \
                     |-- 10.1.2.255\n        /32 link BROADCAST\n     |-- 192.168.0.3\n        /32 host LOCAL\n";
        let found: Vec<String> = local(table).iter().map(IpAddr::to_string).collect();
        assert_eq!(found, ["10.1.2.7", "192.168.0.3"]);
    }

    #[test]
    fn a_name_and_addresses_that_are_set_are_taken() {
        let settings = Settings {
            addresses: vec!["203.0.113.9".parse().unwrap()],
            tls_name: Some("calls.example".into()),
            ..Settings::default()
        };
        let announced = Announced::new(&settings, "0.0.0.0:3478".parse().unwrap(), Some(3478), Some(5349)).unwrap();
        assert_eq!(announced.udp, ["203.0.113.9:3478".parse::<SocketAddr>().unwrap()]);
        assert_eq!(announced.tls, Some(("calls.example".into(), 5349)));
        assert!(announced.is_ours("203.0.113.9:3478".parse().unwrap()));
        assert!(!announced.is_ours("203.0.113.9:22".parse().unwrap()));
        assert!(!announced.is_ours("127.0.0.1:3478".parse().unwrap()));
    }
}
