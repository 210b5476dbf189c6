//! The bare relay: a thread with a socket of tokio's, which sends each datagram on to the other of its pair, and nothing else.

use super::{Calls, Cost, Driven, PICTURE, SOUND, drive};
use anyhow::{Context, Result};
use quinn_udp::{UdpSockRef, UdpSocketState};
use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use tokio::runtime;
use tokio::sync::oneshot;

const THREAD: &str = "bare-relay";
/// What encryption adds.
const HEAD_AND_TAG: usize = 12 + 16;
/// As large as the product's.
const BUFFER: usize = 4 << 20;

pub fn measure(calls: &Calls) -> Result<Cost> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let at = socket.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    let relay = thread::Builder::new().name(THREAD.into()).spawn(move || relay(socket, stopped))?;
    let mut pairs = Pairs::open(calls, at)?;
    let cost = drive(calls, THREAD, &mut pairs);
    let _ = stop.send(());
    relay.join().ok().context("the relay fell over")??;
    cost
}

fn relay(socket: UdpSocket, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        socket.set_nonblocking(true)?;
        // Whoever loses bursts has less to do.
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        state.set_recv_buffer_size(UdpSockRef::from(&socket), BUFFER)?;
        state.set_send_buffer_size(UdpSockRef::from(&socket), BUFFER)?;
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        // The first two that name a pair are one.
        let mut waits: HashMap<u32, SocketAddr> = HashMap::new();
        let mut to: HashMap<SocketAddr, SocketAddr> = HashMap::new();
        let mut buffer = [0; 2_048];
        loop {
            let (length, from) = tokio::select! {
                received = socket.recv_from(&mut buffer) => received?,
                _ = &mut stopped => return Ok(()),
            };
            if let Some(to) = to.get(&from) {
                let _ = socket.send_to(&buffer[..length], to).await;
                continue;
            }
            let pair = u32::from_be_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]);
            match waits.get(&pair).copied() {
                Some(other) => to.extend([(from, other), (other, from)]),
                None => _ = waits.insert(pair, from),
            }
        }
    })
}

struct Pairs {
    sockets: Vec<UdpSocket>,
    pictures: usize,
    buffer: Vec<u8>,
}

impl Pairs {
    fn open(calls: &Calls, at: SocketAddr) -> Result<Pairs> {
        let mut sockets = Vec::new();
        for n in 0..2 * calls.rooms {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect(at)?;
            socket.set_nonblocking(true)?;
            socket.send(&(n as u32 / 2).to_be_bytes())?;
            sockets.push(socket);
        }
        Ok(Pairs { sockets, pictures: calls.pictures(), buffer: vec![0; 2_048] })
    }
}

impl Driven for Pairs {
    fn burst(&mut self) -> Result<u64> {
        let mut sent = 0;
        for socket in &self.sockets {
            let pictures = (0..self.pictures).map(|_| PICTURE);
            for size in pictures.chain([SOUND]) {
                sent += u64::from(socket.send(&self.buffer[..size + HEAD_AND_TAG]).is_ok());
            }
        }
        Ok(sent)
    }

    fn receive(&mut self) -> u64 {
        let mut received = 0;
        for socket in &self.sockets {
            while socket.recv(&mut self.buffer).is_ok() {
                received += 1;
            }
        }
        received
    }
}
