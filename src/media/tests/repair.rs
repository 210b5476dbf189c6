use super::browser::Browser;
use super::{House, shown};
use crate::media::TrackKind;
use std::time::Duration;

#[test]
fn what_is_lost_on_the_way_up_is_asked_for_little_and_shown_once_it_comes() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.shows(TrackKind::Camera, true, b"first");
    bob.until(|bob| bob.seen.len() == 1);
    let first = bob.seen[0].0.sequence;
    // Every tenth of three hundred is lost, and so is every fourth repair.
    let (mut lost, mut asked, mut repaired) = (0, 0, 0);
    for n in 0..300 {
        if n % 10 == 5 {
            ann.caller.lose(TrackKind::Camera, 1);
            lost += 1;
        } else {
            ann.shows(TrackKind::Camera, false, b"picture");
        }
        std::thread::park_timeout(Duration::from_millis(2));
        ann.look();
        for missed in std::mem::take(&mut ann.asked) {
            asked += 1;
            if asked % 4 != 0 {
                let repair = ann.caller.repair(TrackKind::Camera, missed, 0, b"\x10\x01repaired").unwrap();
                ann.socket.send(&repair).unwrap();
                repaired += 1;
            }
        }
        bob.look();
    }
    assert!(asked <= 3 * lost, "{asked} times asked for {lost}");
    assert!(repaired >= lost * 9 / 10, "{repaired} of {lost}");
    let mut numbers: Vec<u16> = bob.seen.iter().map(|(header, _)| header.sequence.wrapping_sub(first)).collect();
    let came = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), came, "nothing is shown twice");
    assert!(came >= 300 - lost / 10, "{came}");
    std::thread::park_timeout(Duration::from_millis(1_100));
    let quality = house.media.quality(1);
    let up = quality.iter().find(|quality| quality.leg == 10).unwrap().loss_up;
    assert!((0.05..0.15).contains(&up), "what the network lost counts, repaired or not: {up}");
}

#[test]
fn what_is_lost_on_the_way_down_is_sent_again_but_not_without_end() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    for n in 0..20 {
        ann.shows(TrackKind::Camera, n == 0, &[n]);
    }
    bob.until(|bob| bob.seen.len() == 20);
    let (stream, missed) = (bob.seen[7].0.ssrc, bob.seen[7].0.sequence);
    bob.seen.clear();
    bob.socket.send(&bob.caller.ask_again(stream, &[missed]).unwrap()).unwrap();
    bob.until(|bob| !bob.seen.is_empty());
    let (header, packet) = &bob.seen[0];
    assert_ne!(header.ssrc, stream, "as a repair");
    assert_eq!(packet[header.length..header.length + 2], missed.to_be_bytes());
    assert!(packet.ends_with(&[7]));
    bob.seen.clear();
    for _ in 0..100 {
        let all: Vec<u16> = (0..20).map(|n| missed.wrapping_sub(7).wrapping_add(n)).collect();
        bob.socket.send(&bob.caller.ask_again(stream, &all).unwrap()).unwrap();
        bob.look();
    }
    assert!(bob.seen.len() < 2_000 && bob.seen.len() > 20, "{} of 2,000", bob.seen.len());
}

/// Chromium probes what its way carries with copies of packets.
#[test]
fn copies_are_not_shown_twice() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.shows(TrackKind::Camera, true, b"a");
    let packet = ann.caller.rtp(TrackKind::Camera, 9_000, true, b"\x10\x01b").unwrap();
    ann.socket.send(&packet).unwrap();
    ann.socket.send(&packet).unwrap();
    ann.shows(TrackKind::Camera, false, b"c");
    assert_eq!(bob.heard().len(), 3);
}
