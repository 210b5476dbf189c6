//! The encrypted store used, killed, bent and robbed.
#![allow(clippy::disallowed_methods, reason = "a test of another process waits by the clock")]

use super::page_aead::{self, FRAME, PAGE, WAL_HEADER};
use super::page_cipher::{CipherVfs, OpenError, OpenMode, RegisterError, open, planted};
use crate::vault::PageKey;
use rusqlite::Connection;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

const CANARY: &str = "The quick brown visitor jumps over the lazy agent";

/// A cipher of its own for each test.
pub(super) fn cipher(key: u8) -> CipherVfs {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CipherVfs::register(&name, &PageKey::new([key; 32])).unwrap()
}

pub(super) struct Store {
    pub(super) dir: TempDir,
    pub(super) vfs: CipherVfs,
}

impl Store {
    pub(super) fn new() -> Self {
        Store { dir: tempfile::tempdir().unwrap(), vfs: cipher(7) }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("a.db")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.dir.path().join("a.db-wal")
    }

    fn try_open(&self) -> Result<Connection, OpenError> {
        open(&self.path(), &self.vfs, OpenMode::Create, 0)
    }

    fn open(&self) -> Connection {
        self.try_open().unwrap()
    }

    pub(super) fn open_with_table(&self) -> Connection {
        let db = self.open();
        db.execute_batch("CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT NOT NULL)").unwrap();
        db
    }

    /// What a crash leaves: the files as they are now, without a goodbye.
    pub(super) fn crashed(&self) -> Store {
        let copy = Store { dir: tempfile::tempdir().unwrap(), vfs: self.vfs.clone() };
        fs::copy(self.path(), copy.path()).unwrap();
        if self.log().exists() {
            fs::copy(self.log(), copy.log()).unwrap();
        }
        copy
    }

    /// Opens and reads everything: how many rows there are, or why not.
    pub(super) fn rows(&self) -> Result<i64, String> {
        let db = self.try_open().map_err(|e| e.to_string())?;
        check(&db)
    }
}

pub(super) fn check(db: &Connection) -> Result<i64, String> {
    let text = |e: rusqlite::Error| e.to_string();
    let whole: String = db.query_row("PRAGMA integrity_check", [], |r| r.get(0)).map_err(text)?;
    if whole != "ok" {
        return Err(whole);
    }
    db.query_row("SELECT sum(length(body)) FROM t", [], |_| Ok(())).map_err(text)?;
    db.query_row("SELECT count(*) FROM t", [], |r| r.get(0)).map_err(text)
}

pub(super) fn insert(db: &Connection, rows: u32) {
    for _ in 0..rows {
        db.execute("INSERT INTO t(body) VALUES (?1 || hex(randomblob(900)))", [CANARY]).unwrap();
    }
}

pub(super) fn commit(db: &Connection, rows: u32) {
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    insert(db, rows);
    db.execute_batch("COMMIT").unwrap();
}

pub(super) fn checkpoint(db: &Connection, mode: &str) -> i64 {
    db.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |r| r.get(0)).unwrap()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x20;
    fs::write(path, bytes).unwrap();
}

// --- it is SQLite ---

#[test]
fn everything_comes_back_after_reopening() {
    let store = Store::new();
    let db = store.open_with_table();
    db.execute_batch("CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('the bent spoon')").unwrap();
    commit(&db, 100);
    let blob = vec![0x5a; 300_000];
    db.execute_batch("CREATE TABLE b(x BLOB)").unwrap();
    db.execute("INSERT INTO b VALUES (?1)", [&blob]).unwrap();
    for crashed in [true, false] {
        let again =
            if crashed { store.crashed() } else { Store { dir: tempfile::tempdir().unwrap(), ..store.crashed() } };
        if !crashed {
            checkpoint(&db, "TRUNCATE");
            fs::copy(store.path(), again.path()).unwrap();
        }
        assert_eq!(again.rows(), Ok(100));
        let other = again.open();
        let found: i64 = other.query_row("SELECT count(*) FROM f WHERE f MATCH 'spoon'", [], |r| r.get(0)).unwrap();
        assert_eq!(found, 1);
        let back: Vec<u8> = other.query_row("SELECT x FROM b", [], |r| r.get(0)).unwrap();
        assert_eq!(back, blob);
    }
}

