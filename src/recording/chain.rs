//! What is said of a recording while it is made, so that an outsider can prove that nothing of it was changed.
//!
//! Every statement is a line of text. Its hash takes in the hash of the one before; every hash is signed (Ed25519) when it is
//! made, so that a recording that broke off is proven as far as it goes:
//!
//! ```text
//! hash 0 = SHA-256("parlor recording 1"), hash n = SHA-256(hash n-1 | line n), signature n = Ed25519(hash n)
//! ```

use super::frames::Kind;
use crate::vault::SigningKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub const BEGINNING: &str = "parlor recording 1";

/// One line of the chain.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Statement {
    Begin {
        n: u64,
        at: i64,
        recording: String,
        call: String,
        conversation: String,
    },
    /// Somebody takes part.
    Party {
        n: u64,
        at: i64,
        leg: i64,
        name: String,
        side: String,
    },
    /// Something of somebody is in the segments that follow.
    Track {
        n: u64,
        at: i64,
        track: u8,
        leg: i64,
        source: String,
    },
    Segment {
        n: u64,
        at: i64,
        from_ms: u64,
        until_ms: u64,
        bytes: u32,
        sha256: String,
    },
    Paused {
        n: u64,
        at: i64,
        at_ms: u64,
        reason: String,
        by: Option<String>,
    },
    Resumed {
        n: u64,
        at: i64,
        at_ms: u64,
        by: Option<String>,
    },
    /// Nothing follows. The head is what stands in front of the segments in the exported file.
    End {
        n: u64,
        at: i64,
        reason: String,
        duration_ms: u64,
        segments: u64,
        head_bytes: u64,
        head_sha256: String,
        lost: Lost,
    },
}

/// What did not get into the recording: packets of sound that never came, pictures that could not be decoded, packets that
/// are neither Opus nor VP8, and packets that came faster than the disk took them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Lost {
    pub sounds: u64,
    pub pictures: u64,
    pub foreign: u64,
    pub dropped: u64,
}

impl Statement {
    pub fn n(&self) -> u64 {
        match self {
            Statement::Begin { n, .. }
            | Statement::Party { n, .. }
            | Statement::Track { n, .. }
            | Statement::Segment { n, .. }
            | Statement::Paused { n, .. }
            | Statement::Resumed { n, .. }
            | Statement::End { n, .. } => *n,
        }
    }

    pub fn at(&self) -> i64 {
        match self {
            Statement::Begin { at, .. }
            | Statement::Party { at, .. }
            | Statement::Track { at, .. }
            | Statement::Segment { at, .. }
            | Statement::Paused { at, .. }
            | Statement::Resumed { at, .. }
            | Statement::End { at, .. } => *at,
        }
    }
}

/// A statement as it was signed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Link {
    pub line: String,
    #[serde(with = "base64_bytes")]
    pub signature: Vec<u8>,
}

impl Link {
    pub fn statement(&self) -> Option<Statement> {
        serde_json::from_str(&self.line).ok()
    }
}

/// The hash after this line.
pub fn after(hash: &[u8; 32], line: &str) -> [u8; 32] {
    Sha256::new().chain_update(hash).chain_update(line).finalize().into()
}

pub fn first() -> [u8; 32] {
    Sha256::digest(BEGINNING).into()
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes links.
pub struct Chain {
    key: SigningKey,
    hash: [u8; 32],
    next: u64,
}

impl Chain {
    pub fn new(key: SigningKey) -> Chain {
        Chain { key, hash: first(), next: 0 }
    }

    /// One that goes on behind these.
    pub fn after(key: SigningKey, links: &[Link]) -> Chain {
        let hash = links.iter().fold(first(), |hash, link| after(&hash, &link.line));
        Chain { key, hash, next: links.len() as u64 }
    }

    /// `statement` is told its number.
    pub fn link(&mut self, statement: impl FnOnce(u64) -> Statement) -> Link {
        let line = serde_json::to_string(&statement(self.next)).expect("texts and numbers are JSON");
        self.hash = after(&self.hash, &line);
        self.next += 1;
        Link { signature: self.key.sign(&self.hash).to_vec(), line }
    }
}

/// What this leg sends has this number from here on.
pub fn of_track(n: u64, at: i64, track: u8, leg: i64, kind: Kind) -> Statement {
    Statement::Track { n, at, track, leg, source: kind.as_str().to_owned() }
}

pub fn kind_of(source: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.as_str() == source)
}

mod base64_bytes {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Secret, is_signed};

    /// As a stranger would write it down from the protocol's words.
    #[test]
    fn every_line_is_signed_with_all_that_stand_before_it() {
        let key = || SigningKey::new(&Secret::new([9; 32]));
        let mut chain = Chain::new(key());
        let links = [1, 2, 3].map(|at| chain.link(|n| of_track(n, at, 1, 7, Kind::Mic)));
        let mut hash = Sha256::digest("parlor recording 1").to_vec();
        for link in &links {
            hash = Sha256::digest([hash.as_slice(), link.line.as_bytes()].concat()).to_vec();
            assert!(is_signed(&key().public(), &hash, &link.signature), "{}", link.line);
        }
        let mut going_on = Chain::after(key(), &links[..2]);
        assert_eq!(going_on.link(|n| of_track(n, 3, 1, 7, Kind::Mic)), links[2]);
    }
}
