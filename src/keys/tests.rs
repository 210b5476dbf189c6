//! The exchange of the root key, whole: everything sealed anew under people who write.

use super::Keys;
use super::pace::{Pace, Progress, Step};
use crate::attachments::Files;
use crate::db::{Db, Options, Resealing};
use crate::kernel::{Event, Millis};
use crate::vault::{KeySource, MASTER_KEY_FILE, Vault};
use crossbeam_channel::bounded;
use parking_lot::Mutex;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;
use tempfile::TempDir;

/// Fills a page.
struct Long;

impl Event for Long {
    fn kind(&self) -> &'static str {
        static WORDS: LazyLock<String> = LazyLock::new(|| "long ".repeat(600));
        &WORDS
    }
    fn subject(&self) -> (i64, i64) {
        (1, 1)
    }
}

struct House {
    dir: TempDir,
    vault: Vault,
    db: Db,
}

impl House {
    fn new() -> House {
        let dir = tempfile::tempdir().unwrap();
        Vault::create(dir.path(), &source(dir.path()), Millis(1)).unwrap();
        House::open(dir)
    }

    fn open(dir: TempDir) -> House {
        let vault = Vault::open(dir.path(), &source(dir.path())).unwrap();
        let db = store(dir.path(), &vault);
        Files::open(dir.path().join("attachments"), vault.sealer("attachments")).unwrap();
        House { dir, vault, db }
    }

    fn keys(&self) -> Keys {
        Keys::new(self.dir.path(), &self.vault, &self.db)
    }

    fn write(&self, events: i64) {
        for _ in 0..events {
            self.db.write_blocking(|tx| tx.emit(Millis(1), Long)).unwrap();
        }
    }

    /// Each with all its words.
    fn events(&self) -> i64 {
        let recorded = self.db.read_blocking(|snapshot| snapshot.events_after(0, 10_000)).unwrap();
        assert!(recorded.iter().all(|event| event.kind == Long.kind()));
        recorded.len() as i64
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join("attachments").join(&name[..2]).join(name)
    }

    fn seal(&self, name: &str) {
        let mut file = self.vault.sealer("attachments").create_file(&self.file(name), name).unwrap();
        file.write_all(name.as_bytes()).unwrap();
        file.finish().unwrap();
    }

    fn opens(&self, name: &str) -> bool {
        let opened = self.vault.sealer("attachments").open_file(&self.file(name), name);
        opened.is_ok_and(|mut file| file.read_range(0, 100).is_ok_and(|text| text == name.as_bytes()))
    }

    fn stop(self) -> TempDir {
        self.db.stop();
        self.dir
    }
}

fn source(dir: &Path) -> KeySource {
    KeySource::File(dir.join(MASTER_KEY_FILE))
}

fn store(dir: &Path, vault: &Vault) -> Db {
    let (path, key) = (dir.join("parlor.db"), vault.page_key("main"));
    Db::open(&Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) }).unwrap()
}

/// One that does not come to its end would be tried again for ever.
fn finish(keys: &Keys) {
    for _ in 0..600 {
        if keys.progress().is_none() {
            return;
        }
        assert!(!keys.has_stopped(Duration::from_millis(50)));
    }
    panic!("the exchange does not come to its end: {:?}", keys.progress());
}

#[test]
fn how_far_the_exchange_is_grows_step_by_step_and_stands_still_while_it_waits() {
    let house = House::new();
    house.write(600);
    (0..40).for_each(|n| house.seal(&format!("aa{n}")));
    let keys = house.keys();
    assert_eq!(keys.progress(), None);
    keys.begin().unwrap();
    let mut seen = Vec::new();
    while let Some(far) = keys.progress() {
        seen.push(far);
        // Somebody who makes it wait.
        house.write(1);
        assert!(seen.len() < 100_000, "{far:?}");
    }
    keys.stop();
    assert!(seen.iter().all(|far| far.done <= far.total), "{seen:?}");
    let mut steps: Vec<Step> = seen.iter().map(|far| far.step).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    steps.dedup();
    assert!(steps.len() > 1, "{steps:?}");
    for step in steps {
        let done: Vec<u64> = seen.iter().filter(|far| far.step == step).map(|far| far.done).collect();
        assert!(done.is_sorted(), "{step:?} goes back: {done:?}");
    }
}

