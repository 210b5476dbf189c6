//! Which addresses of the network may be reached. Pure but for the look-up of names.
//!
//! Whoever may enter an address must not get to what only this machine can reach: the metadata of a cloud, a database without
//! a password, the neighbours. So everything that is not of the public internet is refused, but for what the operator named.

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// `[post]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Networks that messages may be sent to beside the public internet.
    pub allow: Vec<IpNet>,
}

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Reach(Arc<[IpNet]>);

/// The address is one that nothing may be sent to.
#[derive(Debug, thiserror::Error)]
#[error("the address is in a network that messages may not be sent to")]
pub struct Forbidden;

impl Reach {
    pub fn new(settings: &Settings) -> Reach {
        Reach(settings.allow.as_slice().into())
    }

    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether the host of an address of the web is no number, or one that may be reached. A number is never looked up.
    pub fn admits_host(&self, url: &reqwest::Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        number.map_or(true, |address| self.admits(address))
    }
}

/// Looks a name up once: those addresses, all of them checked, are what is connected to. A name with one address that may not
/// be reached has none.
impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !reach.admits(address.ip())) {
                return Err(Forbidden.into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// By the registry of special addresses (RFC 6890 and what came after).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || (a == 100 && b & 0xc0 == 64)         // behind a provider's translation
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && b & 0xfe == 18)         // benchmarks
        || a >= 224; // multicast, reserved, broadcast
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    let carried = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    match (a, b) {
        // An IPv4 address within: 6to4, and the well-known prefix of NAT64.
        (0x2002, _) => carried(b, c),
        (0x64, 0xff9b) => {
            let [.., high, low] = address.segments();
            address.segments()[2..6] == [0; 4] && carried(high, low)
        }
        // Teredo and its neighbours, documentation.
        (0x2001, 0..0x200 | 0xdb8) | (0x3fff, 0..0x1000) => false,
        _ => (0x2000..0x4000).contains(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(allow: &[&str]) -> Reach {
        Reach::new(&Settings { allow: allow.iter().map(|network| network.parse().unwrap()).collect() })
    }

    #[test]
    fn the_public_internet_and_nothing_else() {
        let reach = reach(&[]);
        for public in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "64:ff9b::101:101"] {
            assert!(reach.admits(public.parse().unwrap()), "{public}");
        }
        for other in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
            "fd00:ec2::254",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!reach.admits(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn what_the_operator_named_is_reached_however_it_is_written() {
        let reach = reach(&["10.0.0.0/8", "fd00::/16"]);
        for named in ["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"] {
            assert!(reach.admits(named.parse().unwrap()), "{named}");
        }
        for other in ["127.0.0.1", "192.168.1.1", "fd01::1"] {
            assert!(!reach.admits(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn a_number_as_a_host_is_seen_through() {
        let reach = reach(&[]);
        for url in
            ["http://127.0.0.1/", "http://[::1]:80/", "http://2130706433/", "http://0x7f.1/", "http://017700000001/"]
        {
            assert!(!reach.admits_host(&url.parse().unwrap()), "{url}");
        }
        assert!(reach.admits_host(&"https://alerts.example/".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_name_of_this_machine_leads_nowhere() {
        assert!(reach(&[]).resolve("localhost".parse().unwrap()).await.is_err_and(|e| e.is::<Forbidden>()));
        let found = reach(&["127.0.0.0/8", "::1/128"]).resolve("localhost".parse().unwrap()).await;
        assert!(found.unwrap().next().is_some());
    }
}
