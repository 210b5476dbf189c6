//! Recordings from packets to a file that somebody else plays and proves.
#![allow(clippy::disallowed_methods, reason = "packets come in real time, and the disk is waited for")]

mod calls;
mod proofs;
mod rtp;
mod trouble;

use super::model::Recording;
use super::recorder::Told;
use super::recordings::{Limits, Recordings, Start};
use super::{Codec, Kind, Party, Recorder, queries, store};
use crate::attachments::Files;
use crate::db::{Db, Options};
use crate::kernel::{Actor, CallId, ChannelId, Clock, ConversationId, Ctx, LegId, Millis, RecordingId, Role, UserId};
use crate::vault::{KeySource, Sealer, Vault};
use bytes::Bytes;
use crossbeam_channel::{Receiver, unbounded};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

pub(super) const AGENT: UserId = UserId(5);

/// A house that records.
pub(super) struct House {
    pub folder: TempDir,
    pub vault: Vault,
    pub db: Db,
    pub recordings: Recordings,
    pub clock: Clock,
}

/// A recording that goes on, and what is told of it.
pub(super) struct Running {
    pub recorder: Recorder,
    pub told: Receiver<Told>,
}

impl House {
    pub fn new() -> House {
        House::at(tempfile::tempdir().unwrap())
    }

    pub fn at(folder: TempDir) -> House {
        let (vault, db, recordings, clock) = open(folder.path());
        House { folder, vault, db, recordings, clock }
    }

    pub fn records(&self) -> Running {
        let (tell, told) = unbounded();
        let parties = vec![
            Party { leg: LegId(1), name: "Olga".into(), user: Some(AGENT) },
            Party { leg: LegId(2), name: "访客".into(), user: None },
        ];
        let start = Start { call: CallId(9), channel: ChannelId(1), conversation: ConversationId(1), parties };
        let listener = std::sync::Arc::new(move |_: RecordingId, what| {
            let _ = tell.send(what);
        });
        Running { recorder: self.recordings.start_blocking(&start, listener).unwrap(), told }
    }

    pub fn sealer(&self) -> Sealer {
        self.vault.sealer(super::FOLDER)
    }

    pub fn find(&self, id: RecordingId) -> Recording {
        self.db.read_blocking(move |snapshot| store::find(snapshot, id)).unwrap().unwrap()
    }

    /// As a file; only these tracks.
    pub fn file(&self, id: RecordingId, only: Option<Vec<u8>>) -> Vec<u8> {
        let mut showing = self.recordings.read(&self.find(id)).unwrap().show(only, None);
        let mut file = Vec::new();
        while (file.len() as u64) < showing.len() {
            // Pieces that no border respects.
            let some = showing.read(file.len() as u64, 77_777).unwrap();
            assert!(!some.is_empty());
            file.extend(some);
        }
        assert!(showing.read(file.len() as u64, 10).unwrap().is_empty());
        file
    }
}

pub(super) fn open(folder: &Path) -> (Vault, Db, Recordings, Clock) {
    let source = KeySource::File(folder.join("master.key"));
    let vault = Vault::open_or_create(folder, &source, Millis(1)).unwrap().0;
    let (path, key, clock) = (folder.join("parlor.db"), vault.page_key("main"), Clock::system());
    let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: clock.now() };
    let db = Db::open(&options).unwrap();
    let files = Files::open(folder.join("attachments"), vault.sealer("attachments")).unwrap();
    let recordings = Recordings::open(folder, &vault, &db, &clock, &files, Limits::default()).unwrap();
    (vault, db, recordings, clock)
}

impl Running {
    pub fn hears(&self, what: Told) {
        let mut heard = Vec::new();
        while let Ok(told) = self.told.recv_timeout(Duration::from_secs(20)) {
            if told == what {
                return;
            }
            heard.push(told);
        }
        panic!("{what:?} was never told, but {heard:?}");
    }

    pub fn stop(self) -> RecordingId {
        let id = self.recorder.id();
        self.recorder.stop();
        self.hears(Told::Ended(super::EndReason::Stopped));
        id
    }
}

/// What is no real picture, but has the shape of one.
pub(super) fn picture(is_key: bool, fill: u8) -> Bytes {
    let head: &[u8] =
        if is_key { &[0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0] } else { &[0x10, 0x11, 0, 0] };
    [head, &[fill; 60]].concat().into()
}

/// Sends a second of one party at once, as if it had come evenly.
pub(super) fn second(recorder: &Recorder, clock: &Clock, leg: i64, n: u32) {
    let now = clock.steady();
    for part in 0..50u32 {
        let at = n * 50 + part;
        let sound = Bytes::from_static(&[0xf8, 0xff, 0xfe]);
        recorder.packet(leg, Kind::Mic, Codec::Opus, at * 960, at as u16, false, &sound, now);
        if part % 2 == 0 {
            let at = at / 2;
            let payload = picture(part == 0, n as u8);
            recorder.packet(leg, Kind::Camera, Codec::Vp8, at * 3_600, at as u16, true, &payload, now);
        }
    }
}

pub(super) fn person(role: Role) -> Ctx {
    Ctx::new(Actor::User { id: UserId(1), role }, Clock::system().now())
}

#[test]
fn whoever_may_not_see_it_finds_nothing_and_every_opening_is_on_record() {
    use super::commands::{self, open as opens};
    use super::model::Deed;
    let house = House::new();
    let id = {
        let running = house.records();
        second(&running.recorder, &house.clock, 1, 0);
        running.stop()
    };
    for (ctx, may) in [
        (person(Role::Agent), false),
        (person(Role::Supervisor), true),
        (person(Role::Owner), true),
        (Ctx::system(Millis(1)), false),
    ] {
        for deed in [Deed::Played, Deed::Exported, Deed::Proof] {
            let opened = house.db.write_blocking(move |tx| opens(tx, &ctx, id, deed));
            assert_eq!(opened.is_ok(), may, "{ctx:?} {deed:?}");
            if let Err(error) = opened {
                assert_eq!(error.code, "not_found");
            }
        }
    }
    let later =
        |minutes: i64| Ctx::new(person(Role::Supervisor).actor, house.clock.now().plus(Millis::minutes(minutes)));
    let deeds = |ctx: Ctx| house.db.read_blocking(move |snapshot| queries::accesses(snapshot, &ctx, id)).unwrap();
    assert_eq!(deeds(later(0)).len(), 3, "both are the same person: a player's pieces are one opening");
    let again = later(6);
    house.db.write_blocking(move |tx| opens(tx, &again, id, Deed::Played)).unwrap();
    let seen = deeds(later(7));
    assert_eq!((seen.len(), seen[0].user, seen[0].deed), (4, UserId(1), Deed::Played));
    // Its number is not given to another one, whose accesses they would seem to be.
    house.db.write_blocking(move |tx| commands::delete(tx, &Ctx::system(Millis(1)), id)).unwrap();
    assert!(house.records().stop() > id);
}
