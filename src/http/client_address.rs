//! Where a request really comes from, and which address of ours it was sent to.
//!
//! `X-Forwarded-*` is believed only from configured proxies, read from the right: everything left of the first address
//! that is not such a proxy may be the client's invention.

use crate::kernel::Error;
use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use ipnet::IpNet;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Configuration: whom to believe, and the address people use.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    trusted: Vec<IpNet>,
    /// `https://chat.example`, lower case, without a path.
    public_origin: Option<String>,
}

/// The caller of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    pub ip: IpAddr,
    /// Of ours, as the browser spells it: `https://chat.example:8443`.
    pub own_origin: String,
}

/// In the application's data: whether we encrypt what we serve.
#[derive(Clone, Copy)]
pub(super) struct Encrypted(pub bool);

/// What limits count by: an address, or for IPv6 the /64 that one subscriber has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AddressGroup(IpAddr);

impl Client {
    pub fn group(&self) -> AddressGroup {
        AddressGroup(match self.ip {
            IpAddr::V4(v4) => IpAddr::V4(v4),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        })
    }

    /// Whether the browser's side of the way is encrypted.
    pub fn is_secure(&self) -> bool {
        self.own_origin.starts_with("https://")
    }

    pub fn of(request: &HttpRequest) -> Client {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let tls = request.app_data::<Encrypted>().is_some_and(|encrypted| encrypted.0);
        let host = request.uri().authority().map(|authority| authority.as_str());
        match request.app_data::<web::Data<Proxies>>() {
            Some(proxies) => proxies.client(peer, tls, host, request.headers()),
            None => Proxies::default().client(peer, tls, host, request.headers()),
        }
    }
}

impl FromRequest for Client {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Client::of(request)))
    }
}

impl Proxies {
    /// `public_url` is `http(s)://host[:port]`, perhaps with a slash behind.
    pub fn new(trusted: Vec<IpNet>, public_url: Option<&str>) -> Result<Self, Error> {
        let public_origin = public_url.map(parse_origin).transpose()?;
        Ok(Proxies { trusted, public_origin })
    }

    pub fn public_origin(&self) -> Option<&str> {
        self.public_origin.as_deref()
    }

    fn client(&self, peer: IpAddr, tls: bool, authority: Option<&str>, headers: &HeaderMap) -> Client {
        let peer = peer.to_canonical();
        let direct_host = || authority.map(str::to_owned).or_else(|| last(headers, &header::HOST));
        let (ip, scheme, host) = if self.trusts(peer) {
            let scheme = last(headers, &HeaderName::from_static("x-forwarded-proto"));
            let host = last(headers, &HeaderName::from_static("x-forwarded-host"));
            (self.forwarded_for(peer, headers), scheme, host.or_else(direct_host))
        } else {
            (peer, None, direct_host())
        };
        let https = scheme.map_or(tls, |scheme| scheme.eq_ignore_ascii_case("https"));
        let host = host.filter(|host| is_host(host)).unwrap_or_default().to_ascii_lowercase();
        Client { ip, own_origin: self.own_origin(https, &host) }
    }

    /// A proxy that ends TLS on the same machine may not say so: our public address does.
    fn own_origin(&self, https: bool, host: &str) -> String {
        match &self.public_origin {
            Some(origin) if origin.split_once("://").is_some_and(|(_, public)| public == host) => origin.clone(),
            _ => format!("{}://{host}", if https { "https" } else { "http" }),
        }
    }

    fn forwarded_for(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
        let mut ip = peer;
        for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            if !self.trusts(ip) {
                break;
            }
            match parse_hop(hop.trim()) {
                Some(hop) => ip = hop,
                None => break,
            }
        }
        ip
    }

    fn trusts(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&ip))
    }
}

/// Some proxies add the port.
fn parse_hop(hop: &str) -> Option<IpAddr> {
    let bare = hop.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(ip.to_canonical())
}

