//! Media and TURN over TCP and TLS. Each connection has two tasks; whole messages come from it, and only whole messages are dropped when it
//! is too slow.

use super::framing::Style;
use crate::media::Settings;
use crate::media::figures::FIGURES;
use crate::media::moment::Moment;
use bytes::{Bytes, BytesMut};
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// Messages from all connections that were not taken yet; a connection that brings more waits.
const COME_MAX: usize = 1_024;
/// Messages that wait for a slow connection: about a second of video. What is more is dropped.
const GO_MAX: usize = 256;
/// To say hello over TLS, and then to belong to a leg or a relay.
const STRANGER: Duration = Duration::from_secs(10);
/// Connections beside those that legs may have.
const SPARE: usize = 64;

pub enum Happened {
    Frame(u64, Bytes),
    Closed(u64),
}

struct Connection {
    go: Sender<Bytes>,
    task: AbortHandle,
    opened: Option<Moment>,
    known: bool,
}

pub struct Streams {
    tcp: Option<TcpListener>,
    tls: Option<(TcpListener, TlsAcceptor)>,
    connections: HashMap<u64, Connection>,
    come: (Sender<Happened>, Receiver<Happened>),
    last: u64,
    most: usize,
}

impl Streams {
    pub fn new(
        tcp: Option<std::net::TcpListener>,
        tls: Option<std::net::TcpListener>,
        settings: &Settings,
        legs: usize,
    ) -> io::Result<Streams> {
        let listen = |listener: std::net::TcpListener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        };
        let tcp = tcp.map(listen).transpose()?;
        let acceptor = settings.tls.as_ref().map(|(_, config)| TlsAcceptor::from(config.clone()));
        let tls = tls.map(listen).transpose()?.zip(acceptor);
        Ok(Streams {
            tcp,
            tls,
            connections: HashMap::new(),
            come: mpsc::channel(COME_MAX),
            last: 0,
            most: 2 * legs + SPARE,
        })
    }

    pub fn len(&self) -> usize {
        self.connections.len()
    }

    /// What happened next on any connection. May be dropped while it waits.
    pub async fn next(&mut self) -> Happened {
        loop {
            let Streams { tcp, tls, come, .. } = self;
            let accepted = tokio::select! {
                Some(happened) = come.1.recv() => {
                    if let Happened::Closed(no) = happened {
                        self.connections.remove(&no);
                    }
                    return happened;
                }
                accepted = accept(tcp.as_ref()) => accepted.map(|stream| (stream, None)),
                accepted = accept(tls.as_ref().map(|t| &t.0)) => accepted.map(|stream| (stream, tls.as_ref().map(|t| t.1.clone()))),
            };
            match accepted {
                Ok((stream, acceptor)) => self.open(stream, acceptor),
                // No descriptor left, for one: let others end first.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    /// What happened already.
    pub fn waiting(&mut self) -> Option<Happened> {
        let happened = self.come.1.try_recv().ok()?;
        if let Happened::Closed(no) = happened {
            self.connections.remove(&no);
        }
        Some(happened)
    }

    fn open(&mut self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        if self.connections.len() >= self.most {
            FIGURES.refused.one();
            // The longest known stranger makes room; if all belong to calls, the newcomer goes.
            let Some(oldest) = self.connections.iter().filter(|(_, c)| !c.known).map(|(no, _)| *no).min() else {
                return;
            };
            self.close(oldest);
        }
        let _ = stream.set_nodelay(true);
        self.last += 1;
        let (go, gone) = mpsc::channel(GO_MAX);
        let task = tokio::spawn(serve(stream, acceptor, self.last, self.come.0.clone(), gone)).abort_handle();
        self.connections.insert(self.last, Connection { go, task, opened: None, known: false });
    }

    pub fn send(&mut self, no: u64, message: Bytes) {
        if let Some(connection) = self.connections.get(&no)
            && connection.go.try_send(message).is_err()
        {
            FIGURES.dropped.one();
        }
    }

    /// Ends connections that still belong to nobody.
    pub fn sweep(&mut self, now: Moment, known: impl Fn(u64) -> bool) {
        let mut strangers = Vec::new();
        for (no, connection) in &mut self.connections {
            connection.known = known(*no);
            let since = *connection.opened.get_or_insert(now);
            if connection.known {
                connection.opened = Some(now);
            } else if now.since(since) > STRANGER {
                strangers.push(*no);
            }
        }
        strangers.into_iter().for_each(|no| self.close(no));
    }

    fn close(&mut self, no: u64) {
        if let Some(connection) = self.connections.remove(&no) {
            connection.task.abort();
        }
    }
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.connections.values().for_each(|connection| connection.task.abort());
    }
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => Ok(listener.accept().await?.0),
        None => std::future::pending().await,
    }
}

async fn serve(stream: TcpStream, acceptor: Option<TlsAcceptor>, no: u64, come: Sender<Happened>, go: Receiver<Bytes>) {
    match acceptor {
        None => talk(stream, no, &come, go).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = timeout(STRANGER, acceptor.accept(stream)).await {
                talk(stream, no, &come, go).await;
            }
        }
    }
    let _ = come.send(Happened::Closed(no)).await;
}

/// Until either direction ends.
async fn talk(stream: impl AsyncRead + AsyncWrite, no: u64, come: &Sender<Happened>, go: Receiver<Bytes>) {
    let style = Arc::new(OnceLock::new());
    let (read, write) = tokio::io::split(stream);
    tokio::select! {
        () = listen(read, no, come, &style) => {}
        () = speak(write, go, &style) => {}
    }
}

async fn listen(mut read: impl AsyncRead + Unpin, no: u64, come: &Sender<Happened>, style: &OnceLock<Style>) {
    let mut buffer = BytesMut::with_capacity(4_096);
    while read.read_buf(&mut buffer).await.is_ok_and(|n| n > 0) {
        if style.get().is_none() {
            match Style::of(&buffer) {
                Ok(Some(told)) => _ = style.set(told),
                Ok(None) => continue,
                Err(_) => return FIGURES.strange.one(),
            }
        }
        let Some(style) = style.get() else { continue };
        loop {
            match style.cut(&mut buffer) {
                Ok(None) => break,
                Ok(Some(message)) => {
                    if come.send(Happened::Frame(no, message)).await.is_err() {
                        return;
                    }
                }
                Err(_) => return FIGURES.strange.one(),
            }
        }
        buffer.reserve(4_096);
    }
}

async fn speak(mut write: impl AsyncWrite + Unpin, mut go: Receiver<Bytes>, style: &OnceLock<Style>) {
    let mut out = Vec::with_capacity(4_096);
    while let Some(message) = go.recv().await {
        // Nothing is sent to anybody before they spoke.
        let Some(style) = style.get() else { return };
        style.write(&message, &mut out);
        while out.len() < 16_384
            && let Ok(more) = go.try_recv()
        {
            style.write(&more, &mut out);
        }
        if write.write_all(&out).await.is_err() || write.flush().await.is_err() {
            return;
        }
        out.clear();
    }
}
