//! A caller with a socket of its own.

use super::{House, wait};
use crate::media::caller::{Caller, Came, Papers};
use crate::media::moment::Watch;
use crate::media::wire::rtcp::{self, Item};
use crate::media::wire::rtp::Header;
use crate::media::{LegRole, MediaError, TrackKind};
use bytes::Bytes;
use std::net::{SocketAddr, UdpSocket};
use std::sync::LazyLock;
use std::time::Duration;

static PAPERS: LazyLock<Papers> = LazyLock::new(|| Papers::make().unwrap());

pub struct Browser {
    pub caller: Caller,
    pub socket: UdpSocket,
    pub watch: Watch,
    /// What it received and nobody looked at yet.
    pub seen: Vec<(Header, Bytes)>,
    pub asked: Vec<u16>,
    pub key_frames_asked: usize,
    pub estimates: Vec<u64>,
    pub ready: bool,
    pub over: bool,
    stamp: u32,
}

impl Browser {
    pub fn new(to: SocketAddr) -> Browser {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(to).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        Browser {
            caller: Caller::new(&PAPERS),
            socket,
            watch: Watch::start(),
            seen: Vec::new(),
            asked: Vec::new(),
            key_frames_asked: 0,
            estimates: Vec::new(),
            ready: false,
            over: false,
            stamp: 0,
        }
    }

    pub fn asks(&mut self, house: &House, call: i64, leg: i64) -> Result<(), MediaError> {
        let answer = wait(house.media.join(call, leg, LegRole::Talks, self.caller.offer()))?;
        self.caller.answered(&answer, self.watch.instant(self.watch.now())).unwrap();
        Ok(())
    }

    /// Joins and connects.
    pub fn join(house: &House, call: i64, leg: i64) -> Browser {
        let mut browser = Browser::new(house.media.address());
        browser.asks(house, call, leg).unwrap();
        browser.connect();
        browser
    }

    pub fn connect(&mut self) {
        self.socket.send(&self.caller.check()).unwrap();
        for _ in 0..1_000 {
            self.look();
            if self.ready {
                return;
            }
        }
        panic!("no keys were agreed");
    }

    /// What came until nothing does.
    pub fn look(&mut self) {
        self.flush();
        let mut buffer = [0; 2_048];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            self.take(&buffer[..length]);
            self.flush();
        }
        let now = self.watch.instant(self.watch.now());
        self.caller.tick(now);
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(datagram) = self.caller.poll() {
            self.socket.send(&datagram).unwrap();
        }
    }

    pub fn take(&mut self, bytes: &[u8]) {
        let now = self.watch.instant(self.watch.now());
        match self.caller.take(bytes, now) {
            Came::Nothing => {}
            Came::Ready => self.ready = true,
            Came::Over => self.over = true,
            Came::Rtp(header, packet) => self.seen.push((header, packet)),
            Came::Rtcp(packet) => rtcp::items(&packet, |item| match item {
                Item::Nack { pairs, .. } => self.asked.extend(rtcp::nacked(pairs)),
                Item::KeyFrame { .. } => self.key_frames_asked += 1,
                Item::Estimate { bits } => self.estimates.push(bits),
                _ => {}
            }),
        }
    }

    /// Looks until something holds, for five seconds at most.
    pub fn until(&mut self, holds: impl Fn(&Browser) -> bool) {
        for _ in 0..1_000 {
            self.look();
            if holds(self) {
                return;
            }
        }
        panic!("it did not come about");
    }

    pub fn says(&mut self, words: &[u8]) {
        self.stamp += 960;
        let packet = self.caller.rtp(TrackKind::Mic, self.stamp, false, words).unwrap();
        self.socket.send(&packet).unwrap();
    }

    /// A picture of one packet, after its descriptor.
    pub fn shows(&mut self, kind: TrackKind, begins: bool, picture: &[u8]) {
        self.stamp += 3_000;
        let mut payload = vec![0x10, u8::from(!begins)];
        payload.extend_from_slice(picture);
        let packet = self.caller.rtp(kind, self.stamp, true, &payload).unwrap();
        self.socket.send(&packet).unwrap();
    }

    /// The contents that came, and forgets them.
    pub fn heard(&mut self) -> Vec<Vec<u8>> {
        self.look();
        let seen = std::mem::take(&mut self.seen);
        seen.iter().map(|(header, packet)| packet[header.payload(packet).unwrap()].to_vec()).collect()
    }

    /// This and nothing else.
    pub fn hears(&mut self, expected: &[&[u8]]) {
        self.until(|browser| browser.seen.len() >= expected.len());
        assert_eq!(self.heard(), expected);
    }

    pub fn hears_nothing(&mut self) {
        std::thread::park_timeout(Duration::from_millis(60));
        assert_eq!(self.heard(), Vec::<Vec<u8>>::new());
    }
}
