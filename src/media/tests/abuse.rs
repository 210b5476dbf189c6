//! What strangers send. Nothing of it may end the thread, and whoever talks goes on talking.

use super::browser::Browser;
use super::{House, shown, wait};
use crate::media::sdp::Offer;
use crate::media::wire::stun::{Class, Message, Method, Writer, attribute as is};
use crate::media::wire::{dtls, rtcp, rtp, twcc, vp8};
use crate::media::{LegRole, TrackKind};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

/// A xorshift: the same seed, the same bytes.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.roll() % n.max(1) as u64) as usize
    }

    /// Bits turned, bytes set to what breaks lengths, cut off, grown, doubled.
    fn spoil(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bad = good.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bad.len());
            match self.below(7) {
                0 if !bad.is_empty() => bad[at] ^= 1 << self.below(8),
                1 if !bad.is_empty() => bad[at] = [0, 1, 0x7F, 0x80, 0xFF][self.below(5)],
                2 => bad.truncate(at),
                3 => bad.extend((0..self.below(64)).map(|n| n as u8)),
                4 => bad.extend_from_within(at..),
                5 if bad.len() >= 2 => {
                    let at = self.below(bad.len() - 1);
                    bad[at..at + 2].copy_from_slice(&[[0, 0], [0xFF, 0xFF], [0, 1], [0x80, 0]][self.below(4)]);
                }
                _ => bad = (0..self.below(200)).map(|_| self.roll() as u8).collect(),
            }
        }
        bad.truncate(1_400);
        bad
    }
}

/// Messages of every kind, to begin with.
fn good() -> Vec<Vec<u8>> {
    let address = "127.0.0.1:9".parse().unwrap();
    let stun = |class, method| {
        Writer::new(class, method, [3; 12])
            .put(is::USERNAME, b"99999999999:1:10")
            .put(is::REALM, b"parlor")
            .put(is::NONCE, b"1-x")
            .put(is::REQUESTED_TRANSPORT, &[17, 0, 0, 0])
            .address(is::XOR_PEER_ADDRESS, address)
            .put(is::DATA, b"\x80\x60data")
            .sign(b"k")
            .fingerprint()
    };
    let mut seeds = vec![
        stun(Class::Request, Method::Binding),
        stun(Class::Request, Method::Allocate),
        stun(Class::Request, Method::ChannelBind),
        stun(Class::Indication, Method::Send),
        Writer::new(Class::Request, Method::Binding, [0; 12]).bytes(),
        vec![0x40, 1, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0],
        // The heads of a client's hello over DTLS.
        [
            &[22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 54, 1, 0, 0, 42, 0, 0, 0, 0, 0, 0, 0, 42, 0xFE, 0xFD][..],
            &[7; 40],
        ]
        .concat(),
        [
            &[20, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1][..],
            &[21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40],
        ]
        .concat(),
    ];
    let mut packet = Vec::new();
    rtp::write(
        &mut packet,
        &rtp::Fields { payload_type: 96, marker: true, sequence: 1, timestamp: 2, ssrc: 3 },
        Some((3, 4)),
    );
    packet.extend_from_slice(&[0x90, 0xE0, 1, 2, 3, 4]);
    seeds.push(packet);
    let mut packet = Vec::new();
    let sender = rtcp::SenderReport { ssrc: 1, ntp: 2, timestamp: 3, packets: 4, octets: 5 };
    rtcp::write_sender_report(&mut packet, &sender);
    rtcp::write_receiver_report(&mut packet, &[rtcp::Report::default(); 3]);
    rtcp::write_nack(&mut packet, 1, &[1, 2, 3, 99]);
    rtcp::write_key_frame_request(&mut packet, 1);
    rtcp::write_estimate(&mut packet, 1_000_000, &[1, 2]);
    let mut arrivals = twcc::Arrivals::default();
    arrivals.note(1, crate::media::moment::Moment(5));
    arrivals.write(&mut packet, 1);
    seeds.push(packet);
    seeds
}