#[test]
fn readers_see_whole_commits_while_one_writes_and_checkpoints() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 10);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut reads = 0;
                while !done.load(Ordering::Relaxed) || reads == 0 {
                    let db = open(&store.path(), &store.vfs, OpenMode::ReadOnly, 0).unwrap();
                    for _ in 0..5 {
                        assert_eq!(check(&db).unwrap() % 10, 0);
                        reads += 1;
                    }
                }
            });
        }
        for round in 0..30 {
            commit(&db, 10);
            if round % 7 == 0 {
                checkpoint(&db, ["PASSIVE", "FULL", "RESTART", "TRUNCATE"][round / 7 % 4]);
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(check(&db).unwrap(), 310);
}

#[test]
fn spills_savepoints_and_rollbacks_leave_a_sound_log() {
    let store = Store::new();
    let db = store.open_with_table();
    db.execute_batch("PRAGMA cache_size=5").unwrap();
    let mut expected = 0;
    for round in 0..12 {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        insert(&db, 60);
        db.execute_batch("SAVEPOINT a").unwrap();
        insert(&db, 60);
        // Pages that were spilled are written again: SQLite corrects their checksums.
        db.execute_batch("UPDATE t SET body = body || 'x' WHERE id % 7 = 0").unwrap();
        if round % 2 == 0 {
            db.execute_batch("ROLLBACK TO a").unwrap();
        }
        insert(&db, 1);
        if round % 3 == 0 {
            db.execute_batch("ROLLBACK").unwrap();
        } else {
            db.execute_batch("COMMIT").unwrap();
            expected += if round % 2 == 0 { 61 } else { 121 };
        }
        assert_eq!(check(&db).unwrap(), expected);
        assert_eq!(store.crashed().rows(), Ok(expected));
        if round == 6 {
            checkpoint(&db, "PASSIVE");
        }
    }
}

#[test]
fn vacuum_checkpoints_and_a_copy_under_another_key() {
    let store = Store::new();
    let db = store.open_with_table();
    db.execute_batch("PRAGMA cache_size=20").unwrap();
    commit(&db, 500);
    db.execute_batch("DELETE FROM t WHERE id % 2; VACUUM").unwrap();
    for mode in ["PASSIVE", "FULL", "RESTART", "TRUNCATE"] {
        commit(&db, 1);
        assert_eq!(checkpoint(&db, mode), 0, "{mode}");
    }
    assert_eq!(fs::metadata(store.log()).unwrap().len(), 0);
    let other = Store { vfs: cipher(8), ..Store::new() };
    let uri = format!("file:{}?vfs={}", other.path().display(), other.vfs.name().to_str().unwrap());
    db.execute("VACUUM INTO ?1", [uri]).unwrap();
    drop(db);
    assert_eq!(store.rows(), Ok(254));
    // The copy is not in log mode yet, which this door insists on.
    let copy = Connection::open_with_flags_and_vfs(other.path(), Default::default(), other.vfs.name()).unwrap();
    copy.execute_batch("PRAGMA journal_mode=WAL").unwrap_or(());
    assert_eq!(check(&copy).unwrap(), 254);
}

#[test]
fn creation_is_all_or_nothing() {
    let store = Store::new();
    fs::write(store.dir.path().join("a.db.new"), b"half").unwrap();
    fs::write(store.dir.path().join("a.db.new-wal"), b"half").unwrap();
    drop(store.open());
    let left: Vec<_> = fs::read_dir(store.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["a.db"]);
    let missing = store.dir.path().join("b.db");
    assert!(matches!(open(&missing, &store.vfs, OpenMode::ReadOnly, 0), Err(OpenError::Missing(_))));
}

// --- keys ---

#[test]
fn a_wrong_key_is_not_called_damage() {
    let store = Store::new();
    commit(&store.open_with_table(), 3);
    let other = Store { vfs: cipher(9), dir: store.crashed().dir };
    assert!(matches!(other.try_open(), Err(OpenError::WrongKey)));
    // Nor when there is a log; and the attempt must leave it alone.
    let db = store.open();
    commit(&db, 3);
    let Store { dir, vfs } = store.crashed();
    let other = Store { vfs: cipher(9), dir };
    assert!(matches!(other.try_open(), Err(OpenError::WrongKey)));
    assert_eq!(Store { vfs, dir: other.dir }.rows(), Ok(6));
}

#[test]
fn a_name_stands_for_one_key() {
    let key = PageKey::new([1; 32]);
    CipherVfs::register("one-key", &key).unwrap();
    CipherVfs::register("one-key", &key).unwrap();
    let other = CipherVfs::register("one-key", &PageKey::new([2; 32]));
    assert!(matches!(other, Err(RegisterError::OtherKey(_))));
    assert!(matches!(CipherVfs::register("unix", &key), Err(RegisterError::Refused(_))));
}

// --- the main file, bent ---

/// A closed database of many pages, some of them overflow pages.
fn closed_store() -> Store {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 40);
    db.execute("INSERT INTO t(body) VALUES (hex(zeroblob(40000)))", []).unwrap();
    drop(db);
    assert!(!store.log().exists());
    store
}

