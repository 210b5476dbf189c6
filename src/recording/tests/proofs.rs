//! Whoever changes anything is found out, and where.

use super::*;
use crate::recording::proof::{Verdict, text, verify};
use serde_json::Value;
use std::io::Cursor;

struct Taken {
    file: Vec<u8>,
    proof: String,
    /// Where each segment begins in the file, and the file's end.
    edges: Vec<usize>,
}

fn taken() -> Taken {
    let house = House::new();
    let running = house.records();
    for n in 0..6 {
        second(&running.recorder, &house.clock, 1, n);
        second(&running.recorder, &house.clock, 2, n);
        std::thread::sleep(Duration::from_millis(1_050));
    }
    running.recorder.pause("a card's number", None).unwrap();
    let id = running.stop();
    let opened = house.recordings.read(&house.find(id)).unwrap();
    let proof = text(&house.recordings.signing_key().unwrap(), &opened.links().unwrap()).unwrap();
    let bytes: Vec<usize> = opened.contents.segments.iter().map(|segment| segment.bytes as usize).collect();
    let file = house.file(id, None);
    let head = file.len() - bytes.iter().sum::<usize>();
    let mut edges = vec![head];
    bytes.iter().for_each(|bytes| edges.push(edges.last().unwrap() + bytes));
    Taken { file, proof, edges }
}

fn found(file: &[u8], proof: &str) -> Verdict {
    verify(Cursor::new(file), proof).unwrap()
}

#[test]
fn a_changed_a_missing_a_moved_and_a_foreign_second_are_named() {
    let Taken { file, proof, edges } = taken();
    let good = found(&file, &proof);
    assert_eq!(good.wrong, Vec::<String>::new());
    assert_eq!(good.pauses.len(), 1);
    let segments = edges.len() - 1;
    assert!(segments >= 5 && good.segments == segments);
    let named = |file: &[u8], word: &str| {
        let wrong = found(file, &proof).wrong;
        assert!(wrong.iter().any(|wrong| wrong.contains(word)), "{word}: {wrong:?}");
        wrong.len()
    };
    let part = |n: usize| &file[edges[n]..edges[n + 1]];

    for at in [edges[2] + 40, edges[2] + 1, edges[3] - 1] {
        let mut flipped = file.clone();
        flipped[at] ^= 4;
        named(&flipped, "segment 3 ");
    }
    let without = [&file[..edges[1]], &file[edges[2]..]].concat();
    assert_eq!(named(&without, "segment 2 (0:00:01) is missing"), 1);
    assert_eq!(named(&file[..edges[segments - 2]], "are missing"), 1);
    assert_eq!(named(&file[..edges[segments] - 7], &format!("segment {segments} ")), 1);
    let swapped = [&file[..edges[1]], part(2), part(1), &file[edges[3]..]].concat();
    assert_eq!(named(&swapped, "segment 2 (0:00:01) stands at byte"), 1);
    let twice = [&file[..edges[3]], part(1), &file[edges[3]..]].concat();
    assert_eq!(named(&twice, "was not recorded"), 1);
    assert_eq!(named(&[&file[..], b"more"].concat(), "was not recorded"), 1);
    let mut head = file.clone();
    head[edges[0] - 3] ^= 1;
    assert_eq!(named(&head, "head was changed"), 1);
    assert!(named(&[], "head") >= 1);
}

#[test]
fn a_proof_that_was_touched_proves_nothing() {
    let Taken { file, proof, .. } = taken();
    let touched = |touch: &dyn Fn(&mut Value)| {
        let mut value: Value = serde_json::from_str(&proof).unwrap();
        touch(&mut value);
        found(&file, &value.to_string()).wrong
    };
    let links = |value: &mut Value| value["links"].as_array().unwrap().len();
    type Touch<'a> = (&'a str, &'a dyn Fn(&mut Value));
    let all: [Touch<'_>; 6] = [
        ("another reason", &|v| {
            let n = links(v) - 2;
            let line = v["links"][n]["line"].as_str().unwrap().replace("card", "cart");
            v["links"][n]["line"] = line.into();
        }),
        ("no pause", &|v| {
            let n = links(v) - 2;
            v["links"].as_array_mut().unwrap().remove(n);
        }),
        ("no end", &|v| drop(v["links"].as_array_mut().unwrap().pop())),
        ("another order", &|v| v["links"].as_array_mut().unwrap().swap(4, 5)),
        ("another key", &|v| v["public_key"] = "00".repeat(32).into()),
        ("nothing at all", &|v| v["links"] = Value::Array(Vec::new())),
    ];
    for (what, touch) in all {
        assert!(!touched(touch).is_empty(), "{what}");
    }
    // Signed anew by somebody else: the fingerprint tells.
    let other = House::new();
    let (one, two) =
        (other.recordings.signing_key().unwrap().public(), other.recordings.signing_key().unwrap().public());
    assert_eq!(one, two, "the key is made once");
    assert_ne!(found(&file, &proof).key_fingerprint, crate::recording::chain::sha256(&one));
}

#[test]
fn whatever_somebody_hands_in_is_read_or_refused() {
    let Taken { file, proof, .. } = taken();
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    let mut roll = |n: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice as usize % n.max(1)
    };
    for round in 0..400 {
        let (mut bad_file, mut bad_proof) = (file.clone(), proof.clone().into_bytes());
        for _ in 0..=roll(4) {
            match roll(4) {
                0 => {
                    let at = roll(bad_file.len());
                    bad_file[at] ^= 1 << roll(8);
                }
                1 => bad_file.truncate(roll(bad_file.len())),
                2 => {
                    let at = roll(bad_proof.len());
                    bad_proof[at] = b" 0az\"{}[],:"[roll(11)];
                }
                _ => {
                    let (at, bytes) = (roll(bad_file.len()), roll(300));
                    bad_file.splice(at..at, std::iter::repeat_n(0x1f, bytes));
                }
            }
        }
        let is_same = bad_file == file;
        let Ok(bad_proof) = String::from_utf8(bad_proof) else { continue };
        if let Ok(verdict) = verify(Cursor::new(&bad_file), &bad_proof) {
            assert!(is_same || !verdict.wrong.is_empty(), "round {round}: a changed file passed");
        }
    }
}
