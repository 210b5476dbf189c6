//! Settings that contradict one another, or say more than their owner may know.

use super::super::config::Config;
use super::findings::Findings;
use crate::http::Proxies;

pub fn examine(found: &mut Findings, config: &Config) {
    public_url(found, config);
    proxies(found, config);
    key(found, config);
    if config.data.is_relative() {
        let whole = std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone());
        found.note(
            "config.data",
            format!("the data folder is relative to where the program is started: now {}", whole.display()),
            "write the whole path into data",
        );
    }
}

fn public_url(found: &mut Findings, config: &Config) {
    let local = config.listen.ip().is_loopback();
    let Some(url) = &config.public_url else {
        if !local {
            found.note(
                "config.public_url",
                "public_url is not set: links and origins are taken from each request",
                "set public_url to the address people use",
            );
        }
        return;
    };
    if let Err(error) = Proxies::new(Vec::new(), Some(url)) {
        found.error(
            "config.public_url",
            format!("public_url = \"{url}\" is no address: {}", error.detail),
            "write it as https://chat.example",
        );
    } else if url.starts_with("http://") && !is_local(url) {
        found.warn(
            "config.public_url",
            format!("public_url = \"{url}\": passwords and words cross the network in the clear"),
            "let people come by https://",
        );
    } else {
        found.ok("config.public_url", format!("people use {url}"));
    }
}

fn is_local(url: &str) -> bool {
    ["http://127.", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start))
}

fn proxies(found: &mut Findings, config: &Config) {
    let everybody = config.behind_proxy.iter().find(|net| net.prefix_len() == 0);
    let own_certificate = config.tls.certificate.is_some();
    let local = config.listen.ip().is_loopback();
    let https = config.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if let Some(net) = everybody {
        found.error(
            "config.behind_proxy",
            format!("behind_proxy has {net}: anybody can say that they come from anywhere"),
            "name the proxy's own address, such as 127.0.0.1/32",
        );
    } else if !config.behind_proxy.is_empty() && own_certificate {
        found.warn(
            "config.behind_proxy",
            "behind_proxy and [tls] are both set: TLS is spoken to the proxy too, and anybody who comes directly is served",
            "leave [tls] out if the proxy speaks plain HTTP to us",
        );
    } else if !config.behind_proxy.is_empty() && !local {
        found.warn(
            "config.behind_proxy",
            format!("behind a proxy, but {} takes plain HTTP from the whole network", config.listen),
            "listen on 127.0.0.1, or let a firewall admit the proxy alone",
        );
    } else if config.behind_proxy.is_empty() && local && https && !own_certificate {
        found.warn(
            "config.behind_proxy",
            "public_url is https, but we listen on this machine alone and speak plain HTTP: there seems to be a proxy that \
             is not believed, so that everybody seems to come from one address and shares its limits",
            "set behind_proxy to the proxy's address, such as [\"127.0.0.1/32\"]",
        );
    } else {
        found.ok("config.behind_proxy", if config.behind_proxy.is_empty() { "no proxy" } else { "behind a proxy" });
    }
}

fn key(found: &mut Findings, config: &Config) {
    if config.key.file.is_some() && config.key.passphrase_file.is_some() {
        found.error(
            "config.key",
            "[key] names a file and a passphrase_file: only the file would be used",
            "leave one of them out",
        );
    }
}