#[test]
fn a_bent_bit_anywhere_in_the_file_is_noticed() {
    let store = closed_store();
    let pages = fs::metadata(store.path()).unwrap().len() as usize / PAGE;
    assert!(pages > 10);
    for page in 0..pages {
        for at in [0, 20, 30, 100, PAGE / 2, PAGE - 49, PAGE - 48, PAGE - 44, PAGE - 40, PAGE - 16, PAGE - 1] {
            let bent = store.crashed();
            flip(&bent.path(), page * PAGE + at);
            let error = bent.rows().expect_err("a bent bit was not noticed");
            assert!(page > 0 || error.contains("damaged"), "{error}");
        }
    }
}

fn swap_pages(path: &Path, a: usize, b: usize) {
    let mut bytes = fs::read(path).unwrap();
    let (left, right) = bytes.split_at_mut(b * PAGE);
    left[a * PAGE..][..PAGE].swap_with_slice(&mut right[..PAGE]);
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_page_in_another_place_is_noticed() {
    // The last two pages are overflow pages: nothing but the cipher would notice their exchange,
    // if their links were equal; with links SQLite may, so the page cipher is asked directly.
    let opens_swapped = |store: &Store| {
        swap_pages(&store.path(), 2, 3);
        let db = store.open();
        let whole = db.query_row("PRAGMA integrity_check", [], |r| r.get::<_, String>(0));
        !whole.is_ok_and(|said| said.contains("unable to get the page"))
    };
    assert!(!opens_swapped(&closed_store()));
    page_aead::planted::NO_POSITION.set(true);
    let blind = opens_swapped(&closed_store());
    page_aead::planted::NO_POSITION.set(false);
    assert!(blind, "the planted bug must make this test see an exchanged page");
}

#[test]
fn a_page_of_another_database_is_noticed() {
    let (ours, theirs) = (closed_store(), Store { vfs: cipher(8), ..Store::new() });
    commit(&theirs.open_with_table(), 40);
    let mut bytes = fs::read(ours.path()).unwrap();
    let foreign = fs::read(theirs.path()).unwrap();
    bytes[2 * PAGE..3 * PAGE].copy_from_slice(&foreign[2 * PAGE..3 * PAGE]);
    fs::write(ours.path(), bytes).unwrap();
    assert!(ours.rows().is_err());
}

/// The limit of what a page alone can prove; the record on encryption says so.
#[test]
fn an_old_version_of_the_same_page_is_not_noticed() {
    let store = closed_store();
    let before = fs::read(store.path()).unwrap();
    store.open().execute("UPDATE t SET body = 'new' || substr(body, 4) WHERE id = 5", []).unwrap();
    let mut now = fs::read(store.path()).unwrap();
    assert_eq!(now.len(), before.len());
    for page in (1..now.len() / PAGE).map(|n| n * PAGE..(n + 1) * PAGE) {
        now[page.clone()].copy_from_slice(&before[page]);
    }
    fs::write(store.path(), now).unwrap();
    let body: String = store.open().query_row("SELECT body FROM t WHERE id = 5", [], |r| r.get(0)).unwrap();
    assert!(body.starts_with("The"));
}

#[test]
fn a_shortened_or_hollow_file_is_noticed() {
    let store = closed_store();
    let whole = fs::read(store.path()).unwrap();
    for bytes in [&whole[..whole.len() - PAGE], &whole[..whole.len() - 1], &whole[..100], &[]] {
        let cut = store.crashed();
        fs::write(cut.path(), bytes).unwrap();
        assert!(matches!(cut.try_open(), Err(OpenError::Damaged { .. })) || cut.rows().is_err());
    }
    let hollow = store.crashed();
    let mut bytes = whole.clone();
    let last = bytes.len() - PAGE;
    bytes[last..].fill(0);
    fs::write(hollow.path(), bytes).unwrap();
    assert!(hollow.rows().is_err());
}

#[test]
fn a_log_without_its_database_is_not_thrown_away() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 5);
    for content in [None, Some([])] {
        let robbed = store.crashed();
        fs::remove_file(robbed.path()).unwrap();
        if let Some(content) = content {
            fs::write(robbed.path(), content).unwrap();
        }
        assert!(matches!(robbed.try_open(), Err(OpenError::Damaged { .. })));
        assert!(robbed.log().exists());
    }
}

