//! The relay, as a browser's TURN client uses it.

use super::browser::Browser;
use super::{House, shown};
use crate::media::IceServer;
use crate::media::wire::stun::{Class, Message, Method, Writer, attribute as is};
use crate::media::wire::u16_at;
use crate::vault::random;
use md5::{Digest, Md5};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// A way to the server: a socket, or a stream with TURN's own framing.
enum Way {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Way {
    fn send(&mut self, message: &[u8]) {
        match self {
            Way::Udp(socket) => _ = socket.send(message).unwrap(),
            Way::Tcp(stream) => {
                let mut padded = message.to_vec();
                padded.resize(message.len().next_multiple_of(4), 0);
                stream.write_all(&padded).unwrap();
            }
        }
    }

    fn receive(&mut self) -> Option<Vec<u8>> {
        match self {
            Way::Udp(socket) => {
                let mut buffer = [0; 2_048];
                let length = socket.recv(&mut buffer).ok()?;
                Some(buffer[..length].to_vec())
            }
            Way::Tcp(stream) => {
                let mut message = vec![0; 4];
                stream.read_exact(&mut message).ok()?;
                let length = usize::from(u16_at(&message, 2)?);
                let channel = message[0] >= 0x40;
                let whole = if channel { 4 + length } else { 20 + length };
                message.resize(whole.next_multiple_of(4), 0);
                stream.read_exact(&mut message[4..]).ok()?;
                message.truncate(whole);
                Some(message)
            }
        }
    }
}

struct Client {
    way: Way,
    server: IceServer,
    nonce: String,
}

impl Client {
    fn new(way: Way, server: IceServer) -> Client {
        Client { way, server, nonce: String::new() }
    }

    fn udp(house: &House, server: IceServer) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(house.media.address()).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        Client::new(Way::Udp(socket), server)
    }

