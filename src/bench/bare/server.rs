//! Sockets in, rows, sockets out.

use super::store;
use crate::bench::own::{Opened, plainly};
use crate::bench::wire::{self, CLOSE, PING, PONG, TEXT};
use crate::bench::words::ID_BYTES;
use crate::bus::Batch;
use crate::db::{Db, Tx};
use crate::kernel::{Clock, Event, Millis, Result};
use anyhow::Context;
use crossbeam_channel::Receiver;
use futures_util::FutureExt;
use memchr::memmem;
use parking_lot::{Mutex, RwLock};
use rustix::event::epoll::{self, EventData, EventFlags};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

/// A connection, for the thread that reads it and the one that writes.
struct Peer {
    number: u64,
    tcp: TcpStream,
    out: Mutex<Out>,
}

#[derive(Default)]
struct Out {
    bytes: Vec<u8>,
    /// The reader is asked to go on when there is room.
    waits: bool,
}

/// Who said hello: `v7` and `a3`, by number.
#[derive(Default)]
struct Present {
    visitors: RwLock<HashMap<u32, Arc<Peer>>>,
    agents: RwLock<HashMap<u32, Arc<Peer>>>,
}

struct Said {
    visitor: u32,
    seq: i64,
    id: [u8; ID_BYTES],
    text: String,
    at: Millis,
}

impl Event for Said {
    fn kind(&self) -> &'static str {
        "message.created"
    }
    fn subject(&self) -> (i64, i64) {
        (i64::from(self.visitor) + 1, self.seq)
    }
}

/// Serves until the process is ended.
pub fn serve(data: &Path, visitors: u32, channels: u32, agents_per_channel: u32) -> anyhow::Result<()> {
    let opened = Opened::open(data)?;
    let now = opened.clock.now();
    opened.db.write_blocking(move |tx| store::found(tx, visitors.into(), now)).map_err(plainly)?;
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    listener.set_nonblocking(true)?;
    let epoll = Arc::new(epoll::create(epoll::CreateFlags::CLOEXEC)?);
    epoll::add(&*epoll, &listener, EventData::new_u64(0), EventFlags::IN)?;
    let present = Arc::new(Present::default());
    let (told, batches) = (present.clone(), opened.db.bus().subscribe());
    let out = FanOut { epoll: epoll.clone(), present: told, channels, agents_per_channel };
    std::thread::Builder::new().name("bare-out".into()).spawn(move || out.run(&batches))?;
    println!("The bare path serves http://{}", listener.local_addr()?);
    let peers = HashMap::new();
    let reader =
        Reader { epoll, listener, peers, next: 1, present, db: opened.db.clone(), clock: opened.clock.clone() };
    reader.run()
}

struct Reader {
    epoll: Arc<OwnedFd>,
    listener: TcpListener,
    /// With the beginning of what has not come whole.
    peers: HashMap<u64, (Arc<Peer>, Vec<u8>, Who)>,
    next: u64,
    present: Arc<Present>,
    db: Db,
    clock: Clock,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Upgrading,
    Stranger,
    Visitor(u32),
    Agent(u32),
}