/// What has ended other servers.
fn killers() -> Vec<Vec<u8>> {
    let cookie = [0x21, 0x12, 0xA4, 0x42];
    vec![
        vec![],
        vec![0],
        // A message one byte short of a head.
        [&[0, 1, 0, 0][..], &cookie, &[0; 11]].concat(),
        // Lengths of nothing and of everything.
        [&[0, 1, 0xFF, 0xFF][..], &cookie, &[0; 12]].concat(),
        [&[0, 1, 0, 4][..], &cookie, &[0; 12], &[0, 6, 0xFF, 0xFF]].concat(),
        [&[0, 1, 0, 4][..], &cookie, &[0; 12], &[0, 8, 0, 0]].concat(),
        [&[0, 3, 0, 8][..], &cookie, &[0; 12], &[0, 0x12, 0, 4, 0, 3, 0, 0]].concat(),
        vec![0x80],
        vec![0x8F, 0x60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
        vec![0x90, 0x60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xBE, 0xDE, 0xFF, 0xFF],
        vec![0xA0, 0x60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF],
        vec![0x81, 200, 0, 0],
        vec![0x9F, 201, 0, 1, 0, 0, 0, 0],
        vec![0x81, 205, 0, 1, 0, 0, 0, 0],
        vec![0x8F, 206, 0, 1, 0, 0, 0, 0],
        vec![0x80, 200, 0xFF, 0xFF, 0, 0, 0, 0],
        vec![0x40, 0, 0xFF, 0xFF],
        vec![0x4F, 0xFF, 0, 0],
        vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF],
        vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        vec![22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 1, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF],
        vec![255; 1_400],
    ]
}

#[test]
fn no_parser_falls_over_whatever_it_reads() {
    read_nonsense(Dice(0x5EED_CA11));
}

fn read_nonsense(mut dice: Dice) {
    let seeds = good();
    let offer = crate::media::caller::Caller::new(&crate::media::Media::papers().unwrap()).offer();
    for round in 0..60_000 {
        let bad = match killers().get(round) {
            Some(killer) => killer.clone(),
            None => dice.spoil(&seeds[round % seeds.len()]),
        };
        if let Some(message) = Message::parse(&bad) {
            let _ = (message.signed_by(b"k"), message.address(is::XOR_PEER_ADDRESS), message.text(is::USERNAME));
        }
        if let Some(header) = rtp::Header::parse(&bad) {
            let _ = (header.payload(&bad), header.extension(&bad, 3));
        }
        let _ = vp8::begins_key_frame(&bad);
        let _ = (dtls::pieces(&bad).count(), dtls::offers(&bad, dtls::AEAD_AES_128_GCM));
        rtcp::items(&bad, |item| {
            if let rtcp::Item::Nack { pairs, .. } = item {
                assert!(rtcp::nacked(pairs).count() <= 17 * bad.len());
            }
        });
        if round % 20 == 0 {
            let _ = Offer::parse(&String::from_utf8_lossy(&dice.spoil(offer.as_bytes())));
        }
    }
}

#[test]
fn a_flood_of_nonsense_ends_nothing_and_those_who_talk_talk_on() {
    flood(Dice(0xBAD_CA11));
}

fn flood(mut dice: Dice) {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.connect(house.media.address()).unwrap();
    let mut seeds = good();
    // Also what is genuine, spoilt, from somebody who may speak: behind the first check and behind the keys.
    seeds.push(ann.caller.check());
    let mut young = Browser::new(house.media.address());
    young.asks(&house, 1, 12).unwrap();
    young.socket.send(&young.caller.check()).unwrap();
    let hello = young.caller.poll().unwrap();
    seeds.push(hello.to_vec());
    for round in 0..6_000 {
        let fresh =
            (round % 9 == 0).then(|| ann.caller.rtp(TrackKind::Screen, round, true, &[9; 30]).unwrap().to_vec());
        let seed = fresh.unwrap_or_else(|| seeds[dice.below(seeds.len())].clone());
        let bad = killers().get(round as usize).cloned().unwrap_or_else(|| dice.spoil(&seed));
        for socket in [&stranger, &ann.socket, &young.socket] {
            let _ = socket.send(&bad);
        }
        if round % 500 == 0 {
            std::thread::park_timeout(Duration::from_millis(20));
            bob.heard();
            ann.says(b"still here");
            bob.hears(&[b"still here"]);
        }
    }
    Browser::join(&house, 2, 20);
    let bad = wait(house.media.join(3, 30, LegRole::Talks, "v=0\r\nm=\r\n".into()));
    assert!(bad.is_err());
}

