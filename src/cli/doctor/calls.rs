//! Calls: their port, the addresses that browsers are told, and whether browsers will open a microphone here at all.

use super::super::addresses;
use super::super::addresses::host_of;
use super::super::config::Config;
use super::findings::Findings;
use super::network::remedy;
use super::server::Holder;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};

pub fn examine(found: &mut Findings, config: &Config, holder: Holder) {
    if !config.calls.enabled {
        found.note(
            "calls.port",
            "calls are off: no port is opened",
            "[calls] enabled = true, if there should be calls",
        );
        return;
    }
    for (check, listen, with_udp) in
        [("calls.port", Some(config.calls.listen), true), ("calls.tls_port", config.calls.tls_listen, false)]
    {
        match listen {
            Some(listen) if addresses::meet(listen, config.listen) => found.error(
                check,
                format!("[calls] {listen} is where the pages are served"),
                "give calls another port or another address of this machine",
            ),
            Some(listen) => port(found, check, listen, holder, with_udp),
            None => {}
        }
    }
    announced(found, config);
    secure(found, config);
}

fn port(found: &mut Findings, check: &'static str, listen: SocketAddr, holder: Holder, with_udp: bool) {
    if listen.port() == 0 {
        found.ok(check, format!("any free port of {}", listen.ip()));
        return;
    }
    let udp = if with_udp { UdpSocket::bind(listen).map(drop) } else { Ok(()) };
    let over = if with_udp { "UDP and TCP" } else { "TCP" };
    match (udp.and_then(|()| TcpListener::bind(listen).map(drop)), holder) {
        (Ok(()), Holder::Nobody) => found.ok(check, format!("{listen} is free, {over}")),
        (Ok(()), Holder::Process(_)) => found.warn(
            check,
            format!("a server runs, but nobody takes calls on {listen}"),
            "it may have been started with other settings: examine with the same ones",
        ),
        (Err(error), Holder::Process(_)) if error.kind() == io::ErrorKind::AddrInUse => {
            found.ok(check, format!("{listen} is in use while our server runs; the firewall must let {over} pass"));
        }
        (Err(error), _) => found.error(check, format!("[calls] {listen}: {error}"), remedy(&error)),
    }
}

/// What browsers connect to.
fn announced(found: &mut Findings, config: &Config) {
    let calls = &config.calls;
    let addresses: Vec<IpAddr> = match calls.listen.ip() {
        _ if !calls.addresses.is_empty() => calls.addresses.clone(),
        every if every.is_unspecified() => addresses::own().into_iter().collect(),
        one => vec![one],
    };
    let said = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let public = config.public_url.as_deref().and_then(host_of).and_then(|host| host.parse::<IpAddr>().ok());
    if addresses.iter().all(IpAddr::is_loopback) {
        let elsewhere = !config.listen.ip().is_loopback() || config.public_url.is_some();
        let what = format!("browsers are told to connect to {}", if said.is_empty() { "nothing" } else { &said });
        match elsewhere {
            true => found.warn("calls.address", what, "name the address others reach in [calls] addresses"),
            false => found.ok("calls.address", format!("{what}: calls on this machine alone")),
        }
    } else if calls.addresses.is_empty() && public.is_some_and(|public| !addresses.contains(&public)) {
        found.warn(
            "calls.address",
            format!("browsers are told to connect to {said}, but people reach this server at another address"),
            "behind NAT, name the public address in [calls] addresses and forward the port, UDP and TCP",
        );
    } else {
        found.ok("calls.address", format!("browsers are told to connect to {said}"));
    }
}

/// Browsers give a microphone to https alone, and to this very machine.
fn secure(found: &mut Findings, config: &Config) {
    let local = |host: &str| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let plain = config.public_url.as_deref().filter(|url| url.starts_with("http://")).and_then(host_of);
    match plain.filter(|host| !local(host)) {
        Some(host) => found.warn(
            "calls.https",
            format!("people open http://{host}: their browsers will give no microphone and no camera there"),
            "serve https, with a certificate that those browsers trust",
        ),
        None => found.ok("calls.https", "browsers may give microphone and camera to this address"),
    }
}