#[test]
fn a_journal_put_beside_the_file_is_refused() {
    let store = closed_store();
    fs::write(store.dir.path().join("a.db-journal"), b"play me").unwrap();
    assert!(matches!(store.try_open(), Err(OpenError::Damaged { .. })));
}

// --- the log, bent ---

/// Ten commits of some frames each, still in the log; the frame at which each one ends.
fn store_with_log() -> (Store, Connection, Vec<usize>) {
    let store = Store::new();
    let db = store.open_with_table();
    checkpoint(&db, "TRUNCATE");
    let ends = (0..10)
        .map(|_| {
            commit(&db, 30);
            frames(&store)
        })
        .collect();
    (store, db, ends)
}

fn frames(store: &Store) -> usize {
    (fs::metadata(store.log()).unwrap().len() as usize - WAL_HEADER) / FRAME
}

fn frame_at(index: usize) -> usize {
    WAL_HEADER + (index - 1) * FRAME
}

#[test]
fn a_bent_bit_anywhere_in_the_log_is_refused_or_is_the_torn_tail() {
    let (store, _db, ends) = store_with_log();
    assert_eq!(store.crashed().rows(), Ok(300));
    let regions = [0, 4, 8, 16, 24, 4000, FRAME - 48, FRAME - 44, FRAME - 30, FRAME - 1];
    for frame in 1..=ends[9] {
        // Every region of some frame, and some region of every frame.
        let at = regions[frame % regions.len()];
        let bent = store.crashed();
        flip(&bent.log(), frame_at(frame) + at);
        let opened = bent.try_open();
        if frame > ends[8] {
            drop(opened);
            assert_eq!(bent.rows(), Ok(270), "frame {frame} byte {at}");
            continue;
        }
        assert!(
            matches!(opened, Err(OpenError::WalTampered { frame: f }) if f as usize == frame),
            "frame {frame} byte {at}: {opened:?}"
        );
        // The refusal must not have destroyed anything.
        flip(&bent.log(), frame_at(frame) + at);
        if frame % 8 == 0 {
            assert_eq!(bent.rows(), Ok(300));
        }
    }
}

#[test]
fn without_marks_a_bent_log_would_lose_commits_in_silence() {
    planted::NO_MARKS.set(true);
    let (store, _db, ends) = store_with_log();
    planted::NO_MARKS.set(false);
    flip(&store.log(), frame_at(ends[3]));
    assert_eq!(store.crashed().rows(), Ok(90));
}

#[test]
fn frames_exchanged_dropped_or_repeated_are_refused() {
    let (store, _db, ends) = store_with_log();
    let whole = fs::read(store.log()).unwrap();
    let frame = |n: usize| frame_at(n)..frame_at(n + 1);
    let (a, b) = (ends[2], ends[4]);
    let mut swapped = whole.clone();
    swapped[frame(a)].copy_from_slice(&whole[frame(b)]);
    swapped[frame(b)].copy_from_slice(&whole[frame(a)]);
    let mut repeated = whole.clone();
    repeated[frame(a)].copy_from_slice(&whole[frame(b)]);
    let dropped = [&whole[..frame_at(a)], &whole[frame_at(a + 1)..]].concat();
    for (what, bytes) in [("swapped", swapped), ("repeated", repeated)] {
        let bent = store.crashed();
        fs::write(bent.log(), bytes).unwrap();
        assert!(matches!(bent.try_open(), Err(OpenError::WalTampered { .. })), "{what}");
    }
    // Moving the rest down leaves no frame where it was sealed: the same as cutting the log there.
    let bent = store.crashed();
    fs::write(bent.log(), dropped).unwrap();
    assert_eq!(bent.rows(), Ok(60));
}

