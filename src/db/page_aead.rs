//! How one page, one frame of the write-ahead log and the log's header look once sealed.
//!
//! Every page carries a trailer in the bytes that SQLite leaves alone (its "reserved bytes"):
//!
//! ```text
//! key id 4 | mark 4 | nonce 24 | tag 16
//! ```
//!
//! The cipher is XAES-256-GCM: 12 bytes of a random 24-byte nonce give a key of its own to every
//! write, so that a busy store cannot run out of random nonces (bare 96-bit ones are unsafe after
//! 2^32 writes, which is days). Associated data binds the kind, the position, the key id, the mark
//! and, for frames, the part of the header that SQLite needs in the clear.
//!
//! The mark of a frame says how many frames of the log were on the disk for certain when this one
//! was sealed; `wal_scan` explains why it is needed. Pages of the main file have none.

use crate::vault::{PageKey, Secret};
use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt, KeyInit, array::Array};
use hkdf::Hkdf;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

pub(super) const PAGE: usize = 4096;
/// Reserved bytes at the end of each page.
pub(super) const TRAILER: usize = 48;
pub(super) const BODY: usize = PAGE - TRAILER;
pub(super) const WAL_HEADER: usize = 32;
pub(super) const FRAME_HEADER: usize = 24;
pub(super) const FRAME: usize = FRAME_HEADER + PAGE;
/// The part of a frame header that stays readable: page number, commit size, salts.
const FRAME_CLEAR: usize = 16;
const NONCE: usize = 24;
const PAGE_KIND: u8 = 1;
const FRAME_KIND: u8 = 2;

/// Why a page did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The page names another key, and ours does not fit.
    OtherKey,
    /// Not what was written here: changed, moved, or torn.
    NotAuthentic,
}

pub(super) struct PageAead {
    aes: Aes256,
    cmac_k1: Zeroizing<[u8; 16]>,
    header_key: Secret<32>,
    key_id: [u8; 4],
}

impl PageAead {
    pub(super) fn new(key: &PageKey) -> Self {
        let page_key = key.expand::<32>("page");
        let aes = Aes256::new(&Array::from(*page_key));
        PageAead {
            cmac_k1: cmac_subkey(&aes),
            aes,
            header_key: Secret::new(*key.expand::<32>("log header")),
            key_id: *key.expand::<4>("key id"),
        }
    }

    pub(super) fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    pub(super) fn seal_page(&self, number: u32, page: &mut [u8], nonce: [u8; NONCE]) {
        let aad = self.aad(PAGE_KIND, number, 0, &[]);
        let (body, trailer) = page.split_at_mut(BODY);
        self.seal(&aad, body, trailer, 0, nonce);
    }

    /// Opens in place; the trailer is zero afterwards, as SQLite wrote it.
    pub(super) fn open_page(&self, number: u32, page: &mut [u8]) -> Result<(), Refusal> {
        let (body, trailer) = page.split_at_mut(BODY);
        let aad = self.aad(PAGE_KIND, number, be32(&trailer[4..]), &[]);
        self.open(&aad, body, trailer)
    }

    /// The frame's checksum is sealed together with the page: it is a sum of the plaintext.
    pub(super) fn seal_frame(&self, index: u32, mark: u32, frame: &mut [u8], nonce: [u8; NONCE]) {
        let aad = self.aad(FRAME_KIND, index, mark, &frame[..FRAME_CLEAR]);
        let (rest, trailer) = frame.split_at_mut(FRAME - TRAILER);
        self.seal(&aad, &mut rest[FRAME_CLEAR..], trailer, mark, nonce);
    }

    /// Opens in place and gives the frame's mark.
    pub(super) fn open_frame(&self, index: u32, frame: &mut [u8]) -> Result<u32, Refusal> {
        let (rest, trailer) = frame.split_at_mut(FRAME - TRAILER);
        let (clear, sealed) = rest.split_at_mut(FRAME_CLEAR);
        let mark = be32(&trailer[4..]);
        let aad = self.aad(FRAME_KIND, index, mark, clear);
        self.open(&aad, sealed, trailer)?;
        Ok(mark)
    }

    /// On disk the header's checksum, which anybody can compute, gives way to a keyed one.
    pub(super) fn seal_header(&self, header: &[u8; WAL_HEADER]) -> [u8; WAL_HEADER] {
        let mut sealed = *header;
        sealed[24..].copy_from_slice(&self.header_mac(&header[..24]));
        sealed
    }

