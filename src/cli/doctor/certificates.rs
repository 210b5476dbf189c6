//! Our certificate: readable, its key fits, its names are those that people use, its time is not over, its chain is whole.

use super::super::addresses::host_of;
use super::super::config::Config;
use super::super::owner;
use super::findings::Findings;
use crate::http::Certificate;
use crate::kernel::Millis;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::net::IpAddr;
use std::path::Path;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Time to get a new one.
const DAYS_LEFT_MIN: i64 = 21;

/// How the server proves who it is, for whoever connects to it.
pub enum Spoken {
    Plain,
    SelfMade,
    Operators,
}

pub fn examine(found: &mut Findings, config: &Config, now: Millis) -> Spoken {
    let (Some(chain), Some(key)) = (&config.tls.certificate, &config.tls.key) else {
        if config.listen.ip().is_loopback() || !config.behind_proxy.is_empty() {
            found.ok("tls.certificate", "plain HTTP, to this machine or to the proxy");
            return Spoken::Plain;
        }
        found.warn(
            "tls.certificate",
            "the certificate is self-made: browsers warn, and pages of yours cannot show the chat",
            "set tls.certificate and tls.key, or put a proxy in front",
        );
        return Spoken::SelfMade;
    };
    let unreadable = [chain, key].into_iter().find(|file| !owner::may_read(&config.data, file));
    match (Certificate::load(chain, key).and_then(Certificate::into_config), unreadable) {
        (Ok(_), Some(file)) => found.error(
            "tls.key",
            format!("the user whose data this is may not read {}", file.display()),
            format!("chown root:parlor {0}; chmod 0640 {0}", file.display()),
        ),
        (Ok(_), None) => found.ok("tls.key", "the certificate's key fits"),
        (Err(error), _) => found.error("tls.key", error.to_string(), "the server does not start until both fit"),
    }
    let bytes: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(chain).and_then(Iterator::collect).unwrap_or_default();
    let parsed: Vec<_> = bytes.iter().filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1)).collect();
    if let Some(own) = parsed.first() {
        time(found, &parsed, now);
        names(found, config, own);
        whole(found, chain, &parsed);
    }
    Spoken::Operators
}

fn time(found: &mut Findings, chain: &[X509Certificate<'_>], now: Millis) {
    let seconds = now.0 / 1_000;
    let from = chain.iter().map(|one| one.validity().not_before.timestamp()).max().unwrap_or(0);
    let until = chain.iter().map(|one| one.validity().not_after.timestamp()).min().unwrap_or(0);
    let days = (until - seconds).div_euclid(86_400);
    if until <= seconds {
        found.error("tls.time", format!("a certificate ended {} days ago", -days), "renew it and restart the server");
    } else if from > seconds {
        found.error("tls.time", "a certificate is not valid yet", "look at the clock, or wait");
    } else if days < DAYS_LEFT_MIN {
        found.warn("tls.time", format!("the certificate ends in {days} days"), "renew it and restart the server");
    } else {
        found.ok("tls.time", format!("the certificate is good for {days} days"));
    }
}

fn names(found: &mut Findings, config: &Config, own: &X509Certificate<'_>) {
    let Some(host) = config.public_url.as_deref().and_then(host_of) else { return };
    let alternatives = own.subject_alternative_name().ok().flatten();
    let names = alternatives.map(|names| names.value.general_names.as_slice()).unwrap_or_default();
    if names.iter().any(|name| covers(name, &host)) {
        found.ok("tls.names", format!("the certificate is {host}'s"));
    } else {
        let said: Vec<String> = names.iter().map(ToString::to_string).collect();
        found.error(
            "tls.names",
            format!("the certificate is not {host}'s; it names {}", said.join(", ")),
            "get one for the host of public_url, or correct that",
        );
    }
}

fn covers(name: &GeneralName<'_>, host: &str) -> bool {
    match name {
        GeneralName::DNSName(pattern) => match pattern.strip_prefix("*.") {
            // One label, as browsers have it.
            Some(domain) => host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
            None => pattern.eq_ignore_ascii_case(host),
        },
        GeneralName::IPAddress(bytes) => match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.octets() == *bytes,
            Ok(IpAddr::V6(address)) => address.octets() == *bytes,
            Err(_) => false,
        },
        _ => false,
    }
}

fn whole(found: &mut Findings, path: &Path, chain: &[X509Certificate<'_>]) {
    let broken = chain.windows(2).position(|pair| pair[0].issuer() != pair[1].subject());
    let alone = chain.len() == 1 && chain[0].issuer() != chain[0].subject();
    if let Some(at) = broken {
        found.error(
            "tls.chain",
            format!("certificate {} in {} is not the issuer of the one before it", at + 2, path.display()),
            "put the server's certificate first, then each one's issuer",
        );
    } else if alone {
        found.warn(
            "tls.chain",
            format!("{} holds no intermediate certificate: some programs will not trust it", path.display()),
            "use the file that holds the whole chain (fullchain.pem)",
        );
    } else {
        found.ok("tls.chain", format!("{} certificates in order", chain.len()));
    }
}