/// After a power cut the frames of an unfinished commit may have arrived in any order.
#[test]
fn a_torn_last_commit_is_ordinary_whatever_is_missing() {
    let (store, db, ends) = store_with_log();
    let (from, to) = (ends[8] + 1, ends[9]);
    let whole = fs::read(store.log()).unwrap();
    for missing in from..=to {
        let torn = store.crashed();
        let mut bytes = whole.clone();
        bytes[frame_at(missing) + 512..frame_at(missing + 1)].fill(0);
        fs::write(torn.log(), &bytes).unwrap();
        assert_eq!(torn.rows(), Ok(270), "frame {missing} of {from}..={to}");
        // The rest of the torn commit stays behind in the file and must not stand in the way.
        let again = torn.open();
        commit(&again, 1);
        commit(&again, 1);
        assert_eq!(torn.crashed().rows(), Ok(272));
    }
    let cut = store.crashed();
    fs::write(cut.log(), &whole[..frame_at(to) + 700]).unwrap();
    assert_eq!(cut.rows(), Ok(270));
    drop(db);
}

#[test]
fn an_old_generation_behind_the_new_one_is_ordinary() {
    let (store, db, _) = store_with_log();
    checkpoint(&db, "RESTART");
    commit(&db, 1);
    assert_eq!(store.crashed().rows(), Ok(301));
    commit(&db, 1);
    let bytes = fs::read(store.log()).unwrap();
    let newest = (1..).take_while(|n| bytes[frame_at(*n) + 8..][..8] == bytes[16..24]).last();
    let torn = store.crashed();
    flip(&torn.log(), frame_at(newest.unwrap()) + 99);
    assert_eq!(torn.rows(), Ok(301));
}

#[test]
fn the_header_of_the_log_cannot_be_changed_forged_or_rolled_back() {
    let (store, db, _) = store_with_log();
    let old_header = fs::read(store.log()).unwrap()[..WAL_HEADER].to_vec();
    for at in 0..WAL_HEADER {
        let bent = store.crashed();
        flip(&bent.log(), at);
        assert!(matches!(bent.try_open(), Err(OpenError::WalTampered { frame: 0 })), "byte {at}");
    }
    let garbled = store.crashed();
    fs::write(garbled.log(), vec![0x33; WAL_HEADER + 3 * FRAME]).unwrap();
    assert!(matches!(garbled.try_open(), Err(OpenError::WalTampered { frame: 0 })));
    // New salts with a checksum that SQLite would believe.
    let forged = store.crashed();
    let mut bytes = fs::read(forged.log()).unwrap();
    bytes[16] ^= 1;
    let sums = page_aead::wal_checksum(false, &bytes[..24], [0, 0]);
    bytes[24..28].copy_from_slice(&sums[0].to_be_bytes());
    bytes[28..32].copy_from_slice(&sums[1].to_be_bytes());
    fs::write(forged.log(), bytes).unwrap();
    assert!(matches!(forged.try_open(), Err(OpenError::WalTampered { frame: 0 })));
    // The genuine header of an earlier generation would hide everything since.
    checkpoint(&db, "RESTART");
    commit(&db, 1);
    commit(&db, 1);
    commit(&db, 1);
    let rolled = store.crashed();
    let mut bytes = fs::read(rolled.log()).unwrap();
    bytes[..WAL_HEADER].copy_from_slice(&old_header);
    fs::write(rolled.log(), bytes).unwrap();
    assert!(matches!(rolled.try_open(), Err(OpenError::WalTampered { .. })));
}

