use super::browser::Browser;
use super::{House, shown, wait};
use crate::media::{Codec, LegRole, Shown, Tap, TapPacket, Told, TrackKind};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

#[test]
fn two_hear_and_see_each_other_once_they_are_shown_and_not_before() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    ann.says(b"too early");
    ann.shows(TrackKind::Camera, true, b"too early");
    bob.hears_nothing();

    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.says(b"hello");
    ann.shows(TrackKind::Camera, true, b"face");
    ann.shows(TrackKind::Screen, true, b"desk");
    bob.hears(&[b"hello", b"\x10\x00face"]);
    bob.says(b"deaf");
    ann.hears_nothing();
    for event in [
        Told::Connected { call: 1, leg: 10 },
        Told::Publishing { call: 1, leg: 10, kind: TrackKind::Mic, active: true },
        Told::Publishing { call: 1, leg: 10, kind: TrackKind::Screen, active: true },
    ] {
        assert!(house.was_told(event), "{event:?}");
    }
}

#[test]
fn who_is_taken_out_of_a_place_is_neither_heard_nor_seen_any_more() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.says(b"a");
    bob.hears(&[b"a"]);
    house.media.show(1, 11, vec![Shown { audio: false, ..shown(0, 10) }]);
    house.settled();
    ann.says(b"b");
    ann.shows(TrackKind::Camera, true, b"seen");
    bob.hears(&[b"\x10\x00seen"]);
    house.media.show(1, 11, vec![]);
    house.settled();
    ann.says(b"c");
    ann.shows(TrackKind::Camera, true, b"d");
    bob.hears_nothing();
    // Another call's leg is nobody here, whatever its number.
    let mut eve = Browser::join(&house, 2, 12);
    house.media.show(1, 11, vec![shown(0, 12)]);
    eve.says(b"e");
    bob.hears_nothing();
}

#[test]
fn a_place_that_shows_another_goes_on_as_one_stream_and_begins_with_a_key_frame() {
    let house = House::open();
    let mut legs: Vec<Browser> = (10..13).map(|leg| Browser::join(&house, 1, leg)).collect();
    house.media.show(1, 12, vec![shown(0, 10)]);
    let mut viewer = legs.pop().unwrap();
    house.settled();
    for n in 0..3 {
        legs[0].shows(TrackKind::Camera, n == 0, b"one");
        legs[1].shows(TrackKind::Camera, n == 0, b"two");
    }
    viewer.until(|viewer| viewer.seen.len() >= 3);
    house.media.show(1, 12, vec![shown(0, 11)]);
    legs[1].until(|leg| leg.key_frames_asked > 0);
    legs[1].shows(TrackKind::Camera, false, b"no picture can begin here");
    legs[1].shows(TrackKind::Camera, true, b"key");
    legs[1].shows(TrackKind::Camera, false, b"next");
    viewer.until(|viewer| viewer.seen.len() >= 5);
    let streams: Vec<(u32, u16)> = viewer.seen.iter().map(|(header, _)| (header.ssrc, header.sequence)).collect();
    assert!(streams.iter().all(|(ssrc, _)| *ssrc == streams[0].0), "one stream");
    let numbers: Vec<u16> = streams.iter().map(|(_, number)| number.wrapping_sub(streams[0].1)).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4], "without a gap");
    let stamps: Vec<u32> = viewer.seen.iter().map(|(header, _)| header.timestamp).collect();
    assert!(
        stamps.windows(2).all(|two| two[1].wrapping_sub(two[0]) < 1 << 31 && two[0] != two[1]),
        "time goes on: {stamps:?}"
    );
    assert!(viewer.seen[3].1.ends_with(b"key"));
}

#[test]
fn whoever_comes_late_has_a_key_frame_asked_for_at_once() {
    let house = House::open();
    let mut ann = Browser::join(&house, 1, 10);
    ann.shows(TrackKind::Camera, true, b"long ago");
    std::thread::park_timeout(Duration::from_millis(60));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.look();
    let before = ann.key_frames_asked;
    let _late = Browser::join(&house, 1, 11);
    ann.until(|ann| ann.key_frames_asked > before);
}

#[test]
fn a_page_that_breaks_asks_for_a_key_frame_through_us() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    ann.shows(TrackKind::Camera, true, b"x");
    bob.until(|bob| !bob.seen.is_empty());
    std::thread::park_timeout(Duration::from_millis(300));
    ann.look();
    let (before, stream) = (ann.key_frames_asked, bob.seen[0].0.ssrc);
    bob.socket.send(&bob.caller.ask_key_frame(stream).unwrap()).unwrap();
    ann.until(|ann| ann.key_frames_asked > before);
}

