//! One client's connection: TCP, perhaps TLS, the upgrade, hello, frames. Nothing here waits.

use super::wire::{self, CLOSE, PING, PONG, TEXT};
use memchr::memmem;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Where the server is, and how one speaks to it.
#[derive(Clone)]
pub struct Target {
    pub address: SocketAddr,
    /// As it stands in `Host`.
    pub host: String,
    pub tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Upgrading,
    Greeting,
    Live,
}

pub enum Heard<'b> {
    /// Whatever was missed is told.
    Live,
    Text(&'b [u8]),
    /// A close code; the status of a refused upgrade; 1006 if the line broke.
    Closed(u16),
}

pub struct Line {
    tcp: TcpStream,
    tls: Option<Box<ClientConnection>>,
    stage: Stage,
    hello: String,
    /// The beginning of something whose end has not come yet.
    rest: Vec<u8>,
    out: Vec<u8>,
    /// Whether somebody waits to be told when there is room again.
    watches_writes: bool,
}

/// What was due to be written and does not fit waits here; more than this is not taken.
const OUT_MAX: usize = 256 << 10;
const BROKEN: u16 = 1006;

impl Line {
    pub fn open(target: &Target, hello: String) -> io::Result<Line> {
        let family = if target.address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        match rustix::net::connect(&socket, &target.address) {
            Ok(()) | Err(rustix::io::Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let tls = match &target.tls {
            Some((config, name)) => {
                let connection = ClientConnection::new(config.clone(), name.clone()).map_err(io::Error::other)?;
                Some(Box::new(connection))
            }
            None => None,
        };
        // Any key does: we do not need the proof that the other end read it.
        let upgrade = format!(
            "GET /api/v1/socket HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: cGFybG9yIGJlbmNoIGtleQ==\r\n\r\n",
            target.host
        );
        Ok(Line {
            tcp: socket.into(),
            tls,
            stage: Stage::Upgrading,
            hello,
            rest: Vec::new(),
            out: upgrade.into_bytes(),
            watches_writes: true,
        })
    }

    /// Whether that is a change.
    pub fn watch_writes(&mut self, wanted: bool) -> bool {
        std::mem::replace(&mut self.watches_writes, wanted) != wanted
    }

    /// Where to put a frame; `None` if the server takes nothing any more. The other half: whether nothing waited before.
    pub fn out(&mut self) -> Option<(&mut Vec<u8>, bool)> {
        let idle = self.out.is_empty();
        (self.stage == Stage::Live && self.out.len() < OUT_MAX).then_some((&mut self.out, idle))
    }

    /// Writes what waits; whether all of it went.
    pub fn flush(&mut self) -> io::Result<bool> {
        let Some(tls) = &mut self.tls else { return flush(&mut self.out, &mut self.tcp) };
        // The library keeps what is not written yet, within its own bound.
        flush(&mut self.out, &mut tls.writer())?;
        while tls.wants_write() {
            match tls.write_tls(&mut self.tcp) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                written => written?,
            };
        }
        Ok(self.out.is_empty())
    }

    /// Reads once and tells every whole frame. `Err`: the line is gone, with its code.
    pub fn read(&mut self, scratch: &mut [u8], mut tell: impl FnMut(Heard<'_>)) -> Result<(), u16> {
        let kept = self.rest.len();
        if kept > scratch.len() / 2 {
            return Err(BROKEN);
        }
        scratch[..kept].copy_from_slice(&self.rest);
        self.rest.clear();
        let (end, is_over) = match self.receive(&mut scratch[kept..]) {
            Ok(0) => (kept, true),
            Ok(n) => (kept + n, false),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (kept, false),
            Err(_) => return Err(BROKEN),
        };
        let used = self.take(&scratch[..end], &mut tell)?;
        self.rest.extend_from_slice(&scratch[used..end]);
        if is_over { Err(BROKEN) } else { Ok(()) }
    }

    fn receive(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &mut self.tls else { return self.tcp.read(into) };
        let mut is_over = false;
        while tls.wants_read() {
            match tls.read_tls(&mut self.tcp) {
                Ok(0) => is_over = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
            tls.process_new_packets().map_err(io::Error::other)?;
            if is_over {
                break;
            }
        }
        match tls.reader().read(into) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && is_over => Ok(0),
            read => read,
        }
    }

    /// Whether decrypted bytes wait that no readiness will announce.
    pub fn has_more(&mut self) -> bool {
        let Some(tls) = &mut self.tls else { return false };
        tls.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() > 0)
    }

    /// How many bytes were used.
    fn take(&mut self, bytes: &[u8], tell: &mut impl FnMut(Heard<'_>)) -> Result<usize, u16> {
        let mut at = 0;
        if self.stage == Stage::Upgrading {
            let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            let status = bytes.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
            match status {
                Some(101) => {}
                other => return Err(other.unwrap_or(BROKEN)),
            }
            at = end + 4;
            self.stage = Stage::Greeting;
            wire::put_masked(&mut self.out, TEXT, self.hello.as_bytes());
        }
        while let Some(head) = wire::head(&bytes[at..]).map_err(|_| BROKEN)? {
            let payload = &bytes[at + head.start..at + head.end];
            match head.opcode {
                TEXT if self.stage == Stage::Greeting && payload.starts_with(br#"{"type":"live""#) => {
                    self.stage = Stage::Live;
                    tell(Heard::Live);
                }
                TEXT => tell(Heard::Text(payload)),
                PING => wire::put_masked(&mut self.out, PONG, payload),
                CLOSE => return Err(payload.first_chunk().map_or(BROKEN, |code| u16::from_be_bytes(*code))),
                _ => {}
            }
            at += head.end;
        }
        Ok(at)
    }

    pub fn has_to_write(&self) -> bool {
        !self.out.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }
}

fn flush(out: &mut Vec<u8>, to: &mut impl Write) -> io::Result<bool> {
    let mut written = 0;
    while written < out.len() {
        match to.write(&out[written..]) {
            Ok(0) => break,
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    out.drain(..written);
    Ok(out.is_empty())
}

impl AsFd for Line {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tcp.as_fd()
    }
}