#[test]
fn an_unwritten_log_is_an_empty_one() {
    let store = closed_store();
    for bytes in [vec![], vec![0; 20], vec![0; WAL_HEADER], vec![0; WAL_HEADER + 3 * FRAME]] {
        let fresh = store.crashed();
        fs::write(fresh.log(), bytes).unwrap();
        assert_eq!(fresh.rows(), Ok(41));
    }
}

#[test]
fn a_frame_bent_under_a_running_store_is_an_error_and_not_a_wrong_answer() {
    let (store, db, ends) = store_with_log();
    db.execute_batch("PRAGMA shrink_memory").unwrap();
    let reader = open(&store.path(), &store.vfs, OpenMode::ReadOnly, 0).unwrap();
    let mut bytes = fs::read(store.log()).unwrap();
    for frame in 1..=ends[9] {
        bytes[frame_at(frame) + FRAME / 2] ^= 1;
    }
    fs::write(store.log(), bytes).unwrap();
    assert!(check(&reader).is_err());
}

// --- no plaintext ---

fn canary_in(dir: &Path) -> bool {
    fs::read_dir(dir).unwrap().any(|entry| {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        [CANARY.as_bytes(), b"SQLite format 3", b"CREATE TABLE"]
            .iter()
            .any(|word| bytes.windows(word.len()).any(|w| w == *word))
    })
}

#[test]
fn no_file_holds_plaintext() {
    let store = Store::new();
    let db = store.open_with_table();
    db.execute_batch("CREATE VIRTUAL TABLE f USING fts5(body); PRAGMA cache_size=5").unwrap();
    commit(&db, 200);
    db.execute("INSERT INTO f SELECT body FROM t", []).unwrap();
    checkpoint(&db, "PASSIVE");
    commit(&db, 20);
    let names: Vec<_> = fs::read_dir(store.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(!canary_in(store.dir.path()));
    drop(db);
    assert!(!canary_in(store.dir.path()));
    // The same search finds it in a plain database.
    let plain = tempfile::tempdir().unwrap();
    let db = Connection::open(plain.path().join("a.db")).unwrap();
    db.execute_batch("CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT NOT NULL)").unwrap();
    insert(&db, 1);
    assert!(canary_in(plain.path()));
}

#[test]
fn temporary_files_and_journals_are_refused() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 200);
    // In memory, as opened, all of it works.
    let sort = "CREATE TEMP TABLE big AS SELECT body FROM t ORDER BY body DESC";
    db.execute_batch(&format!("PRAGMA cache_size=5; {sort}; DROP TABLE big")).unwrap();
    db.execute_batch("PRAGMA temp_store=FILE; PRAGMA temp.cache_size=5").unwrap();
    assert!(db.execute_batch(sort).is_err());
    let other_journal = db.execute_batch("PRAGMA temp_store=MEMORY; PRAGMA journal_mode=DELETE; DELETE FROM t");
    assert!(other_journal.is_err());
    drop(db);
    assert_eq!(store.rows(), Ok(200));
    let names: Vec<_> = fs::read_dir(store.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["a.db"]);
}

// --- failing disks ---

#[test]
fn a_full_disk_fails_the_commit_and_nothing_else() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 5);
    planted::WRITES_FAIL.set(true);
    let failed = db.execute("INSERT INTO t(body) VALUES ('lost')", []);
    planted::WRITES_FAIL.set(false);
    assert!(failed.is_err());
    assert_eq!(store.crashed().rows(), Ok(5));
    commit(&db, 5);
    assert_eq!(check(&db).unwrap(), 10);
    assert_eq!(store.crashed().rows(), Ok(10));
    // The same in the middle of a transaction that has spilled.
    db.execute_batch("PRAGMA cache_size=5; BEGIN IMMEDIATE").unwrap();
    insert(&db, 100);
    planted::WRITES_FAIL.set(true);
    let failed = db.execute_batch("UPDATE t SET body = body || 'y'; COMMIT");
    planted::WRITES_FAIL.set(false);
    assert!(failed.is_err());
    let _ = db.execute_batch("ROLLBACK");
    commit(&db, 1);
    assert_eq!(store.crashed().rows(), Ok(11));
}

