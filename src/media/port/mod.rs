//! The doors: one UDP socket, one TCP listener, one for TLS, and the loop that reads them, obeys orders and keeps time.

mod announced;
mod datagrams;
mod framing;
mod outbox;
mod streams;

pub use announced::Announced;
pub use outbox::Outbox;

use super::figures::FIGURES;
use super::moment::{Moment, Watch};
use super::quality::Board;
use super::sfu::Sfu;
use super::turn::{Credentials, Relays};
use super::wire::stun::{Message, Method, attribute};
use super::wire::{self, Kind};
use super::{Order, Settings, Told};
use crossbeam_channel::{Receiver, Sender};
use datagrams::Datagrams;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use streams::Streams;
use tokio::runtime;
use tokio::sync::Notify;

/// Where a packet came from, and where answers to it go.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Route {
    /// With our own address that it was sent to: the answer must come from there.
    Udp(SocketAddr, Option<IpAddr>),
    Stream(u64),
    Relay(u64),
}

pub struct Ports {
    udp: UdpSocket,
    tcp: Option<TcpListener>,
    tls: Option<TcpListener>,
    pub announced: Announced,
    pub udp_address: SocketAddr,
}

impl Ports {
    pub fn bind(settings: &Settings) -> io::Result<Ports> {
        let (udp, tcp) = pair(settings)?;
        let udp_address = udp.local_addr()?;
        let tls = settings.tls.as_ref().map(|(at, _)| TcpListener::bind(at)).transpose()?;
        let port =
            |listener: &Option<TcpListener>| listener.as_ref().and_then(|l| l.local_addr().ok()).map(|a| a.port());
        let announced = Announced::new(settings, udp_address, port(&tcp), port(&tls))?;
        Ok(Ports { udp, tcp, tls, announced, udp_address })
    }
}

/// Whoever leaves the port to the system gets the same one for UDP and TCP: of the next that is free for both.
fn pair(settings: &Settings) -> io::Result<(UdpSocket, Option<TcpListener>)> {
    let mut tries = if settings.udp.port() == 0 { PAIR_TRIES } else { 1 };
    loop {
        let udp = UdpSocket::bind(settings.udp)?;
        let port = udp.local_addr()?.port();
        let same = |at: SocketAddr| if at.port() == 0 { SocketAddr::new(at.ip(), port) } else { at };
        tries -= 1;
        match settings.tcp.map(same).map(TcpListener::bind).transpose() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries > 0 => {}
            bound => return Ok((udp, bound?)),
        }
    }
}

/// What the thread is given by those who started it.
pub struct Given {
    pub orders: Receiver<Order>,
    pub wake: Arc<Notify>,
    pub told: Sender<Told>,
    pub qualities: Board,
    pub turn: Credentials,
}

const PAIR_TRIES: u32 = 64;
/// Retransmissions, feedback and key frames are decided this often while a call is under way.
const TICK: Duration = Duration::from_millis(10);
const IDLE_TICK: Duration = Duration::from_millis(500);
const SECOND: Duration = Duration::from_secs(1);
/// Rounds of reading one kind of door before the others get their turn.
const ROUNDS: usize = 8;
const MESSAGES: usize = 64;

pub fn run(ports: Ports, settings: Settings, given: Given) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.and_then(|runtime| runtime.block_on(async { Work::new(ports, settings, given)?.run().await }));
    if let Err(error) = served {
        tracing::error!(%error, "media stopped: calls are impossible until the server is started again");
    }
}

struct Work {
    watch: Watch,
    datagrams: Datagrams,
    streams: Streams,
    sfu: Sfu,
    relays: Relays,
    outbox: Outbox,
    orders: Receiver<Order>,
    wake: Arc<Notify>,
}

impl Work {
    fn new(ports: Ports, settings: Settings, given: Given) -> io::Result<Work> {
        let watch = Watch::start();
        let limits = settings.calls_max * settings.legs_max;
        Ok(Work {
            watch,
            datagrams: Datagrams::new(ports.udp)?,
            streams: Streams::new(ports.tcp, ports.tls, &settings, limits)?,
            relays: Relays::new(given.turn, ports.announced.clone(), limits, settings.turn_kbit_max),
            sfu: Sfu::new(watch, &settings, ports.announced, given.told, given.qualities)?,
            outbox: Outbox::default(),
            orders: given.orders,
            wake: given.wake,
        })
    }

