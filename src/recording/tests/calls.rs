//! Calls as they are.

use super::rtp::{Sender, decode, probe};
use super::*;
use crate::recording::frames::key_size;
use crate::recording::proof;
use std::io::Cursor;

/// Both parties send what the coder makes, the second one less some packets.
fn talk(house: &House, running: &Running, seconds: u32, loses: bool) {
    let (mut sender, mut n) = (Sender::start(seconds), 0u32);
    loop {
        let is_over = sender.is_over();
        for (socket, kind, codec) in
            [(&sender.sound, Kind::Mic, Codec::Opus), (&sender.picture, Kind::Camera, Codec::Vp8)]
        {
            for packet in Sender::packets(socket, &house.clock) {
                n += 1;
                for leg in [1, 2] {
                    if leg == 2 && loses && n % 20 == 7 {
                        continue;
                    }
                    let (at, sequence, payload) = (packet.timestamp, packet.sequence, &packet.payload);
                    running.recorder.packet(leg, kind, codec, at, sequence, packet.is_last, payload, packet.arrived);
                }
            }
        }
        if is_over {
            return;
        }
    }
}

#[test]
fn a_call_becomes_one_file_that_others_play_and_prove() {
    let house = House::new();
    let (running, begun) = (house.records(), house.clock.steady());
    running.hears(Told::On);
    talk(&house, &running, 5, true);
    let id = running.stop();
    let file = house.file(id, None);
    let (streams, seconds) = probe(&file);
    assert_eq!(streams.iter().filter(|codec| *codec == "vp8").count(), 2, "{streams:?}");
    assert_eq!(streams.iter().filter(|codec| *codec == "opus").count(), 2, "{streams:?}");
    let known = house.find(id).ended.unwrap().duration_ms as f64 / 1_000.0;
    let lasted = house.clock.steady().since(begun) as f64 / 1_000.0;
    assert!((seconds - known).abs() < 0.1 && (4.0..lasted + 0.5).contains(&seconds), "{seconds} {known} {lasted}");
    assert_eq!(decode(&file, 0.0), "", "nothing to complain of, though every twentieth packet was lost");
    assert_eq!(decode(&file, 3.0), "", "nor after seeking");

    // One party alone, with fewer bytes; what they are is the same.
    let contents = house.recordings.read(&house.find(id)).unwrap().contents;
    let of =
        |leg| contents.tracks.iter().filter(|track| track.leg == leg).map(|track| track.number).collect::<Vec<u8>>();
    let alone = house.file(id, Some(of(2)));
    let (streams, _) = probe(&alone);
    assert!(streams.len() == 2 && alone.len() < file.len(), "{streams:?}");
    assert_eq!(decode(&alone, 2.0), "");
    let sound = contents.track_of(1, Kind::Mic).unwrap();
    assert_eq!(probe(&house.file(id, Some(vec![sound]))).0, ["opus"]);
    assert_eq!(contents.tracks.iter().filter_map(|track| track.size).collect::<Vec<_>>(), [(320, 240); 2]);

    // Sound and picture of a party begin together.
    let begin = |kind| {
        contents.tracks.iter().find(|track| Some(track.number) == contents.track_of(1, kind)).unwrap().from_ms.unwrap()
    };
    assert!(begin(Kind::Mic).abs_diff(begin(Kind::Camera)) < 700);

    let links = house.recordings.read(&house.find(id)).unwrap().links().unwrap();
    let proof = proof::text(&house.recordings.signing_key().unwrap(), &links).unwrap();
    let verdict = proof::verify(Cursor::new(&file), &proof).unwrap();
    assert_eq!(verdict.wrong, Vec::<String>::new());
    assert_eq!((verdict.recording.as_str(), verdict.call.as_str()), (&*id.to_string(), "call_9"));
}

#[test]
fn a_recording_that_goes_on_is_played_up_to_now_and_stays_the_same_file() {
    let house = House::new();
    let running = house.records();
    talk(&house, &running, 4, false);
    std::thread::sleep(Duration::from_millis(1_500));
    let recording = house.find(running.recorder.id());
    let opened = house.recordings.read(&recording).unwrap();
    let segments = opened.contents.segments.len();
    assert!(segments >= 3);
    let read = |mut showing: crate::recording::reading::Showing| showing.read(0, 100 << 20).unwrap();
    let first = read(opened.show(None, Some(segments - 1)));
    let (streams, seconds) = probe(&first);
    assert!(streams.len() == 4 && seconds > 1.5, "{streams:?} {seconds}");
    second(&running.recorder, &house.clock, 1, 50);
    let id = running.stop();
    assert_eq!(read(house.recordings.read(&house.find(id)).unwrap().show(None, Some(segments - 1))), first);
}

#[test]
fn what_is_said_in_a_pause_is_nowhere_and_its_reason_is_kept() {
    let house = House::new();
    let running = house.records();
    second(&running.recorder, &house.clock, 1, 1);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(running.recorder.pause("  ", None).unwrap_err().code, "input.invalid");
    running.recorder.pause("a card's number", Some(AGENT)).unwrap();
    second(&running.recorder, &house.clock, 1, 2);
    running.hears(Told::Paused);
    second(&running.recorder, &house.clock, 1, 3);
    std::thread::sleep(Duration::from_millis(1_500));
    running.recorder.resume(Some(AGENT)).unwrap();
    running.hears(Told::On);
    second(&running.recorder, &house.clock, 1, 4);
    let id = running.stop();
    let file = house.file(id, None);
    let holds = |fill: u8| file.windows(60).any(|bytes| bytes == [fill; 60]);
    assert_eq!([1, 2, 3, 4].map(holds), [true, false, false, true]);
    let contents = house.recordings.read(&house.find(id)).unwrap().contents;
    let [mark] = contents.marks.as_slice() else { panic!("{:?}", contents.marks) };
    assert_eq!(mark.reason, "a card's number");
    assert!(mark.resumed_at.unwrap() - mark.paused_at >= 1_400);
    assert!(contents.duration_ms() < 2_500, "the pause takes no time: {}", contents.duration_ms());
    assert!(key_size(&picture(true, 0)[1..]).is_some());

    // Nothing of it, neither a picture nor a word, lies readable anywhere.
    let mut folders = vec![house.folder.path().to_owned()];
    let mut looked_at = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |word: &[u8]| bytes.windows(word.len()).any(|some| some == word);
            assert!(!holds(&[1; 60]) && !holds(b"a card's number") && !holds(b"OpusHead"), "{}", path.display());
            looked_at += bytes.len();
        }
    }
    assert!(looked_at > file.len());
}
