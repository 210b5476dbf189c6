//! A database while its key is exchanged: under two keys at once, bent, crashed, and at last under the new one alone.

use super::page_aead::{BODY, FRAME, PAGE, WAL_HEADER};
use super::page_cipher::{CipherVfs, OpenError, OpenMode, former_frames, former_pages, open, planted};
use super::page_cipher_tests::{Store, check, checkpoint, cipher, commit};
use super::reseal::{BATCH, reseal};
use crate::kernel::{Error, Result};
use crate::vault::PageKey;
use rusqlite::Connection;
use std::fs;
use std::path::Path;

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

fn in_exchange() -> PageKey {
    PageKey::new(NEW).after(Some(OLD))
}

fn cipher_in_exchange() -> CipherVfs {
    let vfs = cipher(8);
    let name = format!("{}-after-7", vfs.name().to_str().unwrap());
    CipherVfs::register(&name, &in_exchange()).unwrap()
}

fn key_id(key: [u8; 32]) -> [u8; 4] {
    super::page_aead::PageAead::new(&PageKey::new(key)).key_id()
}

/// By looking at the disk: pages and frames under this key.
fn under(store: &Store, key: [u8; 32]) -> (usize, usize) {
    let id = key_id(key);
    let main = fs::read(store.path()).unwrap();
    let log = fs::read(store.log()).unwrap_or_default();
    let frames = log.get(WAL_HEADER..).unwrap_or_default();
    let named =
        |sealed: &[u8], size: usize, at: usize| sealed.chunks_exact(size).filter(|c| c[at..at + 4] == id).count();
    (named(&main, PAGE, BODY), named(frames, FRAME, FRAME - PAGE + BODY))
}

/// The files of a crash, for whoever has these keys.
fn crashed_for(store: &Store, vfs: CipherVfs) -> Store {
    Store { vfs, ..store.crashed() }
}

/// Pages in the main file, and more in the log.
fn old_store() -> (Store, Connection) {
    let store = Store::new();
    let db = store.open_with_table();
    commit(&db, 200);
    // Pages of the free list are sealed as well.
    db.execute_batch("DELETE FROM t WHERE id % 4 = 0").unwrap();
    checkpoint(&db, "TRUNCATE");
    commit(&db, 50);
    (store, db)
}

fn exchange(store: &Store) {
    assert!(store.vfs.keys().accept(&in_exchange()));
}

fn touch(db: &Connection, pages: &[u32]) -> Result<()> {
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    for page in pages {
        let changed = db.execute("UPDATE sqlite_dbpage SET data = data WHERE pgno = ?1", [page]).unwrap();
        assert_eq!(changed, 1, "page {page}");
    }
    db.execute_batch("COMMIT").unwrap();
    Ok(())
}

fn watch(store: &Store) -> Connection {
    open(&store.path(), &store.vfs, OpenMode::WriteExisting, 0).unwrap()
}

fn reseal_all(store: &Store, db: &Connection) {
    let watch = watch(store);
    let mut steps = 0;
    let turn = &mut |_| {
        steps += 1;
        if steps < 1_000 { Ok(()) } else { Err(Error::internal("it does not come to its end")) }
    };
    reseal(&watch, |pages| touch(db, &pages), turn).unwrap();
}

#[test]
fn both_keys_are_read_and_the_new_one_is_written() {
    let (store, db) = old_store();
    let before = under(&store, OLD);
    assert!(before.0 > 40 && before.1 > 10, "{before:?}");
    exchange(&store);
    commit(&db, 30);
    assert_eq!(check(&db), Ok(230));
    assert_eq!(under(&store, OLD), before, "what was there stays");
    assert!(under(&store, NEW).1 > 5);
    // A second connection, and a crash: whoever has both keys reads everything.
    assert_eq!(check(&watch(&store)), Ok(230));
    assert_eq!(crashed_for(&store, cipher_in_exchange()).rows(), Ok(230));
    // A page moved from the log goes under the new key, whatever its frame was under.
    checkpoint(&db, "TRUNCATE");
    commit(&db, 1);
    assert!(under(&store, OLD).0 < before.0 && under(&store, OLD).1 == 0);
    assert_eq!(crashed_for(&store, cipher_in_exchange()).rows(), Ok(231));
}

