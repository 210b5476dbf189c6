//! Proving that a file is what was recorded, without anything of the house: the file, the proof, and the public key's
//! fingerprint that the house told you.

use super::chain::{self, BEGINNING, Link, Statement};
use super::webm::{CLUSTER, element};
use crate::kernel::{Error, Result};
use crate::vault::{SigningKey, is_signed};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};

pub const FORMAT: &str = "parlor recording proof 1";
const HOW: &str = "hash 0 = SHA-256(beginning); hash n = SHA-256(hash n-1, 32 bytes, then line n, UTF-8); \
                   signature n = Ed25519(hash n). The file is the head that the last line names, then the segments in order.";
/// A proof of a day's recording has 40 MB.
pub const PROOF_MAX: u64 = 256 << 20;
/// Longer than any second of a call.
const CLUSTER_MAX: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Proof {
    format: String,
    how: String,
    beginning: String,
    /// Ed25519, hex.
    public_key: String,
    /// SHA-256 of the key's bytes, hex: to be compared with what the house says its key is.
    key_fingerprint: String,
    links: Vec<Link>,
}

/// For whoever takes a recording out of the house.
pub fn text(key: &SigningKey, links: &[Link]) -> Result<String> {
    let public = key.public();
    let proof = Proof {
        format: FORMAT.to_owned(),
        how: HOW.to_owned(),
        beginning: BEGINNING.to_owned(),
        public_key: hex(&public),
        key_fingerprint: chain::sha256(&public),
        links: links.to_vec(),
    };
    serde_json::to_string_pretty(&proof).map_err(Error::internal)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// What a file was found to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub recording: String,
    pub call: String,
    pub began_at: i64,
    pub ended_at: Option<i64>,
    pub end_reason: Option<String>,
    pub duration_ms: u64,
    pub segments: usize,
    pub pauses: Vec<(u64, String)>,
    pub key_fingerprint: String,
    /// What is wrong, each with its place. None: it is what was recorded.
    pub wrong: Vec<String>,
}

/// Holds a file against a proof. An error: it cannot be read, or is no proof at all.
pub fn verify<F: Read + Seek>(mut file: F, proof: &str) -> Result<Verdict> {
    let proof: Proof = serde_json::from_str(proof).map_err(|e| Error::malformed(format!("this is no proof: {e}")))?;
    if proof.format != FORMAT {
        return Err(Error::malformed(format!("this is a proof of another kind: {:?}", clip(&proof.format))));
    }
    let key = unhex(&proof.public_key).ok_or_else(|| Error::malformed("the public key is not hexadecimal"))?;
    let mut verdict = Verdict {
        recording: String::new(),
        call: String::new(),
        began_at: 0,
        ended_at: None,
        end_reason: None,
        duration_ms: 0,
        segments: 0,
        pauses: Vec::new(),
        key_fingerprint: chain::sha256(&key),
        wrong: Vec::new(),
    };
    let promised = statements(&proof, &key, &mut verdict);
    verdict.compare(&promised, &mut file).map_err(|e| Error::unavailable(format!("the file: {e}")))?;
    Ok(verdict)
}

fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

/// What the proof says of the file.
#[derive(Default)]
struct Promised {
    head: Option<(u64, String)>,
    /// From, bytes and hash of each segment.
    segments: Vec<(u64, u64, String)>,
}

fn statements(proof: &Proof, key: &[u8], verdict: &mut Verdict) -> Promised {
    let (mut hash, mut promised, mut is_over) = (chain::first(), Promised::default(), false);
    for (place, link) in proof.links.iter().enumerate() {
        hash = chain::after(&hash, &link.line);
        if !is_signed(key, &hash, &link.signature) {
            // Everything behind it hangs on it: one such line says it all.
            verdict.wrong.push(format!(
                "line {place} of the proof is not what was signed there: it, or one before it, was changed, left out or moved"
            ));
            return promised;
        }
        let Some(statement) = link.statement() else {
            verdict.wrong.push(format!("line {place} of the proof says something that this program does not know"));
            continue;
        };
        if statement.n() != place as u64 || is_over || (place == 0) != matches!(statement, Statement::Begin { .. }) {
            verdict.wrong.push(format!("line {place} of the proof is out of its place"));
        }
        match statement {
            Statement::Begin { at, recording, call, .. } => {
                (verdict.began_at, verdict.recording, verdict.call) = (at, recording, call);
            }
            Statement::Segment { from_ms, bytes, sha256, .. } => {
                promised.segments.push((from_ms, u64::from(bytes), sha256));
            }
            Statement::Paused { at_ms, reason, .. } => verdict.pauses.push((at_ms, reason)),
            Statement::End { at, reason, duration_ms, segments, head_bytes, head_sha256, .. } => {
                is_over = true;
                (verdict.ended_at, verdict.end_reason, verdict.duration_ms) = (Some(at), Some(reason), duration_ms);
                promised.head = Some((head_bytes, head_sha256));
                if segments != promised.segments.len() as u64 {
                    verdict.wrong.push(format!("the proof names {} of {segments} segments", promised.segments.len()));
                }
            }
            Statement::Party { .. } | Statement::Track { .. } | Statement::Resumed { .. } => {}
        }
    }
    if !is_over {
        verdict.wrong.push("the proof has no end: what came after its last line is missing".to_owned());
    }
    verdict.segments = promised.segments.len();
    promised
}