impl Reader {
    fn run(mut self) -> anyhow::Result<()> {
        let mut events = Vec::with_capacity(1_024);
        let mut scratch = vec![0; 256 << 10];
        loop {
            events.clear();
            match epoll::wait(&*self.epoll, rustix::buffer::spare_capacity(&mut events), None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
            for event in &events {
                let (number, flags) = (event.data.u64(), event.flags);
                if number == 0 {
                    self.accept()?;
                } else if flags.intersects(EventFlags::OUT) {
                    if let Some((peer, ..)) = self.peers.get(&number) {
                        let _ = flush(&self.epoll, peer, &mut peer.out.lock());
                    }
                } else if self.read(number, &mut scratch).is_err() {
                    self.forget(number);
                }
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        while let Ok((tcp, _)) = self.listener.accept() {
            tcp.set_nonblocking(true)?;
            tcp.set_nodelay(true)?;
            epoll::add(&*self.epoll, &tcp, EventData::new_u64(self.next), EventFlags::IN)?;
            let peer = Arc::new(Peer { number: self.next, tcp, out: Mutex::default() });
            self.peers.insert(self.next, (peer, Vec::new(), Who::Upgrading));
            self.next += 1;
        }
        Ok(())
    }

    fn forget(&mut self, number: u64) {
        match self.peers.remove(&number) {
            Some((_, _, Who::Visitor(visitor))) => drop(self.present.visitors.write().remove(&visitor)),
            Some((_, _, Who::Agent(agent))) => drop(self.present.agents.write().remove(&agent)),
            _ => {}
        }
    }

    fn read(&mut self, number: u64, scratch: &mut [u8]) -> io::Result<()> {
        let Some((peer, rest, who)) = self.peers.get_mut(&number) else { return Ok(()) };
        let (peer, kept, mut who) = (peer.clone(), rest.len(), *who);
        scratch[..kept].copy_from_slice(rest);
        let end = match (&peer.tcp).read(&mut scratch[kept..]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => kept + n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let used = self.take(&peer, &mut who, &mut scratch[..end])?;
        if let Some((_, rest, known)) = self.peers.get_mut(&number) {
            *known = who;
            rest.clear();
            rest.extend_from_slice(&scratch[used..end]);
        }
        Ok(())
    }

    fn take(&self, peer: &Arc<Peer>, who: &mut Who, bytes: &mut [u8]) -> io::Result<usize> {
        let mut at = 0;
        if *who == Who::Upgrading {
            let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return Ok(0) };
            at = end + 4;
            *who = Who::Stranger;
            let upgrade = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
            self.answer(peer, |out| out.extend_from_slice(upgrade))?;
        }
        while let Some(head) = wire::head(&bytes[at..]).map_err(io::Error::other)? {
            let payload = &mut bytes[at + head.start..at + head.end];
            wire::unmask(head.mask.unwrap_or_default(), payload);
            match (head.opcode, *who) {
                (TEXT, Who::Visitor(visitor)) => self.post(peer, visitor, payload)?,
                (TEXT, Who::Stranger) => *who = self.greet(peer, payload)?,
                (PING, _) => self.answer(peer, |out| wire::put_plain(out, PONG, payload))?,
                (CLOSE, _) => return Err(io::ErrorKind::ConnectionReset.into()),
                _ => {}
            }
            at += head.end;
        }
        Ok(at)
    }

    fn greet(&self, peer: &Arc<Peer>, hello: &[u8]) -> io::Result<Who> {
        let token = field(hello, b"\"token\":\"").ok_or(io::ErrorKind::InvalidData)?;
        let number = std::str::from_utf8(&token[1..]).ok().and_then(|digits| digits.parse().ok());
        let number: u32 = number.ok_or(io::ErrorKind::InvalidData)?;
        let who = match token[0] {
            b'v' => {
                self.present.visitors.write().insert(number, peer.clone());
                Who::Visitor(number)
            }
            _ => {
                self.present.agents.write().insert(number, peer.clone());
                Who::Agent(number)
            }
        };
        self.answer(peer, |out| wire::put_plain(out, TEXT, br#"{"type":"live","cursor":""}"#))?;
        Ok(who)
    }

    fn post(&self, peer: &Peer, visitor: u32, frame: &[u8]) -> io::Result<()> {
        let id = field(frame, b"\"id\":\"").and_then(|id| <[u8; ID_BYTES]>::try_from(id).ok());
        let text = field(frame, b"\"text\":\"").and_then(|text| std::str::from_utf8(text).ok());
        let (Some(id), Some(text)) = (id, text) else { return Err(io::ErrorKind::InvalidData.into()) };
        let (text, at) = (text.to_owned(), self.clock.now());
        let queued = self.db.write(move |tx| keep(tx, visitor, &id, &text, at));
        // Waiting for nobody: who sent it is told by the thread that hears of the commit.
        if let Some(Err(error)) = queued.now_or_never() {
            let id = String::from_utf8_lossy(&id);
            let reject = format!(r#"{{"type":"reject","id":"{id}","code":"{}"}}"#, error.code);
            self.answer(peer, |out| wire::put_plain(out, TEXT, reject.as_bytes()))?;
        }
        Ok(())
    }

    fn answer(&self, peer: &Peer, put: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        let mut out = peer.out.lock();
        put(&mut out.bytes);
        flush(&self.epoll, peer, &mut out)
    }
}

fn keep(tx: &mut Tx<'_>, visitor: u32, id: &[u8; ID_BYTES], text: &str, at: Millis) -> Result<()> {
    let conversation = i64::from(visitor) + 1;
    let seq = store::raise_seq(tx, conversation, at)?;
    store::insert_message(tx, (conversation, seq), &binary(id), text, at)?;
    tx.emit(at, Said { visitor, seq, id: *id, text: text.to_owned(), at }).map(drop)
}

fn binary(id: &[u8; ID_BYTES]) -> [u8; 16] {
    let mut digits = id.iter().filter_map(|digit| (*digit as char).to_digit(16));
    std::array::from_fn(|_| (digits.next().unwrap_or(0) << 4 | digits.next().unwrap_or(0)) as u8)
}

fn field<'f>(frame: &'f [u8], key: &[u8]) -> Option<&'f [u8]> {
    let at = memmem::find(frame, key)? + key.len();
    frame[at..].split(|byte| *byte == b'"').next()
}

struct FanOut {
    epoll: Arc<OwnedFd>,
    present: Arc<Present>,
    channels: u32,
    agents_per_channel: u32,
}

impl FanOut {
    fn run(&self, batches: &Receiver<Batch>) {
        let mut touched: Vec<Arc<Peer>> = Vec::new();
        let mut frame = Vec::new();
        while let Ok(batch) = batches.recv() {
            for published in batch.iter() {
                if let Some(said) = published.get::<Said>() {
                    self.tell(said, published.position, &mut frame, &mut touched);
                }
            }
            for peer in touched.drain(..) {
                // Whoever cannot be written to is noticed by the thread that reads.
                let _ = flush(&self.epoll, &peer, &mut peer.out.lock());
            }
        }
    }

    fn tell(&self, said: &Said, position: i64, frame: &mut Vec<u8>, touched: &mut Vec<Arc<Peer>>) {
        let (conversation, seq, at) = (said.visitor + 1, said.seq, said.at.0);
        let mut put = |peer: &Arc<Peer>, text: &[u8]| {
            let mut out = peer.out.lock();
            if out.bytes.is_empty() {
                touched.push(peer.clone());
            }
            wire::put_plain(&mut out.bytes, TEXT, text);
        };
        let id = std::str::from_utf8(&said.id).unwrap_or_default();
        if let Some(peer) = self.present.visitors.read().get(&said.visitor) {
            frame.clear();
            let _ = write!(
                frame,
                r#"{{"type":"ack","id":"{id}","conversation":"cnv_{conversation}","seq":{seq},"order":{position},"at":{at},"position":{position}}}"#
            );
            put(peer, frame);
        }
        frame.clear();
        let _ = write!(
            frame,
            r#"{{"type":"message.created","cursor":"bare-{position}","position":{position},"message":{{"conversation":"cnv_{conversation}","seq":{seq},"client_id":"{id}","text":"{}","at":{at}}}}}"#,
            said.text
        );
        let agents = self.present.agents.read();
        let first = said.visitor % self.channels * self.agents_per_channel;
        for agent in first..first + self.agents_per_channel {
            if let Some(peer) = agents.get(&agent) {
                put(peer, frame);
            }
        }
    }
}

/// Writes what fits; the rest goes when there is room.
fn flush(epoll: &OwnedFd, peer: &Peer, out: &mut Out) -> io::Result<()> {
    let mut written = 0;
    while written < out.bytes.len() {
        match (&peer.tcp).write(&out.bytes[written..]) {
            Ok(n) => written += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    let waits = written < out.bytes.len();
    out.bytes.drain(..written);
    if out.waits != waits {
        out.waits = waits;
        let interest = if waits { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        epoll::modify(epoll.as_fd(), &peer.tcp, EventData::new_u64(peer.number), interest)?;
    }
    Ok(())
}