#[test]
fn the_new_key_alone_does_not_open_what_is_not_sealed_anew() {
    let (store, db) = old_store();
    exchange(&store);
    commit(&db, 30);
    let refused = open(&crashed_for(&store, cipher(8)).path(), &cipher(8), OpenMode::Create, 0);
    assert!(refused.is_err());
    checkpoint(&db, "TRUNCATE");
    let early = crashed_for(&store, cipher(8));
    assert!(early.rows().unwrap_err().contains("database"), "forgotten too early: {:?}", early.rows());
    reseal_all(&store, &db);
    assert_eq!(crashed_for(&store, cipher(8)).rows(), Ok(230));
}

#[test]
fn a_bent_bit_is_noticed_under_either_key() {
    let (store, db) = old_store();
    exchange(&store);
    let pages = former_pages(&db, 1, 4_000).unwrap();
    touch(&db, &pages[..pages.len() / 2]).unwrap();
    checkpoint(&db, "TRUNCATE");
    drop(db);
    let whole = fs::read(store.path()).unwrap();
    assert!(under(&store, OLD).0 > 10 && under(&store, NEW).0 > 10);
    for at in (0..whole.len()).step_by(16_127).chain((BODY..whole.len()).step_by(5 * PAGE)) {
        let mut bent = whole.clone();
        bent[at] ^= 0x20;
        let other = crashed_for(&store, cipher_in_exchange());
        fs::write(other.path(), bent).unwrap();
        assert!(other.rows().is_err() || !is_read(&db_of(&other), at / PAGE + 1), "byte {at}");
    }
    // The id of one key over a page of the other.
    for (from, to) in [(OLD, NEW), (NEW, OLD)] {
        let at = whole.chunks_exact(PAGE).position(|page| page[BODY..BODY + 4] == key_id(from)).unwrap();
        let mut bent = whole.clone();
        bent[at * PAGE + BODY..][..4].copy_from_slice(&key_id(to));
        let other = crashed_for(&store, cipher_in_exchange());
        fs::write(other.path(), bent).unwrap();
        assert!(other.rows().is_err() || !is_read(&db_of(&other), at + 1));
    }
}

fn db_of(store: &Store) -> Connection {
    open(&store.path(), &store.vfs, OpenMode::ReadOnly, 0).unwrap()
}

/// Pages of the free list are not looked at by anybody.
fn is_read(db: &Connection, page: usize) -> bool {
    db.query_row("SELECT data FROM sqlite_dbpage WHERE pgno = ?1", [page as i64], |_| Ok(())).is_ok()
}

/// A frame under the former key that later frames under the new one vouch for.
#[test]
fn marks_hold_across_the_two_keys() {
    let bent_after_exchange = || {
        let (store, db) = old_store();
        commit(&db, 3);
        exchange(&store);
        commit(&db, 3);
        commit(&db, 3);
        let other = crashed_for(&store, cipher_in_exchange());
        let mut log = fs::read(other.log()).unwrap();
        log[WAL_HEADER + 2 * FRAME + 900] ^= 1;
        fs::write(other.log(), log).unwrap();
        open(&other.path(), &other.vfs, OpenMode::Create, 0).map(drop)
    };
    assert!(matches!(bent_after_exchange(), Err(OpenError::WalTampered { frame: 3 })));
    planted::NO_MARKS.set(true);
    let without = bent_after_exchange();
    planted::NO_MARKS.set(false);
    assert!(without.is_ok(), "without marks the commits behind it are lost in silence: {without:?}");
}

#[test]
fn an_exchange_crashed_after_any_step_goes_on_and_ends_under_the_new_key() {
    let (store, db) = old_store();
    exchange(&store);
    let watch = watch(&store);
    let (mut steps, mut rows) = (0, 200);
    let step = &mut |_| {
        steps += 1;
        commit(&db, 1);
        rows += 1;
        let other = crashed_for(&store, cipher_in_exchange());
        assert_eq!(other.rows(), Ok(rows), "after step {steps}");
        if steps % 3 == 0 {
            let db = open(&other.path(), &other.vfs, OpenMode::Create, 0).unwrap();
            reseal_all(&other, &db);
            drop(db);
            assert_eq!(under(&other, OLD), (0, 0));
            assert_eq!(crashed_for(&other, cipher(8)).rows(), Ok(rows));
        }
        Ok(())
    };
    reseal(&watch, |pages| touch(&db, &pages), step).unwrap();
    assert!(steps > 1, "{BATCH} pages a step");
    assert_eq!(under(&store, OLD), (0, 0));
    store.vfs.keys().forget_former();
    commit(&db, 1);
    assert_eq!(check(&db), Ok(rows + 1));
    let alone = crashed_for(&store, cipher(8));
    assert_eq!(alone.rows(), Ok(rows + 1));
    assert!(open(&store.crashed().path(), &cipher(7), OpenMode::Create, 0).is_err());
}

