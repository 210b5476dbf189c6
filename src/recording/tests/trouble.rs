//! Kills, full disks, new keys, and time that is over.

use super::*;
use crate::recording::chain::{Chain, Statement};
use crate::recording::contents::Contents;
use crate::recording::model::EndReason;
use crate::recording::scribe::{Room, Scribe};
use crate::recording::upkeep;
use crate::vault::{Secret, SigningKey};
use parking_lot::RwLock;
use std::process::{Command, Stdio};
use std::sync::Arc;

const CHILD: &str = "PARLOR_TEST_RECORDS_IN";

/// Records until it is killed, when it is the child of the test below.
#[test]
fn records_until_it_is_killed() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    let (_vault, _db, recordings, clock) = open(Path::new(&folder));
    let start = Start { call: CallId(9), channel: ChannelId(1), conversation: ConversationId(1), parties: Vec::new() };
    let recorder = recordings.start_blocking(&start, Arc::new(|_, _| ())).unwrap();
    let begun = clock.steady();
    for part in 0u32.. {
        let now = clock.steady();
        let sound = Bytes::from_static(&[0xf8, 0xff, 0xfe]);
        recorder.packet(1, Kind::Mic, Codec::Opus, part * 960, part as u16, false, &sound, now);
        // The parent knows how far it was.
        std::fs::write(Path::new(&folder).join("now"), now.since(begun).to_string()).unwrap();
        std::thread::sleep(
            Duration::from_millis(20).saturating_sub(Duration::from_millis(
                (clock.steady().since(begun) - i64::from(part) * 20).max(0) as u64,
            )),
        );
    }
}

#[test]
fn whoever_is_killed_in_the_middle_leaves_all_but_the_last_two_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "recording::tests::trouble::records_until_it_is_killed"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let now = || std::fs::read_to_string(folder.path().join("now")).ok()?.parse::<i64>().ok();
    while now().is_none_or(|ms| ms < 5_300) {
        assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let killed_at = now().unwrap();
    let house = House::at(folder);
    let open = house.db.read_blocking(store::list_open).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(house.recordings.read(&open[0]).err().unwrap().code, "recording.closing");
    house.recordings.recover().unwrap();
    let recording = house.find(open[0].id);
    let ended = recording.ended.unwrap();
    assert_eq!(ended.reason, EndReason::BrokenOff);
    let lost = killed_at - ended.duration_ms;
    assert!(lost <= 2_000, "{lost} ms are lost");
    let (streams, seconds) = rtp::probe(&house.file(recording.id, None));
    assert_eq!(streams, ["opus"]);
    assert!((seconds * 1_000.0 - ended.duration_ms as f64).abs() < 100.0);
    let links = house.recordings.read(&recording).unwrap().links().unwrap();
    let proof = crate::recording::proof::text(&house.recordings.signing_key().unwrap(), &links).unwrap();
    let file = house.file(recording.id, None);
    let verdict = crate::recording::proof::verify(std::io::Cursor::new(&file), &proof).unwrap();
    assert_eq!((verdict.wrong, verdict.end_reason.as_deref()), (Vec::new(), Some("broken_off")));
    // Once more finds nothing to do.
    house.recordings.recover().unwrap();
    assert_eq!(house.find(recording.id), recording);
}

#[test]
fn wherever_the_file_is_cut_it_is_closed_as_far_as_it_goes() {
    let house = House::new();
    let id = {
        let running = house.records();
        for n in 0..3 {
            second(&running.recorder, &house.clock, 1, n);
            std::thread::sleep(Duration::from_millis(1_100));
        }
        running.stop()
    };
    let recording = house.find(id);
    let path = house.recordings.path(&recording.file);
    let whole = std::fs::read(&path).unwrap();
    let open = Recording { ended: None, ..recording.clone() };
    let (sealer, mut last) = (house.sealer(), 0);
    for cut in (0..whole.len()).step_by(whole.len() / 150) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let key = house.recordings.signing_key().unwrap();
        let ended = crate::recording::recover::close(&sealer, &path, &open, key).unwrap();
        assert!(ended.duration_ms >= last && ended.duration_ms <= recording.ended.unwrap().duration_ms, "cut at {cut}");
        last = ended.duration_ms;
        if ended.index.is_some() {
            let closed = Recording { ended: Some(ended), ..recording.clone() };
            assert!(house.recordings.read(&closed).unwrap().is_sound().unwrap(), "cut at {cut}");
        }
    }
    assert!(last > 1_500, "{last}");
}

fn scribe(house: &House, clock: &Clock, room: Room, has_room: bool) -> Scribe {
    let path = house.folder.path().join("by-hand");
    let log = house.sealer().create_log(&path, "by-hand").unwrap();
    let chain = Chain::new(SigningKey::new(&Secret::new([3; 32])));
    let contents = Arc::new(RwLock::new(Contents::default()));
    let mut scribe = Scribe::new(log, chain, contents, clock, room, Box::new(move || has_room));
    scribe.begin("rec_1".into(), "call_1".into(), "cnv_1".into(), &[]).unwrap();
    scribe
}

