//! Our address: free or ours; and whether the name people use is known here.

use super::super::addresses::host_of;
use super::super::config::Config;
use super::findings::Findings;
use super::server::Holder;
use crossbeam_channel::bounded;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::time::Duration;

/// A resolver that does not answer.
const LOOK_UP_MAX: Duration = Duration::from_secs(5);

pub fn examine(found: &mut Findings, config: &Config, holder: Holder, offline: bool) {
    port(found, config, holder);
    if offline {
        return;
    }
    let Some(host) = config.public_url.as_deref().and_then(host_of) else { return };
    if host.parse::<IpAddr>().is_ok() {
        return;
    }
    match look_up(&host) {
        Ok(addresses) if !addresses.is_empty() => {
            let said: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            found.ok("dns.name", format!("{host} is {}", said.join(", ")));
        }
        _ => found.warn(
            "dns.name",
            format!("this machine does not know the name {host}"),
            "look at DNS; if people's machines know it and this one need not, all is well",
        ),
    }
}

fn port(found: &mut Findings, config: &Config, holder: Holder) {
    let listen = config.listen;
    match (TcpListener::bind(listen), holder) {
        (Ok(_), Holder::Nobody) => found.ok("port.listen", format!("{listen} is free")),
        (Ok(_), Holder::Process(_)) => found.warn(
            "port.listen",
            format!("a server runs, but nobody listens on {listen}"),
            "it may have been started with another address: examine with the same settings",
        ),
        (Err(error), Holder::Process(_)) if error.kind() == io::ErrorKind::AddrInUse => {
            found.ok("port.listen", format!("{listen} is in use while our server runs"));
        }
        (Err(error), _) => found.error("port.listen", format!("{listen}: {error}"), remedy(&error)),
    }
}

pub fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program listens there: stop it, or choose another address with listen",
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: use one of its own, or 0.0.0.0",
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or another port"
        }
        _ => "choose another address with listen",
    }
}

fn look_up(host: &str) -> io::Result<Vec<IpAddr>> {
    let (tell, answer) = bounded(1);
    let name = (host.to_owned(), 0);
    // It ends with the program, at the latest.
    std::thread::Builder::new().name("resolver".into()).spawn(move || {
        let found = name.to_socket_addrs().map(|all| all.map(|address| address.ip()).collect());
        let _ = tell.send(found);
    })?;
    answer.recv_timeout(LOOK_UP_MAX).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Where to knock for that address.
pub fn addresses_of(url: &str) -> io::Result<Vec<SocketAddr>> {
    let host = host_of(url).ok_or(io::ErrorKind::InvalidInput)?;
    let place = url.split_once("://").map_or(url, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or_default();
    let after_host = place.rsplit_once(']').map_or(place, |(_, after)| after);
    let given = after_host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let port = given.unwrap_or(if url.starts_with("https://") { 443 } else { 80 });
    let known: Vec<IpAddr> = host.parse().map_or_else(|_| look_up(&host), |address| Ok(vec![address]))?;
    Ok(known.into_iter().map(|address| SocketAddr::new(address, port)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (url, host, place) in [
            ("https://127.0.0.1", "127.0.0.1", "127.0.0.1:443"),
            ("http://127.0.0.1:8080/x", "127.0.0.1", "127.0.0.1:8080"),
            ("https://[::1]:8443/", "::1", "[::1]:8443"),
        ] {
            assert_eq!(host_of(url).unwrap(), host);
            assert_eq!(addresses_of(url).unwrap(), [place.parse::<SocketAddr>().unwrap()]);
        }
        assert_eq!(host_of("https://"), None);
    }
}