impl Verdict {
    fn compare<F: Read + Seek>(&mut self, promised: &Promised, file: &mut F) -> io::Result<()> {
        let total = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        let Some((head_bytes, head_sha256)) = &promised.head else { return Ok(()) };
        match portion(file, 0, *head_bytes, total)? {
            Some(head) if chain::sha256(&head) == *head_sha256 => {}
            Some(_) => self.wrong.push("the file's head was changed".to_owned()),
            None => self.wrong.push("the file ends within its head".to_owned()),
        }
        let pieces = pieces(file, (*head_bytes).min(total), total)?;
        self.match_up(&promised.segments, &pieces);
        Ok(())
    }

    /// Which promised segment each piece of the file is.
    fn match_up(&mut self, segments: &[(u64, u64, String)], pieces: &[(u64, String)]) {
        let mut waiting: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, (_, _, hash)) in segments.iter().enumerate().rev() {
            waiting.entry(hash).or_default().push(place);
        }
        let (mut found, mut strange, mut last) = (vec![false; segments.len()], Vec::new(), None);
        for (at, hash) in pieces {
            match waiting.get_mut(hash.as_str()).and_then(Vec::pop) {
                Some(place) => {
                    found[place] = true;
                    if last.is_some_and(|last| place < last) {
                        let from = clock(segments[place].0);
                        self.wrong
                            .push(format!("segment {} ({from}) stands at byte {at}, out of its order", place + 1));
                    }
                    last = last.max(Some(place));
                }
                None => strange.push((*at, last.map_or(0, |last| last + 1))),
            }
        }
        for (at, next) in strange {
            match (next..segments.len()).find(|place| !found[*place]).filter(|place| *place == next) {
                Some(place) => {
                    found[place] = true;
                    let from = clock(segments[place].0);
                    self.wrong.push(format!("segment {} ({from}) was changed, at byte {at}", place + 1));
                }
                None => self.wrong.push(format!("what stands at byte {at} was not recorded")),
            }
        }
        let missing: Vec<usize> = (0..segments.len()).filter(|place| !found[*place]).collect();
        for run in missing.chunk_by(|a, b| a + 1 == *b) {
            let (first, from) = (run[0] + 1, clock(segments[run[0]].0));
            self.wrong.push(match run.len() {
                1 => format!("segment {first} ({from}) is missing"),
                more => format!("segments {first} to {} (from {from}) are missing", first + more - 1),
            });
        }
    }
}

/// `1:02:03`.
fn clock(ms: u64) -> String {
    let s = ms / 1_000;
    format!("{}:{:02}:{:02}", s / 3_600, s / 60 % 60, s % 60)
}

fn portion<F: Read + Seek>(file: &mut F, at: u64, bytes: u64, total: u64) -> io::Result<Option<Vec<u8>>> {
    if bytes > CLUSTER_MAX || at.checked_add(bytes).is_none_or(|end| end > total) {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(at))?;
    let mut content = vec![0; bytes as usize];
    file.read_exact(&mut content)?;
    Ok(Some(content))
}

/// Where each cluster of the file begins, and its hash. What is none is a piece up to the next one.
fn pieces<F: Read + Seek>(file: &mut F, from: u64, total: u64) -> io::Result<Vec<(u64, String)>> {
    let (mut pieces, mut at) = (Vec::new(), from);
    while at < total {
        let bytes = match cluster_bytes(file, at, total)? {
            Some(bytes) => bytes,
            None => next_cluster(file, at + 1, total)? - at,
        };
        let content = portion(file, at, bytes.min(CLUSTER_MAX), total)?.unwrap_or_default();
        pieces.push((at, chain::sha256(&content)));
        at += bytes.min(CLUSTER_MAX);
    }
    Ok(pieces)
}

fn cluster_bytes<F: Read + Seek>(file: &mut F, at: u64, total: u64) -> io::Result<Option<u64>> {
    let Some(head) = portion(file, at, 12.min(total - at), total)? else { return Ok(None) };
    let whole = element(&head)
        .filter(|(id, ..)| *id == CLUSTER)
        .and_then(|(_, begins, length)| length.checked_add(begins as u64));
    Ok(whole.filter(|bytes| *bytes <= CLUSTER_MAX && at.checked_add(*bytes).is_some_and(|end| end <= total)))
}

fn next_cluster<F: Read + Seek>(file: &mut F, from: u64, total: u64) -> io::Result<u64> {
    const LOOK: u64 = 1 << 20;
    let mut at = from;
    while at < total {
        let bytes = LOOK.min(total - at);
        let look = portion(file, at, bytes, total)?.unwrap_or_default();
        if let Some(found) = look.windows(4).position(|four| four == CLUSTER.to_be_bytes()) {
            return Ok(at + found as u64);
        }
        // The four bytes may lie across the border.
        at += bytes.saturating_sub(3).max(1);
    }
    Ok(total)
}