#[test]
fn a_failed_fsync_stops_the_connection_until_it_is_reopened() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 5);
    planted::SYNCS_FAIL.set(true);
    let failed = db.execute("INSERT INTO t(body) VALUES ('unsure')", []);
    planted::SYNCS_FAIL.set(false);
    assert!(failed.is_err());
    assert!(db.execute("INSERT INTO t(body) VALUES ('no')", []).is_err());
    assert!(db.query_row("SELECT count(*) FROM t", [], |_| Ok(())).is_err());
    drop(db);
    let again = store.open();
    commit(&again, 1);
    assert!(check(&again).unwrap() >= 6);
}

/// Without fsync at commit SQLite hands the frames over in xShmBarrier, which cannot fail.
#[test]
fn a_failure_where_sqlite_cannot_hear_it_is_latched() {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 5);
    db.execute_batch("PRAGMA synchronous=OFF").unwrap();
    planted::WRITES_FAIL.set(true);
    let _unheard = db.execute("INSERT INTO t(body) VALUES ('gone')", []);
    planted::WRITES_FAIL.set(false);
    assert!(db.query_row("SELECT count(*) FROM t", [], |_| Ok(())).is_err());
    assert!(db.execute("INSERT INTO t(body) VALUES ('no')", []).is_err());
    assert_eq!(store.crashed().rows(), Ok(5));
}

// --- kill -9 ---

const CHILD: &str = "PARLOR_TEST_KILL_CHILD";

const EARLY: &str = "PARLOR_TEST_KILL_EARLY";

/// Commits batches and says the last id when its commit has returned; or, as a planted bug, before.
fn child(path: &Path) -> ! {
    let vfs = cipher(7);
    let db = open(path, &vfs, OpenMode::Create, 50).unwrap();
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, body TEXT NOT NULL);
         PRAGMA cache_size=20",
    )
    .unwrap();
    let early = std::env::var_os(EARLY).is_some();
    let say = |id| {
        let mut stdout = std::io::stdout();
        writeln!(stdout, "acknowledged {id}").unwrap();
        stdout.flush().unwrap();
    };
    loop {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        insert(&db, 1 + u32::from(crate::vault::random::<1>()[0]) % 40);
        if early {
            say(db.last_insert_rowid());
            // Wide enough a gap for some kill to fall into.
            std::thread::sleep(Duration::from_millis(30));
        }
        db.execute_batch("COMMIT").unwrap();
        if !early {
            say(db.last_insert_rowid());
        }
    }
}

/// Kills the child again and again: how often an acknowledged row was gone afterwards.
fn losses_when_killed(test: &str, rounds: u32, early: bool) -> u32 {
    let mut store = Store::new();
    let (mut losses, mut acknowledged, mut heard) = (0, 0, false);
    for round in 0..rounds {
        if round % 10 == 9 {
            store = Store::new();
            acknowledged = 0;
        }
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", &format!("db::page_cipher_tests::{test}"), "--nocapture"])
            .env(CHILD, store.path())
            .stdout(Stdio::piped());
        if early {
            command.env(EARLY, "1");
        }
        let mut running = command.spawn().unwrap();
        let stdout = BufReader::new(running.stdout.take().unwrap());
        let listen = std::thread::spawn(move || {
            let lines = stdout.lines().map_while(Result::ok);
            lines.filter_map(|line| line.split("acknowledged ").nth(1)?.parse::<i64>().ok()).last()
        });
        let pause = 60 + u64::from(crate::vault::random::<1>()[0]);
        std::thread::sleep(Duration::from_millis(pause));
        running.kill().unwrap();
        running.wait().unwrap();
        acknowledged = listen.join().unwrap().unwrap_or(acknowledged);
        if acknowledged > 0 && store.rows().unwrap() < acknowledged {
            losses += 1;
        }
        heard |= acknowledged > 0;
    }
    assert!(heard);
    losses
}

#[test]
fn a_killed_store_keeps_every_acknowledged_row() {
    if let Some(path) = std::env::var_os(CHILD) {
        child(Path::new(&path));
    }
    let rounds = std::env::var("PARLOR_TEST_KILLS").map_or(20, |n| n.parse().unwrap());
    let test = "a_killed_store_keeps_every_acknowledged_row";
    assert_eq!(losses_when_killed(test, rounds, false), 0);
    assert!(losses_when_killed(test, 6, true) > 0, "an early answer must be caught");
}