#[test]
fn who_still_reads_an_old_frame_is_waited_for() {
    let (store, db) = old_store();
    let reader = db_of(&store);
    reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
    exchange(&store);
    let mut waited = 0;
    let turn = &mut |step: super::Resealing| {
        waited += u32::from(step.worked.is_zero());
        if waited == 3 {
            assert!(former_frames(&db).unwrap() > 0);
            assert_eq!(check(&reader), Ok(200));
            reader.execute_batch("COMMIT").unwrap();
        }
        Ok(())
    };
    reseal(&watch(&store), |pages| touch(&db, &pages), turn).unwrap();
    assert_eq!((waited, under(&store, OLD)), (3, (0, 0)));
}

/// Somebody who reads the newest pages, which are all moved, out of the log: it cannot be cut off yet.
#[test]
fn the_log_is_not_left_behind_with_old_frames_in_it() {
    let (store, db) = old_store();
    let reader = db_of(&store);
    exchange(&store);
    let mut waited = 0;
    let turn = &mut |step: super::Resealing| {
        if step.worked.is_zero() {
            waited += 1;
            assert!(former_frames(&db).unwrap() > 0);
            reader.execute_batch(if waited == 3 { "COMMIT" } else { "" }).unwrap();
        } else {
            let again = if reader.is_autocommit() { "" } else { "COMMIT;" };
            reader.execute_batch(&format!("{again} BEGIN; SELECT count(*) FROM t")).unwrap();
        }
        Ok(())
    };
    reseal(&watch(&store), |pages| touch(&db, &pages), turn).unwrap();
    assert_eq!((waited, under(&store, OLD)), (3, (0, 0)));
}

#[test]
fn pages_that_were_said_to_be_written_and_were_not_are_found() {
    let (store, db) = old_store();
    exchange(&store);
    let mut batches = 0;
    let forgets_the_first = |pages: Vec<u32>| {
        batches += 1;
        if batches == 1 { Ok(()) } else { touch(&db, &pages) }
    };
    reseal(&watch(&store), forgets_the_first, &mut |_| Ok(())).unwrap();
    assert_eq!(under(&store, OLD), (0, 0));
    let mut busy = 3;
    let (store, db) = old_store();
    exchange(&store);
    let is_busy_at_first = |pages: Vec<u32>| {
        busy -= 1;
        if busy > 0 {
            Err(Error::busy())
        } else {
            busy = 1;
            touch(&db, &pages)
        }
    };
    reseal(&watch(&store), is_busy_at_first, &mut |_| Ok(())).unwrap();
    assert_eq!(under(&store, OLD), (0, 0));
}

#[test]
fn told_to_stop_it_stops() {
    let (store, db) = old_store();
    exchange(&store);
    let stop = reseal(&watch(&store), |pages| touch(&db, &pages), &mut |_| Err(Error::busy()));
    assert_eq!(stop.unwrap_err().code, "server.busy");
    let failed: Result<()> = reseal(&watch(&store), |_| Err(Error::internal("on purpose")), &mut |_| Ok(()));
    assert!(failed.is_err());
    assert!(under(&store, OLD).0 > 0);
}

#[test]
fn a_key_in_exchange_takes_over_the_cipher_of_the_one_before() {
    let [first, second, third] = [101, 102, 103].map(|n| [n; 32]);
    let cipher = |key: &PageKey| CipherVfs::of(key).unwrap().name().to_owned();
    let ours = cipher(&PageKey::new(first));
    assert_eq!(cipher(&PageKey::new(first)), ours);
    assert_ne!(cipher(&PageKey::new(third)), ours);
    assert_eq!(cipher(&PageKey::new(second).after(Some(first))), ours);
    assert_eq!(cipher(&PageKey::new(first)), ours, "asked for before the exchange");
    assert_eq!(cipher(&PageKey::new(second)), ours);
    super::forget_former_key(&PageKey::new(second)).unwrap();
    assert_eq!(cipher(&PageKey::new(second)), ours);
    assert_ne!(cipher(&PageKey::new(first)), ours, "forgotten");
}

#[test]
fn a_side_store_that_is_not_there_has_nothing_to_seal() {
    let folder = tempfile::tempdir().unwrap();
    super::SideStore::reseal(Path::new(&folder.path().join("no.db")), &in_exchange(), &mut |_| Ok(())).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
