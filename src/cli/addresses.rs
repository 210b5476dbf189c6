//! Addresses of this machine that others may reach, for somebody who has to open one in a browser.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// An address to click on: "every address" is none.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip().is_unspecified() {
        true => SocketAddr::new(own().unwrap_or(Ipv4Addr::LOCALHOST.into()), address.port()),
        false => address,
    }
}

/// The one that would be used to reach others; in a network that leads nowhere, the first there is.
pub fn own() -> Option<IpAddr> {
    towards_others().or_else(|| Some(local(&fs::read_to_string("/proc/self/net/fib_trie").ok()?)?.into()))
}

/// Nothing is sent.
fn towards_others() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The kernel's table has an address in one line and that it is ours in the next.
fn local(table: &str) -> Option<Ipv4Addr> {
    let lines: Vec<&str> = table.lines().map(str::trim).collect();
    lines.windows(2).filter(|two| two[1] == "/32 host LOCAL").find_map(|two| {
        let address: Ipv4Addr = two[0].strip_prefix("|-- ")?.parse().ok()?;
        (!address.is_loopback()).then_some(address)
    })
}

/// Of `https://chat.example:8443/x` the host; without the brackets of an IPv6 address.
pub fn host_of(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let place = rest.split(['/', '?', '#']).next()?;
    let host = match place.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => place.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_owned())
}

/// Whether one listener is in the way of the other.
pub fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let all = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() == other.port() && one.port() != 0 && (all || one.ip() == other.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_where_nothing_leads_outside() {
        let table = "Main:\n  +-- 0.0.0.0/0 2 0 2\n     |-- 127.0.0.1\n        /32 host LOCAL\n     +-- 10.1.2.0/24 2 0 1\n        \
                     |-- 10.1.2.0\n           /24 link UNICAST\n        |-- 10.1.2.7\n           /32 host LOCAL\n        \
                     |-- 10.1.2.255\n           /32 link BROADCAST\n";
        assert_eq!(local(table), Some(Ipv4Addr::new(10, 1, 2, 7)));
        assert_eq!(local("     |-- 127.0.0.1\n        /32 host LOCAL\n"), None);
    }
}