#[test]
fn a_restart_of_ice_takes_the_call_to_another_network() {
    let house = House::open();
    let (mut ann, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.media.show(1, 10, vec![shown(0, 11)]);
    ann.socket = Browser::new(house.media.address()).socket;
    ann.says(b"from an address nobody knows");
    bob.hears_nothing();
    ann.caller.restart();
    let answer = wait(house.media.join(1, 10, LegRole::Talks, ann.caller.offer())).unwrap();
    ann.caller.answered(&answer, ann.watch.instant(ann.watch.now())).unwrap();
    ann.socket.send(&ann.caller.check()).unwrap();
    ann.look();
    ann.says(b"here again");
    bob.hears(&[b"here again"]);
    bob.says(b"good");
    ann.hears(&[b"good"]);
}

#[test]
fn a_page_that_is_loaded_anew_takes_the_place_of_the_former() {
    let house = House::open();
    let (mut old, mut bob) = (Browser::join(&house, 1, 10), Browser::join(&house, 1, 11));
    house.media.show(1, 11, vec![shown(0, 10)]);
    house.settled();
    old.says(b"a");
    bob.hears(&[b"a"]);
    let papers = crate::media::Media::papers().unwrap();
    let mut new = Browser::new(house.media.address());
    new.caller = crate::media::caller::Caller::new(&papers);
    new.asks(&house, 1, 10).unwrap();
    new.connect();
    old.says(b"a ghost");
    new.says(b"b");
    bob.hears(&[b"b"]);
}

#[test]
fn a_leg_that_is_ended_is_told_so_and_one_that_says_goodbye_is_lost() {
    let house = House::open();
    let mut ann = Browser::join(&house, 1, 10);
    house.media.leave(1, 10);
    ann.until(|ann| ann.over);
    assert!(!house.was_told(Told::Lost { call: 1, leg: 10 }), "who was sent away is not lost");
    assert_eq!(house.media.quality(1).len(), 1, "its figures stay until the call is closed");
    house.media.close(1);
    house.settled();
    assert!(house.media.quality(1).is_empty());
}

#[derive(Default)]
struct Tape(Mutex<Vec<Taped>>);

/// Leg, kind, codec, sequence number, payload.
type Taped = (i64, TrackKind, Codec, u16, Vec<u8>);

impl Tap for Tape {
    fn packet(&self, packet: &TapPacket<'_>) {
        let TapPacket { leg, kind, codec, sequence, payload, .. } = packet;
        self.0.lock().push((*leg, *kind, *codec, *sequence, payload.to_vec()));
    }
    fn gone(&self, leg: i64) {
        self.0.lock().push((leg, TrackKind::Mic, Codec::Opus, 0, b"gone".to_vec()));
    }
}

#[test]
fn the_recorder_hears_who_talks_in_order_and_nobody_who_only_listens() {
    let house = House::open();
    let mut ann = Browser::join(&house, 1, 10);
    let mut listener = Browser::new(house.media.address());
    let answer = wait(house.media.join(1, 11, LegRole::Listens, listener.caller.offer())).unwrap();
    listener.caller.answered(&answer, listener.watch.instant(listener.watch.now())).unwrap();
    listener.connect();
    ann.shows(TrackKind::Camera, true, b"before");
    std::thread::park_timeout(Duration::from_millis(60));
    let (tape, before) = (Arc::new(Tape::default()), ann.key_frames_asked);
    house.media.tap(1, Some(tape.clone()));
    ann.until(|ann| ann.key_frames_asked > before);
    ann.says(b"one");
    listener.says(b"nobody is shown this");
    let lost = ann.caller.rtp(TrackKind::Mic, 5_000, false, b"two").unwrap();
    ann.says(b"three");
    std::thread::park_timeout(Duration::from_millis(60));
    assert_eq!(tape.0.lock().len(), 1, "three waits for two");
    ann.socket.send(&lost).unwrap();
    ann.shows(TrackKind::Camera, true, b"picture");
    ann.until(|_| tape.0.lock().len() == 4);
    house.media.leave(1, 10);
    house.settled();
    let tape = tape.0.lock();
    let words: Vec<&[u8]> = tape.iter().map(|packet| packet.4.as_slice()).collect();
    assert_eq!(words, [&b"one"[..], b"two", b"three", b"\x10\x00picture", b"gone"]);
    assert_eq!((tape[3].1, tape[3].2), (TrackKind::Camera, Codec::Vp8));
    assert_eq!(tape[1].3, tape[0].3.wrapping_add(1));
}
