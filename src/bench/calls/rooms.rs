//! Rooms of two callers, through the product's own media room.

use super::{Calls, Cost, Driven, PICTURE, SOUND, drive};
use crate::media::caller::{Caller, Came, Papers};
use crate::media::wire::{self, Kind};
use crate::media::{LegRole, Media, Settings, Shown, TrackKind, Watch};
use anyhow::{Context, Result};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;
use tokio::runtime;

pub fn measure(calls: &Calls) -> Result<Cost> {
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = Settings { udp: here, tcp: None, calls_max: calls.rooms, legs_max: 2, ..Settings::default() };
    let media = Media::start(settings, |_| {}).context("media do not start")?;
    let mut rooms = Rooms::open(calls, &media)?;
    let cost = drive(calls, "media", &mut rooms);
    media.stop();
    cost
}

struct Rooms {
    people: Vec<Person>,
    pictures: usize,
}

struct Person {
    caller: Caller,
    socket: UdpSocket,
    stamp: u32,
}

impl Rooms {
    fn open(calls: &Calls, media: &Media) -> Result<Rooms> {
        let (papers, watch) = (Media::papers()?, Watch::start());
        let mut people = Vec::new();
        for n in 0..2 * calls.rooms as i64 {
            let (call, leg, other) = (n / 2 + 1, n + 1, (n ^ 1) + 1);
            people.push(Person::join(media, &papers, watch, call, leg)?);
            media.show(call, leg, vec![Shown { slot: 0, of: other, camera: true, screen: false, audio: true }]);
        }
        let mut rooms = Rooms { people, pictures: calls.pictures() };
        // The first picture is a key frame; a place shows nothing before.
        rooms.people.iter_mut().try_for_each(|person| person.send(TrackKind::Camera, &[0x10, 0x00]))?;
        Ok(rooms)
    }
}

impl Person {
    fn join(media: &Media, papers: &Papers, watch: Watch, call: i64, leg: i64) -> Result<Person> {
        let mut caller = Caller::new(papers);
        let joined = media.join(call, leg, LegRole::Talks, caller.offer());
        let answer = runtime::Builder::new_current_thread().build()?.block_on(joined)?;
        caller.answered(&answer, watch.instant(watch.now())).context("an answer without keys")?;
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(media.address())?;
        socket.set_read_timeout(Some(Duration::from_millis(20)))?;
        socket.send(&caller.check())?;
        let mut buffer = [0; 2_048];
        let mut ready = false;
        for _ in 0..500 {
            while let Some(datagram) = caller.poll() {
                socket.send(&datagram)?;
            }
            if ready {
                socket.set_nonblocking(true)?;
                return Ok(Person { caller, socket, stamp: 0 });
            }
            let now = watch.instant(watch.now());
            match socket.recv(&mut buffer) {
                Ok(length) => ready = matches!(caller.take(&buffer[..length], now), Came::Ready),
                Err(_) => caller.tick(now),
            }
        }
        anyhow::bail!("a caller could not connect")
    }

    fn send(&mut self, kind: TrackKind, payload: &[u8]) -> Result<()> {
        let packet = self.caller.rtp(kind, self.stamp, true, payload).context("a caller without keys")?;
        // A full buffer is loss.
        let _ = self.socket.send(&packet);
        Ok(())
    }
}

impl Driven for Rooms {
    fn burst(&mut self) -> Result<u64> {
        let mut picture = [0x5A; PICTURE];
        picture[..2].copy_from_slice(&[0x10, 0x01]);
        for person in &mut self.people {
            person.stamp = person.stamp.wrapping_add(960);
            for _ in 0..self.pictures {
                person.send(TrackKind::Camera, &picture)?;
            }
            person.send(TrackKind::Mic, &[0x5A; SOUND])?;
        }
        Ok((self.people.len() * (self.pictures + 1)) as u64)
    }

    fn receive(&mut self) -> u64 {
        let (mut received, mut buffer) = (0, [0; 2_048]);
        for person in &self.people {
            while let Ok(length) = person.socket.recv(&mut buffer) {
                received += u64::from(wire::kind(&buffer[..length]) == Some(Kind::Rtp));
            }
        }
        received
    }
}
