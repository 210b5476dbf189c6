//! Power cuts: what was not synced reaches the disk in part, block by block, in any order.
//!
//! One run is recorded below the cipher; then the power fails after any of its writes, as often as
//! we like. Every image must open, hold what was acknowledged, and never be called tampered with.

use super::page_aead::PAGE;
use super::page_cipher::planted::{Op, RECORD};
use super::page_cipher_tests::{Store, check, checkpoint, commit, insert};
use rusqlite::Connection;
use std::fs;

/// A small generator with a seed, so that a failure can be repeated.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

struct Run {
    store: Store,
    before: [Vec<u8>; 2],
    ops: Vec<(usize, Op)>,
    /// After so many operations this many rows were acknowledged.
    acknowledged: Vec<(usize, i64)>,
}

fn acknowledged_now(db: &Connection, run: &mut Vec<(usize, i64)>) {
    let done = RECORD.with_borrow(|record| record.as_ref().unwrap().len());
    run.push((done, check(db).unwrap()));
}

fn record(synchronous: &str) -> Run {
    let store = Store::new();
    let db = store.open_with_table();
    checkpoint(&db, "TRUNCATE");
    db.execute_batch(&format!("PRAGMA synchronous={synchronous}; PRAGMA cache_size=5")).unwrap();
    let before = [fs::read(store.path()).unwrap(), fs::read(store.log()).unwrap()];
    RECORD.set(Some(Vec::new()));
    let mut acknowledged = vec![(0, 0)];
    for round in 0..24 {
        match round % 6 {
            0 => commit(&db, 40),
            1 => {
                db.execute_batch("BEGIN").unwrap();
                insert(&db, 30);
                db.execute_batch("SAVEPOINT a; UPDATE t SET body = body || 'x' WHERE id % 5 = 0").unwrap();
                insert(&db, 20);
                db.execute_batch("ROLLBACK TO a; COMMIT").unwrap();
            }
            2 => {
                db.execute_batch("BEGIN").unwrap();
                insert(&db, 60);
                db.execute_batch("ROLLBACK").unwrap();
            }
            _ => commit(&db, 1),
        }
        acknowledged_now(&db, &mut acknowledged);
        if round % 5 == 4 {
            checkpoint(&db, ["PASSIVE", "RESTART", "TRUNCATE"][round / 5 % 3]);
        }
    }
    let ops = RECORD.take().unwrap();
    Run { store, before, ops, acknowledged }
}

fn apply(image: &mut Vec<u8>, op: &Op, block: usize, mut arrives: impl FnMut() -> bool) {
    match op {
        Op::Truncate(size) if arrives() => image.truncate(*size as usize),
        Op::Write(at, bytes) => {
            let (mut from, end) = (*at as usize, *at as usize + bytes.len());
            while from < end {
                let to = end.min((from / block + 1) * block);
                if arrives() {
                    image.resize(image.len().max(to), 0);
                    image[from..to].copy_from_slice(&bytes[from - *at as usize..to - *at as usize]);
                }
                from = to;
            }
        }
        _ => {}
    }
}

/// The files if the power failed after `cut` operations.
fn image(run: &Run, cut: usize, chance: &mut Chance) -> Store {
    let mut files = run.before.clone();
    let mut waiting: [Vec<&Op>; 2] = [Vec::new(), Vec::new()];
    let main =
        run.ops.iter().find_map(|(file, op)| matches!(op, Op::Write(_, bytes) if bytes.len() == PAGE).then_some(*file));
    for (file, op) in &run.ops[..cut] {
        let which = usize::from(Some(*file) != main);
        if let Op::Sync = op {
            for op in waiting[which].drain(..) {
                apply(&mut files[which], op, 512, || true);
            }
        } else {
            waiting[which].push(op);
        }
    }
    let share = chance.below(11);
    let block = [512, 4096, 16384][chance.below(3)];
    for (which, ops) in waiting.iter().enumerate() {
        for op in ops {
            apply(&mut files[which], op, block, || chance.below(10) < share);
        }
    }
    let after = Store { vfs: run.store.vfs.clone(), ..Store::new() };
    fs::write(after.path(), &files[0]).unwrap();
    fs::write(after.log(), &files[1]).unwrap();
    after
}

/// How many of the power cuts lost something acknowledged.
fn losses(run: &Run, cuts: usize) -> usize {
    let mut chance = Chance(20261120);
    let mut lost = 0;
    for _ in 0..cuts {
        let mut cut = chance.below(run.ops.len() + 1);
        if chance.below(2) == 0 {
            // Just before a sync returns there is most to lose.
            let ahead = run.ops[cut..].iter().position(|(_, op)| matches!(op, Op::Sync));
            cut += ahead.unwrap_or(0);
        }
        let expected = run.acknowledged.iter().rfind(|(done, _)| *done <= cut).unwrap().1;
        match image(run, cut, &mut chance).rows() {
            Ok(rows) if rows >= expected => {
                assert!(run.acknowledged.iter().any(|(_, r)| *r == rows), "half a commit: {rows}");
            }
            Ok(_) => lost += 1,
            Err(e) => panic!("after {cut} of {} operations: {e}", run.ops.len()),
        }
    }
    lost
}

#[test]
fn a_power_cut_loses_nothing_acknowledged_and_is_never_taken_for_tampering() {
    let cuts = std::env::var("PARLOR_TEST_POWER_CUTS").map_or(150, |n| n.parse().unwrap());
    assert_eq!(losses(&record("FULL"), cuts), 0);
    assert!(losses(&record("NORMAL"), 60) > 0, "without fsync at commit it must lose something");
}