/// The last value: the one our own proxy wrote.
fn last(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let line = headers.get_all(name).last()?.to_str().ok()?;
    line.rsplit(',').next().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// It ends up in headers of our own.
fn is_host(host: &str) -> bool {
    !host.is_empty()
        && host.len() <= 255
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

fn parse_origin(url: &str) -> Result<String, Error> {
    let url = url.trim_end_matches('/').to_ascii_lowercase();
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if is_host(host) => Ok(url),
        _ => Err(Error::malformed(format!("the public address \"{url}\" is not of the form https://chat.example"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let name = |name: &str| HeaderName::from_bytes(name.as_bytes()).unwrap();
        let mut map = HeaderMap::new();
        lines.iter().for_each(|(n, value)| map.append(name(n), HeaderValue::from_str(value).unwrap()));
        map
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn behind(nets: &[&str]) -> Proxies {
        Proxies { trusted: nets.iter().map(|net| net.parse().unwrap()).collect(), public_origin: None }
    }

    #[test]
    fn a_stranger_cannot_choose_its_address() {
        let sent = headers(&[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https"), ("host", "Chat:80")]);
        let client = behind(&["10.0.0.0/8"]).client(ip("203.0.113.9"), false, None, &sent);
        assert_eq!(client, Client { ip: ip("203.0.113.9"), own_origin: "http://chat:80".into() });
    }

    #[test]
    fn the_chain_is_read_from_the_right_as_far_as_it_is_trusted() {
        let proxies = behind(&["10.0.0.0/8", "fd00::/8"]);
        let from = |forwarded: &[(&str, &str)]| proxies.client(ip("10.0.0.1"), false, None, &headers(forwarded)).ip;
        assert_eq!(from(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2")]), ip("203.0.113.9"));
        assert_eq!(from(&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "203.0.113.9")]), ip("203.0.113.9"));
        assert_eq!(from(&[("x-forwarded-for", "203.0.113.9:4711")]), ip("203.0.113.9"));
        assert_eq!(from(&[("x-forwarded-for", "[2001:db8::1]:4711, fd00::1")]), ip("2001:db8::1"));
        assert_eq!(from(&[("x-forwarded-for", "203.0.113.9, nonsense")]), ip("10.0.0.1"));
        assert_eq!(from(&[]), ip("10.0.0.1"));
    }

    #[test]
    fn a_mapped_address_is_the_one_it_maps() {
        let client = behind(&["10.0.0.0/8"]).client(
            ip("::ffff:10.0.0.1"),
            false,
            None,
            &headers(&[("x-forwarded-for", "9.9.9.9")]),
        );
        assert_eq!(client.ip, ip("9.9.9.9"));
    }

    #[test]
    fn our_own_address_is_what_the_browser_shows() {
        let own = |proxies: &Proxies, tls, lines: &[(&str, &str)]| {
            proxies.client(ip("10.0.0.1"), tls, None, &headers(lines)).own_origin
        };
        let forwarded = [("host", "inner:8080"), ("x-forwarded-host", "Chat.Example"), ("x-forwarded-proto", "https")];
        assert_eq!(own(&behind(&["10.0.0.0/8"]), false, &forwarded), "https://chat.example");
        assert_eq!(own(&behind(&[]), true, &forwarded), "https://inner:8080");
        let public = Proxies::new(vec![], Some("https://Chat.Example/")).unwrap();
        assert_eq!(own(&public, false, &[("host", "chat.example")]), "https://chat.example");
        assert_eq!(own(&public, false, &[("host", "127.0.0.1:8080")]), "http://127.0.0.1:8080");
        assert_eq!(own(&public, false, &[("host", "a b; x")]), "http://");
        assert!(Proxies::new(vec![], Some("chat.example")).is_err());
        assert!(Proxies::new(vec![], Some("https://chat.example/parlor")).is_err());
    }

    #[test]
    fn limits_count_an_ipv6_subscriber_once() {
        let group = |text: &str| Client { ip: ip(text), own_origin: String::new() }.group();
        assert_eq!(group("2001:db8:1:2::3"), group("2001:db8:1:2:ffff::9"));
        assert_ne!(group("2001:db8:1:2::3"), group("2001:db8:1:3::3"));
        assert_ne!(group("192.0.2.1"), group("192.0.2.2"));
    }
}
