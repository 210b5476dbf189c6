//! The browser's hello, as far as it says which ciphers of SRTP it knows.

use super::{u16_at, u32_at};

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const USE_SRTP: u16 = 14;
/// AES-128-GCM (RFC 7714).
pub const AEAD_AES_128_GCM: u16 = 7;

/// Hellos with keys against quantum computers are longer than a datagram, and come in pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece<'a> {
    /// Of the whole.
    pub length: usize,
    pub at: usize,
    pub bytes: &'a [u8],
}

/// The pieces of a hello in a datagram.
pub fn pieces(datagram: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        let (head, length) = (rest.get(..13)?, usize::from(u16_at(rest, 11)?));
        let record = rest.get(13..13 + length)?;
        let is_handshake = head[0] == HANDSHAKE;
        rest = &rest[13 + length..];
        Some(is_handshake.then(|| piece(record)).flatten())
    })
    .flatten()
}

fn piece(record: &[u8]) -> Option<Piece<'_>> {
    let word = u32_at(record, 0)?;
    let u24_at = |at: usize| Some((usize::from(*record.get(at)?) << 16) | usize::from(u16_at(record, at + 1)?));
    if (word >> 24) as u8 != CLIENT_HELLO {
        return None;
    }
    let (at, length) = (u24_at(6)?, u24_at(9)?);
    Some(Piece { length: (word & 0xFF_FFFF) as usize, at, bytes: record.get(12..12 + length)? })
}

/// Whether a whole hello names a cipher of SRTP.
pub fn offers(hello: &[u8], cipher: u16) -> bool {
    profiles(hello).is_some_and(|list| list.chunks_exact(2).any(|pair| pair == cipher.to_be_bytes()))
}

fn profiles(hello: &[u8]) -> Option<&[u8]> {
    // Version and chance; then session, cookie, cipher suites and compressions, each behind its length.
    let mut at = 34;
    for width in [1, 1, 2, 1] {
        let length = if width == 1 { usize::from(*hello.get(at)?) } else { usize::from(u16_at(hello, at)?) };
        at += width + length;
    }
    at += 2;
    loop {
        let (kind, length) = (u16_at(hello, at)?, usize::from(u16_at(hello, at + 2)?));
        let body = hello.get(at + 4..at + 4 + length)?;
        if kind == USE_SRTP {
            return body.get(2..2 + usize::from(u16_at(body, 0)?));
        }
        at += 4 + length;
    }
}
