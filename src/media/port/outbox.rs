//! What is to be sent once the batch at hand is done.

use super::Route;
use crate::media::turn::Relays;
use bytes::Bytes;

/// Holds what one batch of packets and one tick make; emptied after each.
#[derive(Default)]
pub struct Outbox {
    datagrams: Vec<(Route, Bytes)>,
    streams: Vec<(u64, Bytes)>,
    relayed: Vec<(u64, Bytes)>,
}

impl Outbox {
    pub fn put(&mut self, route: Route, packet: impl Into<Bytes>) {
        match route {
            Route::Udp(..) => self.datagrams.push((route, packet.into())),
            Route::Stream(no) => self.streams.push((no, packet.into())),
            Route::Relay(no) => self.relayed.push((no, packet.into())),
        }
    }

    /// What goes by the relay is wrapped, and then goes the way of the relay's client.
    pub fn relay(&mut self, relays: &mut Relays) {
        for (no, packet) in std::mem::take(&mut self.relayed) {
            if let Some((route, wrapped)) = relays.wrap(no, &packet) {
                self.put(route, wrapped);
            }
        }
    }

    /// In the order of their making for each destination; destinations together.
    pub fn datagrams(&mut self) -> impl Iterator<Item = (Route, Bytes)> {
        // A stable sort: few destinations, and packets to one of them keep their order.
        self.datagrams.sort_by_key(|(route, _)| match route {
            Route::Udp(to, _) => Some(*to),
            _ => None,
        });
        self.datagrams.drain(..)
    }

    pub fn drain_streams(&mut self, mut send: impl FnMut(u64, Bytes)) {
        self.streams.drain(..).for_each(|(no, packet)| send(no, packet));
    }
}