#[test]
fn who_only_waits_is_as_far_as_before() {
    let house = House::new();
    let (progress, (_running, stop)) = (Mutex::default(), bounded(0));
    let mut pace = Pace::new(&house.db, &stop, &progress);
    let at = |done, millis| Resealing { done, total: 10, worked: Duration::from_millis(millis) };
    pace.after(Step::Search, at(4, 1)).unwrap();
    pace.after(Step::Search, at(10, 0)).unwrap();
    assert_eq!(*progress.lock(), Progress { step: Step::Search, done: 4, total: 10 });
    pace.after(Step::Files, at(0, 0)).unwrap();
    assert_eq!(*progress.lock(), Progress { step: Step::Files, done: 0, total: 10 });
}

/// As a page names its key.
fn key_id(vault: &Vault) -> [u8; 4] {
    *vault.page_key("main").expand::<4>("key id")
}

fn holds(path: &Path, id: [u8; 4]) -> bool {
    let bytes = fs::read(path).unwrap_or_default();
    bytes.chunks_exact(4096).any(|page| page[4048..4052] == id)
        || bytes.get(32..).unwrap_or_default().chunks_exact(4120).any(|frame| frame[4072..4076] == id)
}

#[test]
fn everything_is_sealed_anew_while_people_write_and_the_former_key_is_of_no_use() {
    let house = House::new();
    house.write(200);
    ["aa1", "bc2"].into_iter().for_each(|name| house.seal(name));
    let before = tempfile::tempdir().unwrap();
    for name in ["keyslots.json", "keyslots.bak.json", MASTER_KEY_FILE] {
        fs::copy(house.dir.path().join(name), before.path().join(name)).unwrap();
    }
    let old = Vault::open(before.path(), &source(before.path())).unwrap();
    let keys = house.keys();
    keys.begin().unwrap();
    assert_eq!(keys.begin().unwrap_err().code, "vault.exchange_under_way");
    house.write(50);
    house.seal("cd3");
    finish(&keys);
    house.write(1);
    assert_eq!(house.events(), 251);
    assert!(["aa1", "bc2", "cd3"].into_iter().all(|name| house.opens(name)));
    for name in ["parlor.db", "parlor.db-wal"] {
        assert!(!holds(&house.dir.path().join(name), key_id(&old)), "{name}");
    }
    assert!(holds(&house.dir.path().join("parlor.db"), key_id(&house.vault)), "the look at the disk sees something");
    assert!(old.sealer("attachments").open_file(&house.file("aa1"), "aa1").is_err());
    let slots = fs::read_to_string(house.dir.path().join("keyslots.json")).unwrap();
    assert!(!slots.contains("former"), "{slots}");
    keys.stop();
    let house = House::open(house.stop());
    assert_eq!(house.events(), 251);
    assert!(house.opens("aa1"));
}

#[test]
fn an_exchange_that_was_broken_off_goes_on_after_the_next_start() {
    let house = House::new();
    house.write(300);
    house.seal("aa1");
    let keys = house.keys();
    // As if the program ended the moment it began.
    house.vault.begin_exchange().unwrap();
    let former = house.vault.page_key("main").former().unwrap();
    keys.stop();
    let house = House::open(house.stop());
    assert!(house.vault.is_exchanging());
    assert_eq!(house.events(), 300);
    assert!(house.opens("aa1"));
    let keys = house.keys();
    keys.resume().unwrap();
    finish(&keys);
    keys.stop();
    let dir = house.stop();
    assert!(!holds(&dir.path().join("parlor.db"), *former.expand::<4>("key id")));
    let house = House::open(dir);
    assert!(!house.vault.is_exchanging() && house.events() == 300 && house.opens("aa1"));
    house.keys().resume().unwrap();
}

#[test]
fn an_upload_that_began_before_the_exchange_ends_after_it() {
    let house = House::new();
    let sealer = house.vault.sealer("attachments");
    let mut file = sealer.create_file(&house.file("ab4"), "ab4").unwrap();
    file.write_all(b"ab").unwrap();
    let damaged = house.file("ee5");
    fs::write(&damaged, [1; 200]).unwrap();
    fs::write(house.file("ee6"), []).unwrap();
    let keys = house.keys();
    keys.begin().unwrap();
    finish(&keys);
    file.write_all(b"4").unwrap();
    file.finish().unwrap();
    assert!(house.opens("ab4"));
    assert!(fs::read(damaged).unwrap() == [1; 200], "what never opened is left alone");
}
