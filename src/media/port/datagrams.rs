//! The UDP socket, read and written in batches: one system call for many packets wherever the kernel can (GRO, GSO).

use super::{Outbox, Route};
use crate::media::figures::FIGURES;
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use tokio::io::Interest;

/// Messages that one system call fetches.
const BATCH: usize = 32;
/// What the kernel may join into one message.
const JOINED: usize = 64 * 1024;
/// A burst of key frames of many calls must fit while the thread is busy.
const BUFFER: usize = 4 << 20;

pub struct Datagrams {
    socket: tokio::net::UdpSocket,
    state: UdpSocketState,
    buffer: Vec<u8>,
    met: [RecvMeta; BATCH],
    /// How long a message may be.
    size: usize,
    joined: Vec<u8>,
}

/// What one system call fetched.
pub struct Batch<'a> {
    buffer: &'a [u8],
    met: &'a [RecvMeta],
    size: usize,
}

impl Batch<'_> {
    /// Whence, to which of our addresses, what.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, Option<IpAddr>, &[u8])> {
        self.met.iter().zip(self.buffer.chunks(self.size)).flat_map(|(met, message)| {
            let packets = message[..met.len].chunks(met.stride.max(1));
            packets.map(|packet| (met.addr, met.dst_ip, packet))
        })
    }
}

impl Datagrams {
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Datagrams> {
        socket.set_nonblocking(true)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Less than that serves too.
        let _ = state.set_recv_buffer_size(UdpSockRef::from(&socket), BUFFER);
        let _ = state.set_send_buffer_size(UdpSockRef::from(&socket), BUFFER);
        let size = if state.gro_segments() > 1 { JOINED } else { 2_048 };
        let buffer = vec![0; size * BATCH];
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        Ok(Datagrams {
            socket,
            state,
            buffer,
            met: [RecvMeta::default(); BATCH],
            size,
            joined: Vec::with_capacity(JOINED),
        })
    }

    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    pub fn receive(&mut self) -> Option<Batch<'_>> {
        let Datagrams { socket, state, buffer, met, size, .. } = self;
        let socket = &*socket;
        let mut slices = buffer.chunks_mut(*size).map(IoSliceMut::new);
        let mut slices: [IoSliceMut<'_>; BATCH] =
            std::array::from_fn(|_| slices.next().unwrap_or(IoSliceMut::new(&mut [])));
        let fetched = socket.try_io(Interest::READABLE, || state.recv(UdpSockRef::from(socket), &mut slices, met));
        let fetched = fetched.ok().filter(|n| *n > 0)?;
        Some(Batch { buffer: &self.buffer, met: &self.met[..fetched], size: self.size })
    }

    /// Sends what goes by UDP. What follows another of the same size to the same place goes along with it. A full buffer of the
    /// socket is loss like any other on the way: the receiver asks again.
    pub fn send(&mut self, outbox: &mut Outbox) {
        let most = self.state.max_gso_segments();
        let mut run: Option<(Route, usize, usize)> = None;
        self.joined.clear();
        for (route, packet) in outbox.datagrams() {
            let room = self.joined.len() + packet.len() < JOINED - 1_024;
            match &mut run {
                // The last of a run may be shorter than the others.
                Some((to, size, n)) if *to == route && packet.len() <= *size && *n < most && room => {
                    let last = packet.len() < *size;
                    self.joined.extend_from_slice(&packet);
                    *n = if last { most } else { *n + 1 };
                    continue;
                }
                _ => {}
            }
            if let Some((to, size, _)) = run.take() {
                self.transmit(to, size);
            }
            self.joined.extend_from_slice(&packet);
            run = Some((route, packet.len(), 1));
        }
        if let Some((to, size, _)) = run {
            self.transmit(to, size);
        }
    }

    fn transmit(&mut self, to: Route, size: usize) {
        if let Route::Udp(destination, src_ip) = to {
            let segment_size = (self.joined.len() > size).then_some(size);
            let transmit = Transmit { destination, ecn: None, contents: &self.joined, segment_size, src_ip };
            let socket = &self.socket;
            let sent = socket.try_io(Interest::WRITABLE, || self.state.try_send(UdpSockRef::from(socket), &transmit));
            if sent.is_err() {
                FIGURES.dropped.add(self.joined.len().div_ceil(size.max(1)) as u64);
            }
        }
        self.joined.clear();
    }
}