    /// The header as SQLite wrote it, or nothing if it is not ours.
    pub(super) fn open_header(&self, sealed: &[u8; WAL_HEADER]) -> Option<[u8; WAL_HEADER]> {
        let mac = self.header_mac(&sealed[..24]);
        if !bool::from(mac.ct_eq(&sealed[24..])) {
            return None;
        }
        let mut header = *sealed;
        let big_endian = header[3] & 1 == 1;
        let sums = wal_checksum(big_endian, &header[..24], [0, 0]);
        header[24..28].copy_from_slice(&sums[0].to_be_bytes());
        header[28..].copy_from_slice(&sums[1].to_be_bytes());
        Some(header)
    }

    fn header_mac(&self, clear: &[u8]) -> [u8; 8] {
        // HKDF-Expand with one block is HMAC-SHA256 over `clear | 1`.
        let mut mac = [0; 8];
        Hkdf::<Sha256>::new(None, self.header_key.expose())
            .expand(clear, &mut mac)
            .expect("eight bytes are within HKDF's limit");
        mac
    }

    /// What a seal vouches for besides the bytes. `clear` is zero for pages of the main file.
    fn aad(&self, kind: u8, position: u32, mark: u32, clear: &[u8]) -> [u8; 29] {
        let mut aad = [0; 29];
        aad[0] = kind;
        aad[1..5].copy_from_slice(&position.to_be_bytes());
        aad[5..9].copy_from_slice(&self.key_id);
        aad[9..13].copy_from_slice(&mark.to_be_bytes());
        aad[13..13 + clear.len()].copy_from_slice(clear);
        #[cfg(test)]
        if planted::NO_POSITION.get() {
            aad[1..5].fill(0);
        }
        aad
    }

    fn seal(&self, aad: &[u8], data: &mut [u8], trailer: &mut [u8], mark: u32, nonce: [u8; NONCE]) {
        let (key, iv) = self.derive(&nonce);
        let tag = key.seal_in_place_separate_tag(iv, Aad::from(aad), data).expect("a page is within GCM's limit");
        trailer[..4].copy_from_slice(&self.key_id);
        trailer[4..8].copy_from_slice(&mark.to_be_bytes());
        trailer[8..32].copy_from_slice(&nonce);
        trailer[32..].copy_from_slice(tag.as_ref());
    }

    fn open(&self, aad: &[u8], data: &mut [u8], trailer: &mut [u8]) -> Result<(), Refusal> {
        let stored_id = be32(trailer).to_be_bytes();
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&trailer[8..32]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&trailer[32..]);
        trailer.fill(0);
        let (key, iv) = self.derive(&nonce);
        let opened = key.open_in_place_separate_tag(iv, Aad::from(aad), Tag::from(tag), data, 0..).is_ok();
        match (opened, stored_id == self.key_id) {
            (true, true) => Ok(()),
            // An id that is not ours over a page that is ours: the id itself was changed.
            (true, false) | (false, true) => {
                data.fill(0);
                Err(Refusal::NotAuthentic)
            }
            (false, false) => {
                data.fill(0);
                Err(Refusal::OtherKey)
            }
        }
    }

    fn derive(&self, nonce: &[u8; NONCE]) -> (LessSafeKey, Nonce) {
        let mut key = Zeroizing::new([0; 32]);
        for (counter, half) in key.chunks_exact_mut(16).enumerate() {
            // CMAC of one whole block, as XAES-256-GCM asks: 0x00 counter 'X' 0x00 nonce[..12].
            let mut block = [0; 16];
            block[1] = counter as u8 + 1;
            block[2] = b'X';
            block[4..].copy_from_slice(&nonce[..12]);
            for (byte, k) in block.iter_mut().zip(self.cmac_k1.iter()) {
                *byte ^= k;
            }
            let mut block = Array::from(block);
            self.aes.encrypt_block(&mut block);
            half.copy_from_slice(&block);
        }
        let mut iv = [0; 12];
        iv.copy_from_slice(&nonce[12..]);
        let key = UnboundKey::new(&AES_256_GCM, key.as_ref()).expect("AES-256 takes 32 bytes");
        (LessSafeKey::new(key), Nonce::assume_unique_for_key(iv))
    }
}

fn cmac_subkey(aes: &Aes256) -> Zeroizing<[u8; 16]> {
    let mut block = Array::from([0; 16]);
    aes.encrypt_block(&mut block);
    let l = u128::from_be_bytes(block.into());
    let reduction = if l >> 127 == 1 { 0x87 } else { 0 };
    block.as_mut_slice().zeroize();
    Zeroizing::new(((l << 1) ^ reduction).to_be_bytes())
}