#[test]
fn a_full_disk_and_the_longest_time_end_it_with_their_names() {
    let house = House::new();
    for (has_room, longest_ms, reason) in [(false, 60_000, EndReason::DiskFull), (true, 900, EndReason::TooLong)] {
        let clock = Clock::manual(Millis(1_000_000));
        let mut scribe = scribe(&house, &clock, Room { longest_ms }, has_room);
        clock.advance(500);
        assert_eq!(scribe.turn(), Ok(()));
        clock.advance(1_000);
        assert_eq!(scribe.turn(), Err(reason));
        let ended = scribe.end(reason, 7).unwrap();
        assert!(ended.reason == reason && ended.index.is_some());
        std::fs::remove_file(house.folder.path().join("by-hand")).unwrap();
    }
}

#[test]
fn a_picture_that_stands_by_itself_is_asked_for_when_needed_and_every_ten_seconds() {
    let house = House::new();
    let clock = Clock::manual(Millis(1_000_000));
    let mut scribe = scribe(&house, &clock, Room { longest_ms: 3_600_000 }, true);
    let mut asked = Vec::new();
    for n in 0..250u32 {
        clock.advance(100);
        let payload = picture(matches!(n, 15 | 120), 0);
        let packet = crate::recording::frames::Packet {
            leg: 1,
            kind: Kind::Camera,
            codec: Codec::Vp8,
            timestamp: n * 9_000,
            sequence: n as u16,
            is_last: true,
            payload,
            arrived_ms: 0,
        };
        scribe.take(clock.steady(), packet).unwrap();
        scribe.turn().unwrap();
        if scribe.wants_key() {
            asked.push(n);
        }
    }
    assert_eq!(asked, [0, 10, 115, 220, 230, 240]);
}

#[test]
fn the_root_key_is_exchanged_while_it_goes_on() {
    let house = House::new();
    let running = house.records();
    second(&running.recorder, &house.clock, 1, 0);
    std::thread::sleep(Duration::from_millis(1_300));
    house.vault.begin_exchange().unwrap();
    let folder = house.folder.path().join(crate::recording::FOLDER);
    let (sealer, mut sealed) = (house.sealer(), 0);
    upkeep::reseal(&folder, &sealer, &mut |turn| {
        sealed += u64::from(turn.worked > Duration::ZERO);
        Ok(())
    })
    .unwrap();
    assert!(sealed > 0);
    second(&running.recorder, &house.clock, 1, 2);
    let id = running.stop();
    house.vault.end_exchange().unwrap();
    assert!(house.recordings.read(&house.find(id)).unwrap().is_sound().unwrap());
}

#[test]
fn what_has_outlived_its_conversation_goes_and_so_does_what_is_over() {
    let house = House::new();
    let now = house.clock.now();
    let ids: Vec<RecordingId> = (0..2)
        .map(|n| {
            let running = house.records();
            second(&running.recorder, &house.clock, 1, n);
            running.stop()
        })
        .collect();
    let file = house.recordings.path(&house.find(ids[0]).file);
    assert!(file.exists());
    assert_eq!(house.recordings.expire(Some(now.plus(-Millis::days(1))), now, |_| Ok(())).unwrap(), 0, "too young");
    assert_eq!(house.recordings.expire(None, now, |_| Ok(())).unwrap(), 2, "their conversation is gone");
    assert!(!file.exists());
    let audit = house.recordings.audit(true, now, |_| Ok(())).unwrap();
    assert_eq!((audit.recordings, audit.missing.len(), audit.damaged.len()), (0, 0, 0));
}

#[test]
fn an_audit_finds_what_is_missing_and_what_is_damaged() {
    let house = House::new();
    let made = |n| {
        let running = house.records();
        second(&running.recorder, &house.clock, 1, n);
        running.stop()
    };
    let (sound, missing, damaged) = (made(0), made(1), made(2));
    let path = |id| house.recordings.path(&house.find(id).file);
    std::fs::remove_file(path(missing)).unwrap();
    let at = house.recordings.read(&house.find(damaged)).unwrap().contents.segments[0].record.at as usize;
    let mut bytes = std::fs::read(path(damaged)).unwrap();
    bytes[at + 100] ^= 1;
    std::fs::write(path(damaged), bytes).unwrap();
    let look = |whole| house.recordings.audit(whole, house.clock.now(), |_| Ok(())).unwrap();
    assert_eq!((look(false).missing, look(false).damaged), (vec![missing], vec![]));
    assert_eq!((look(true).missing, look(true).damaged), (vec![missing], vec![damaged]));
    assert_eq!(look(true).recordings, 3);
    assert!(house.find(sound).ended.is_some());
    let links = house.recordings.read(&house.find(sound)).unwrap().links().unwrap();
    assert!(matches!(links.last().unwrap().statement(), Some(Statement::End { .. })));
}
