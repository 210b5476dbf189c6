//! Whether the address people use leads here.

use super::super::addresses::host_of;
use super::super::config::Config;
use super::certificates::Spoken;
use super::findings::Findings;
use super::network::addresses_of;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::ServerName;
use rustls_platform_verifier::Verifier;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 16 << 10;

pub fn examine(found: &mut Findings, config: &Config, spoken: Spoken) {
    let Some(url) = &config.public_url else { return };
    match health(url) {
        Ok(answer) if answer.contains("\"status\":\"ok\"") => {
            found.ok("reach.public_url", format!("{url} leads to a Parlor that takes requests"));
        }
        Ok(answer) => found.warn(
            "reach.public_url",
            format!("{url}/healthz answers \"{}\"", answer.lines().next().unwrap_or_default()),
            "another server has that address, or the proxy does not find ours",
        ),
        Err(error) if error.kind() == io::ErrorKind::InvalidData && matches!(spoken, Spoken::SelfMade) => found.note(
            "reach.public_url",
            format!("{url} is not trusted: {error}"),
            "to be expected of a self-made certificate",
        ),
        Err(error) => found.warn(
            "reach.public_url",
            format!("{url} cannot be reached from here: {error}"),
            "look at DNS, firewall and proxy; if only people's machines can reach it, all is well",
        ),
    }
}

/// What `/healthz` says, head and all.
fn health(url: &str) -> io::Result<String> {
    let host = host_of(url).ok_or(io::ErrorKind::InvalidInput)?;
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses_of(url)? {
        let socket = match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(socket) => socket,
            Err(error) => {
                last = error;
                continue;
            }
        };
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        return if url.starts_with("https://") { ask(secured(socket, &host)?, &host) } else { ask(socket, &host) };
    }
    Err(last)
}

fn secured(socket: TcpStream, host: &str) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier::new(provider.clone()).map_err(io::Error::other)?);
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(io::Error::other)?.dangerous().with_custom_certificate_verifier(verifier);
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let session = ClientConnection::new(Arc::new(builder.with_no_client_auth()), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(session, socket))
}

fn ask(mut stream: impl Read + Write, host: &str) -> io::Result<String> {
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer) {
        // Some end without a farewell.
        Err(_) if !answer.is_empty() => {}
        read => {
            read?;
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