/// SQLite's checksum of the log: sums of 32-bit words, each depending on all before it.
pub(super) fn wal_checksum(big_endian: bool, data: &[u8], mut sums: [u32; 2]) -> [u32; 2] {
    let word = |bytes: &[u8]| {
        let word = be32(bytes);
        if big_endian { word } else { word.swap_bytes() }
    };
    for pair in data.chunks_exact(8) {
        sums[0] = sums[0].wrapping_add(word(pair)).wrapping_add(sums[1]);
        sums[1] = sums[1].wrapping_add(word(&pair[4..])).wrapping_add(sums[0]);
    }
    sums
}

/// The first four bytes as a big-endian number.
pub(super) fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Random nonces, asked of the kernel 64 at a time: one call a page would cost as much as sealing.
pub(super) struct Nonces {
    pool: [u8; NONCE * 64],
    used: usize,
}

impl Nonces {
    pub(super) fn new() -> Self {
        Nonces { pool: [0; NONCE * 64], used: 64 }
    }

    #[expect(clippy::disallowed_methods, reason = "a page's nonce is nobody's to choose")]
    pub(super) fn next(&mut self) -> Result<[u8; NONCE], getrandom::Error> {
        if self.used == 64 {
            getrandom::fill(&mut self.pool)?;
            self.used = 0;
        }
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.pool[self.used * NONCE..][..NONCE]);
        self.used += 1;
        Ok(nonce)
    }
}

/// Bugs that the tests plant to prove that they would notice.
#[cfg(test)]
pub(super) mod planted {
    use std::cell::Cell;
    thread_local! {
        pub(in crate::db) static NO_POSITION: Cell<bool> = const { Cell::new(false) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xaes(key: [u8; 32]) -> PageAead {
        let aes = Aes256::new(&Array::from(key));
        PageAead { cmac_k1: cmac_subkey(&aes), aes, header_key: Secret::new([0; 32]), key_id: [0; 4] }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The two vectors of the XAES-256-GCM specification (C2SP).
    #[test]
    fn agrees_with_the_published_vectors() {
        let nonce = *b"ABCDEFGHIJKLMNOPQRSTUVWX";
        for (key, aad, expected) in [
            ([1; 32], &b""[..], "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            ([3; 32], &b"c2sp.org/XAES-256-GCM"[..], "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
        ] {
            let mut data = *b"XAES-256-GCM";
            let mut trailer = [0; TRAILER];
            xaes(key).seal(aad, &mut data, &mut trailer, 0, nonce);
            assert_eq!(hex(&data) + &hex(&trailer[32..]), expected);
        }
    }

    #[test]
    fn every_bit_of_a_page_and_its_place_count() {
        let aead = PageAead::new(&PageKey::new([7; 32]));
        let mut sealed = [5; PAGE];
        sealed[BODY..].fill(0);
        let plain = sealed;
        aead.seal_page(9, &mut sealed, [3; NONCE]);
        let mut copy = sealed;
        assert_eq!(aead.open_page(9, &mut copy), Ok(()));
        assert_eq!(copy, plain);
        assert!(aead.open_page(8, &mut sealed.clone()).is_err());
        for at in (0..BODY).step_by(97).chain([0, 1, 2, 3]).chain(BODY..PAGE) {
            let mut bent = sealed;
            bent[at] ^= 4;
            assert_eq!(aead.open_page(9, &mut bent), Err(Refusal::NotAuthentic), "byte {at}");
        }
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let mut page = [5; PAGE];
        page[BODY..].fill(0);
        PageAead::new(&PageKey::new([7; 32])).seal_page(1, &mut page, [3; NONCE]);
        let other = PageAead::new(&PageKey::new([8; 32]));
        assert_eq!(other.open_page(1, &mut page), Err(Refusal::OtherKey));
    }

    #[test]
    fn the_log_header_cannot_be_made_up() {
        let aead = PageAead::new(&PageKey::new([7; 32]));
        let mut header = [0; WAL_HEADER];
        header[..4].copy_from_slice(&0x377f_0682_u32.to_be_bytes());
        header[16..24].fill(9);
        let sums = wal_checksum(false, &header[..24], [0, 0]);
        header[24..28].copy_from_slice(&sums[0].to_be_bytes());
        header[28..].copy_from_slice(&sums[1].to_be_bytes());
        let sealed = aead.seal_header(&header);
        assert_eq!(aead.open_header(&sealed), Some(header));
        for at in 0..WAL_HEADER {
            let mut bent = sealed;
            bent[at] ^= 1;
            assert_eq!(aead.open_header(&bent), None, "byte {at}");
        }
    }
}
