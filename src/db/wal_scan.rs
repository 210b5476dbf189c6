//! Is the write-ahead log what we left behind?
//!
//! SQLite ends its log at the first frame that does not add up. After a power cut that is right:
//! the writes of one commit reach the disk in any order, and a commit whose fsync never returned
//! was never acknowledged. But whoever changes one old frame makes SQLite drop every commit behind
//! it without a word. A later commit with a good checksum does not tell the two apart, because
//! the commit frame of the very transaction that was cut short may have arrived before its others.
//!
//! So each frame is sealed together with a mark: the number of frames known to be on the disk
//! (fsync returned) when it was written. If frame 7 is bad and any later frame says "9", frame 7
//! had been durable, and the log was changed. If none says so, it is an ordinary torn tail.
//!
//! The header is vouched for by a keyed checksum. An old header put back would hide all newer
//! frames; it is found when a frame of a newer generation carries a mark.

use super::page_aead::{FRAME, WAL_HEADER, be32, wal_checksum};
use super::page_keys::PageKeys;

/// What the scan found: how far the log adds up, or where it was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Recovery may use the log up to this frame; what follows is a torn tail or an old generation.
    Sound { frames: u32 },
    /// This frame was durable once and is not any more. Zero is the log's header.
    Tampered { frame: u32 },
    /// Neither the header nor any frame is ours: another key, or a log changed from end to end.
    Foreign,
}

/// `stored` is the header as it is on the disk, where a sector arrives whole or not at all: it is
/// ours, or zeros that were never written. `read` fills in a frame.
pub(super) fn scan<E>(
    keys: &PageKeys,
    stored: &[u8; WAL_HEADER],
    frames: u32,
    mut read: impl FnMut(u32, &mut [u8]) -> Result<(), E>,
) -> Result<Verdict, E> {
    let mut chain = keys.open_header(stored).map(|header| Chain::new(&header));
    let mut sound = 0;
    let mut frame = vec![0; FRAME];
    for index in 1..=frames {
        read(index, &mut frame)?;
        let Ok(mark) = keys.open_frame(index, &mut frame) else {
            continue;
        };
        let Some(chain) = &mut chain else {
            return Ok(Verdict::Tampered { frame: 0 });
        };
        if sound + 1 == index && chain.accepts(&frame) {
            sound = index;
        } else if chain.owns(&frame) && mark > sound {
            return Ok(Verdict::Tampered { frame: sound + 1 });
        } else if chain.is_older_than(&frame) && mark > 0 {
            return Ok(Verdict::Tampered { frame: 0 });
        }
    }
    if chain.is_none() && *stored != [0; WAL_HEADER] {
        return Ok(Verdict::Foreign);
    }
    Ok(Verdict::Sound { frames: sound })
}

/// The running checksum that ties each frame to all before it.
struct Chain {
    salts: [u8; 8],
    big_endian: bool,
    sums: [u32; 2],
}

impl Chain {
    fn new(header: &[u8; WAL_HEADER]) -> Self {
        let mut salts = [0; 8];
        salts.copy_from_slice(&header[16..24]);
        Chain { salts, big_endian: header[3] & 1 == 1, sums: [be32(&header[24..]), be32(&header[28..])] }
    }

    /// The same test as SQLite's, so that both stop at the same frame.
    fn accepts(&mut self, frame: &[u8]) -> bool {
        if !self.owns(frame) || be32(frame) == 0 {
            return false;
        }
        let sums = wal_checksum(self.big_endian, &frame[..8], self.sums);
        let sums = wal_checksum(self.big_endian, &frame[24..], sums);
        let fits = sums == [be32(&frame[16..]), be32(&frame[20..])];
        if fits {
            self.sums = sums;
        }
        fits
    }

    fn owns(&self, frame: &[u8]) -> bool {
        frame[8..16] == self.salts
    }

    /// Each reset of the log adds one to the first salt. A frame whose checksum is still to be
    /// written (the transaction changed its mind about a page) has no salts at all.
    fn is_older_than(&self, frame: &[u8]) -> bool {
        let ahead = be32(&frame[8..]).wrapping_sub(be32(&self.salts));
        frame[8..16] != [0; 8] && ahead != 0 && ahead < 1 << 31
    }
}