    fn tcp(house: &House, server: IceServer) -> Client {
        let stream = TcpStream::connect(house.media.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        Client::new(Way::Tcp(stream), server)
    }

    /// Asks, and gives the number of the refusal, if it is one.
    fn ask(&mut self, method: Method, add: impl Fn(Writer) -> Writer) -> Result<Vec<u8>, u16> {
        for _ in 0..2 {
            let key = Md5::digest(format!("{}:parlor:{}", self.server.username, self.server.credential));
            let message = add(Writer::new(Class::Request, method, random()));
            let message = match self.nonce.is_empty() {
                true => message,
                false => message
                    .put(is::USERNAME, self.server.username.as_bytes())
                    .put(is::REALM, b"parlor")
                    .put(is::NONCE, self.nonce.as_bytes())
                    .sign(&key),
            };
            self.way.send(&message.fingerprint());
            let answer = self.way.receive().expect("an answer");
            let read = Message::parse(&answer).unwrap();
            if read.class == Class::Success {
                return Ok(answer);
            }
            let error = read.get(is::ERROR_CODE).unwrap();
            let code = u16::from(error[2]) * 100 + u16::from(error[3]);
            match read.text(is::NONCE) {
                Some(nonce) if self.nonce.is_empty() => self.nonce = nonce.to_owned(),
                _ => return Err(code),
            }
        }
        Err(0)
    }

    fn allocate(&mut self) -> Result<Vec<u8>, u16> {
        self.ask(Method::Allocate, |message| message.put(is::REQUESTED_TRANSPORT, &[17, 0, 0, 0]))
    }

    fn bind(&mut self, number: u16, peer: SocketAddr) -> Result<Vec<u8>, u16> {
        self.ask(Method::ChannelBind, |message| {
            message
                .put(is::CHANNEL_NUMBER, &[(number >> 8) as u8, number as u8, 0, 0])
                .address(is::XOR_PEER_ADDRESS, peer)
        })
    }

    fn channel(&mut self, number: u16, data: &[u8]) {
        let mut packet = number.to_be_bytes().to_vec();
        packet.extend_from_slice(&(data.len() as u16).to_be_bytes());
        packet.extend_from_slice(data);
        self.way.send(&packet);
    }
}

#[test]
fn a_call_goes_through_the_relay_over_udp_and_over_tcp() {
    for tcp in [false, true] {
        let house = House::open();
        let mut bob = Browser::join(&house, 1, 11);
        house.media.show(1, 11, vec![shown(0, 10)]);
        let server = house.media.ice(1, 10);
        let mut client = if tcp { Client::tcp(&house, server) } else { Client::udp(&house, server) };
        client.allocate().unwrap();
        let ours = house.media.address();
        client.bind(0x4001, ours).unwrap();
        let mut ann = Browser::new(ours);
        ann.asks(&house, 1, 10).unwrap();
        client.channel(0x4001, &ann.caller.check());
        while !ann.ready {
            while let Some(datagram) = ann.caller.poll() {
                client.channel(0x4001, &datagram);
            }
            let answer = client.way.receive().expect("an answer through the relay");
            assert_eq!(u16_at(&answer, 0), Some(0x4001));
            ann.take(&answer[4..4 + usize::from(u16_at(&answer, 2).unwrap())]);
        }
        let packet = ann.caller.rtp(crate::media::TrackKind::Mic, 1, false, b"through the relay").unwrap();
        client.channel(0x4001, &packet);
        bob.hears(&[b"through the relay"]);
    }
}

#[test]
fn the_relay_leads_to_our_own_port_and_nowhere_else() {
    let house = House::open();
    let ours = house.media.address();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let theirs = stranger.local_addr().unwrap();
    let mut client = Client::udp(&house, house.media.ice(1, 10));
    client.allocate().unwrap();
    for peer in [
        theirs,
        SocketAddr::new(ours.ip(), ours.port() ^ 1),
        SocketAddr::new(ours.ip(), 22),
        "10.0.0.1:3478".parse().unwrap(),
        "169.254.169.254:80".parse().unwrap(),
        "[::1]:3478".parse().unwrap(),
        "0.0.0.0:3478".parse().unwrap(),
        "255.255.255.255:3478".parse().unwrap(),
    ] {
        assert_eq!(client.bind(0x4002, peer).unwrap_err(), 403, "{peer}");
        let allowed = client.ask(Method::CreatePermission, |message| message.address(is::XOR_PEER_ADDRESS, peer));
        assert_eq!(allowed.err(), (peer.ip() != ours.ip()).then_some(403), "{peer}");
        let send = Writer::new(Class::Indication, Method::Send, random()).address(is::XOR_PEER_ADDRESS, peer);
        client.way.send(&send.put(is::DATA, b"let me in").bytes());
        client.channel(0x4002, b"let me in");
    }
    assert!(stranger.recv(&mut [0; 64]).is_err(), "something got out");
    client.bind(0x4003, ours).unwrap();
    assert_eq!(client.bind(0x4003, ours).err(), None, "binding again keeps it");
    assert_eq!(client.bind(0x4004, ours).unwrap_err(), 400, "one number for an address");
}

#[test]
fn a_credential_is_good_for_its_leg_alone_and_only_if_we_made_it() {
    let house = House::open();
    let genuine = house.media.ice(1, 10);
    let (_, rest) = genuine.username.split_once(':').unwrap();
    for forged in [
        IceServer { credential: "guessed".into(), ..genuine.clone() },
        IceServer { username: format!("99999999999:{rest}"), ..genuine.clone() },
        IceServer { username: genuine.username.replace(":1:10", ":1:11"), ..genuine.clone() },
        IceServer { username: "admin".into(), ..genuine.clone() },
    ] {
        assert_eq!(Client::udp(&house, forged.clone()).allocate().unwrap_err(), 401, "{forged:?}");
    }
    // Genuine, but of another leg: what comes through may not speak for this one.
    let ours = house.media.address();
    let mut client = Client::udp(&house, house.media.ice(1, 99));
    client.allocate().unwrap();
    client.bind(0x4001, ours).unwrap();
    let mut ann = Browser::new(ours);
    ann.asks(&house, 1, 10).unwrap();
    client.channel(0x4001, &ann.caller.check());
    assert!(client.way.receive().is_none(), "the check was answered");
}

#[test]
fn a_leg_has_so_many_relays_and_they_end_with_it() {
    let house = House::open();
    let server = house.media.ice(1, 10);
    let mut clients: Vec<Client> = (0..17).map(|_| Client::udp(&house, server.clone())).collect();
    let results: Vec<bool> = clients.iter_mut().map(|client| client.allocate().is_ok()).collect();
    assert_eq!(results.iter().filter(|ok| **ok).count(), 16);
    assert_eq!(clients[16].allocate().unwrap_err(), 486);
    assert_eq!(clients[0].allocate().unwrap_err(), 437, "it has one");
    house.media.leave(1, 10);
    house.settled();
    assert_eq!(clients[0].bind(0x4001, house.media.address()).unwrap_err(), 437, "it ended with its leg");
    clients[0].allocate().unwrap();
    let ended = clients[0].ask(Method::Refresh, |message| message.put(is::LIFETIME, &[0; 4]));
    assert!(ended.is_ok());
    assert_eq!(clients[0].bind(0x4001, house.media.address()).unwrap_err(), 437);
}

/// What a relay carries beyond its rate is dropped.
#[test]
fn a_relay_carries_only_so_much() {
    let house = House::with(|settings| settings.turn_kbit_max = 80);
    let ours = house.media.address();
    let mut client = Client::udp(&house, house.media.ice(1, 10));
    client.allocate().unwrap();
    client.bind(0x4001, ours).unwrap();
    let mut ann = Browser::new(ours);
    ann.asks(&house, 1, 10).unwrap();
    let check = ann.caller.check();
    (0..200).for_each(|_| client.channel(0x4001, &check));
    let answered = std::iter::from_fn(|| client.way.receive()).count();
    // 10 kB at once, and a check has about 130 bytes.
    assert!((40..150).contains(&answered), "{answered} of 200");
}