/// Something that a peer with the right keys sends.
#[test]
fn a_peer_with_keys_cannot_break_anything_either() {
    speak_nonsense(Dice(0xDEAD_CA11));
}

fn speak_nonsense(mut dice: Dice) {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    for round in 0..4_000_u32 {
        let payload = dice.spoil(&[0x90, 0xE0, 0x81, 2, 3, 4, 5, 6, 7]);
        let kind = [TrackKind::Mic, TrackKind::Camera, TrackKind::Screen][dice.below(3)];
        let packet = match dice.below(4) {
            0 => ann.caller.repair(kind, dice.roll() as u16, round, &payload),
            1 => ann.caller.ask_again(dice.roll() as u32, &[dice.roll() as u16; 3]),
            _ => ann.caller.rtp(kind, dice.roll() as u32, round % 3 == 0, &payload),
        };
        ann.caller.lose(kind, if dice.below(50) == 0 { dice.roll() as u16 } else { 0 });
        // Some of these numbers cannot be encrypted.
        if let Some(packet) = packet {
            ann.socket.send(&packet).unwrap();
        }
        if round % 64 == 0 {
            ann.look();
            bob.look();
        }
    }
    bob.heard();
    let mut carol = Browser::join(&house, 1, 12);
    house.media.show(1, 11, vec![shown(1, 12)]);
    house.settled();
    carol.says(b"well");
    bob.until(|bob| bob.seen.iter().any(|(_, packet)| packet.ends_with(b"well")));
}

/// The same with other seeds, for as long as one likes: docs/testing.md.
#[test]
#[ignore = "takes minutes"]
fn nonsense_at_length() {
    let number = |name: &str, usual: u64| -> u64 {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
    };
    let (seed, minutes) = (number("PARLOR_TEST_SEED", 1), number("PARLOR_TEST_MINUTES", 5));
    let (watch, mut turns) = (crate::kernel::Stopwatch::start(), 0_u64);
    while watch.elapsed() < Duration::from_secs(60 * minutes) {
        for (n, nonsense) in [read_nonsense as fn(Dice), flood, speak_nonsense].into_iter().enumerate() {
            // Never zero, which a xorshift does not leave.
            nonsense(Dice(((seed << 32) | (turns << 8) | n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
        }
        turns += 1;
    }
    println!("seed {seed}: {turns} turns of 60,000 messages read, 18,000 sent by strangers, 4,000 by a peer with keys");
}

#[test]
fn streams_that_say_nothing_sensible_are_closed_and_others_are_served() {
    let house = House::with(|settings| (settings.calls_max, settings.legs_max) = (1, 1));
    let open = || {
        let stream = TcpStream::connect(house.media.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        stream
    };
    for words in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xFF; 64], &[0; 64], &[22, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 9]] {
        let mut stream = open();
        stream.write_all(words).unwrap();
        assert_eq!(stream.read(&mut [0; 8]).unwrap_or(0), 0, "{words:?}");
    }
    // As many as there is room for, and more: the oldest makes room.
    let mut idle: Vec<TcpStream> = (0..70).map(|_| open()).collect();
    assert_eq!(idle[0].read(&mut [0; 8]).unwrap_or(0), 0, "the first had to go");
    let mut late = open();
    let mut asks = Writer::new(Class::Request, Method::Allocate, [1; 12]).fingerprint();
    late.write_all(&asks).unwrap();
    let mut answer = [0; 20];
    late.read_exact(&mut answer).unwrap();
    assert_eq!(answer[..2], [0x01, 0x13], "who speaks is answered");
    // In pieces it is the same.
    asks[8] ^= 1;
    for piece in asks.chunks(3) {
        idle[69].write_all(piece).unwrap();
    }
}