    async fn run(mut self) -> io::Result<()> {
        let (mut tick, mut second) = (self.watch.now(), self.watch.now());
        loop {
            let wake = self.wake.clone();
            let due = tick.since(self.watch.now());
            tokio::select! {
                () = wake.notified() => {}
                ready = self.datagrams.readable() => ready?,
                happened = self.streams.next() => self.stream(happened),
                () = tokio::time::sleep(due) => {}
            }
            if !self.obey() {
                return Ok(());
            }
            for _ in 0..MESSAGES {
                let Some(happened) = self.streams.waiting() else { break };
                self.stream(happened);
            }
            self.read();
            let now = self.watch.now();
            if now >= tick {
                tick = now.plus(if self.sfu.is_idle() { IDLE_TICK } else { TICK });
                self.sfu.tick(now, &mut self.outbox);
            }
            if now >= second {
                second = now.plus(SECOND);
                self.each_second(now);
            }
            self.flush();
        }
    }

    /// Everything that was ordered meanwhile; whether to go on.
    fn obey(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Stop => return false,
                Order::Leave { call, leg } => self.relays.forget(call, Some(leg)),
                Order::Close { call } => self.relays.forget(call, None),
                _ => {}
            }
            let now = self.watch.now();
            self.sfu.obey(order, now, &mut self.outbox);
        }
        true
    }

    fn read(&mut self) {
        for _ in 0..ROUNDS {
            let Some(batch) = self.datagrams.receive() else { return };
            let now = self.watch.now();
            for (from, to, bytes) in batch.datagrams() {
                take(&mut self.sfu, &mut self.relays, &mut self.outbox, Route::Udp(from, to), bytes, now);
            }
            self.flush();
        }
    }

    fn stream(&mut self, happened: streams::Happened) {
        let now = self.watch.now();
        match happened {
            streams::Happened::Frame(no, bytes) => {
                take(&mut self.sfu, &mut self.relays, &mut self.outbox, Route::Stream(no), &bytes, now);
            }
            streams::Happened::Closed(no) => {
                self.sfu.route_gone(Route::Stream(no));
                self.relays.route_gone(Route::Stream(no));
            }
        }
    }

    fn each_second(&mut self, now: Moment) {
        self.relays.tick(now);
        let (sfu, relays) = (&self.sfu, &self.relays);
        self.streams.sweep(now, |no| sfu.knows(Route::Stream(no)) || relays.knows(Route::Stream(no)));
        self.sfu.each_second(now);
        FIGURES.relays.set(self.relays.len() as i64);
        FIGURES.streams.set(self.streams.len() as i64);
    }

    fn flush(&mut self) {
        self.outbox.relay(&mut self.relays);
        self.datagrams.send(&mut self.outbox);
        self.outbox.drain_streams(|no, bytes| self.streams.send(no, bytes));
    }
}

/// One datagram or frame, whichever way it came.
fn take(sfu: &mut Sfu, relays: &mut Relays, outbox: &mut Outbox, route: Route, bytes: &[u8], now: Moment) {
    match wire::kind(bytes) {
        Some(Kind::Rtp) => sfu.rtp(route, bytes, now, outbox),
        Some(Kind::Rtcp) => sfu.rtcp(route, bytes, now, outbox),
        Some(Kind::Dtls) => sfu.dtls(route, bytes, now, outbox),
        Some(Kind::Stun) => match Message::parse(bytes) {
            Some(message) if message.method == Method::Binding && message.get(attribute::USERNAME).is_some() => {
                // What comes through a relay speaks for the leg that the relay was given to.
                let only = if let Route::Relay(no) = route { relays.holder(no) } else { None };
                sfu.check(route, only, &message, now, outbox);
            }
            // Within the relay there is only what ICE says.
            Some(message) if !matches!(route, Route::Relay(_)) => {
                if let Some((relay, data)) = relays.message(route, &message, now, outbox) {
                    take(sfu, relays, outbox, relay, data, now);
                }
            }
            _ => FIGURES.strange.one(),
        },
        Some(Kind::Channel) if !matches!(route, Route::Relay(_)) => match relays.channel(route, bytes, now) {
            Some((relay, data)) => take(sfu, relays, outbox, relay, data, now),
            None => FIGURES.strange.one(),
        },
        _ => FIGURES.strange.one(),
    }
}
