//! VP8 out of RTP (RFC 7741): packets of one picture put together, and pictures that cannot be decoded left out.

use bytes::Bytes;

/// A picture of more is not put together: 4K pictures have a tenth of it.
const PICTURE_MAX: usize = 8 << 20;

/// A picture that a decoder can take.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    pub timestamp: u32,
    pub data: Vec<u8>,
    /// Of one that stands by itself.
    pub size: Option<(u16, u16)>,
}

/// Puts pictures together.
pub struct Vp8 {
    next: Option<u16>,
    part: Option<Picture>,
    /// Since a picture was lost: what builds on it would be decoded into rubbish.
    needs_key: bool,
    /// Pictures that were left out.
    pub left_out: u64,
}

impl Default for Vp8 {
    fn default() -> Self {
        Vp8 { next: None, part: None, needs_key: true, left_out: 0 }
    }
}

impl Vp8 {
    /// Whether a picture that stands by itself is wanted.
    pub fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Nothing builds on what came before.
    pub fn begin_anew(&mut self) {
        (self.next, self.part, self.needs_key) = (None, None, true);
    }

    /// Packets in order; a hole in the sequence is a loss.
    pub fn take(&mut self, sequence: u16, timestamp: u32, is_last: bool, payload: &Bytes) -> Option<Picture> {
        if self.next.is_some_and(|next| next != sequence) {
            self.lose();
        }
        self.next = Some(sequence.wrapping_add(1));
        // A probe of the line: padding and no more.
        if payload.is_empty() {
            return None;
        }
        let Some((is_first, data)) = content(payload) else {
            self.lose();
            return None;
        };
        if is_first {
            if self.part.is_some() {
                self.lose();
            }
            self.part = Some(Picture { timestamp, data: Vec::with_capacity(data.len()), size: None });
        }
        let fits = |part: &&mut Picture| part.timestamp == timestamp && part.data.len() + data.len() <= PICTURE_MAX;
        match self.part.as_mut().filter(fits) {
            Some(part) => part.data.extend_from_slice(data),
            // The end of one whose beginning was lost.
            None => {
                self.lose();
                return None;
            }
        }
        if is_last { self.part.take().and_then(|picture| self.finish(picture)) } else { None }
    }

    fn finish(&mut self, mut picture: Picture) -> Option<Picture> {
        picture.size = key_size(&picture.data);
        // A first byte that says "key" with no head behind it is no picture at all.
        let is_sound = picture.size.is_some() || picture.data.first().is_some_and(|first| first & 1 == 1);
        if !is_sound {
            self.lose();
            return None;
        }
        if self.needs_key && picture.size.is_none() {
            self.left_out += 1;
            return None;
        }
        self.needs_key = false;
        Some(picture)
    }

    fn lose(&mut self) {
        if self.part.take().is_some() || !self.needs_key {
            self.left_out += 1;
        }
        self.needs_key = true;
    }
}

/// What comes behind the descriptor, and whether a picture begins here.
fn content(payload: &[u8]) -> Option<(bool, &[u8])> {
    let first = *payload.first()?;
    let mut at = 1;
    if first & 0x80 != 0 {
        let extensions = *payload.get(1)?;
        at = 2;
        if extensions & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(extensions & 0x40 != 0) + usize::from(extensions & 0x30 != 0);
    }
    let data = payload.get(at..).filter(|data| !data.is_empty())?;
    Some((first & 0x10 != 0 && first & 0x07 == 0, data))
}

/// Width and height of a picture that stands by itself (RFC 6386, 9.1).
pub fn key_size(data: &[u8]) -> Option<(u16, u16)> {
    let head = data.get(..10)?;
    if head[0] & 1 != 0 || head[3..6] != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let size = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]) & 0x3fff;
    Some((size(6), size(8))).filter(|(width, height)| *width > 0 && *height > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 10] = [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01];
    const DELTA: [u8; 3] = [0x11, 1, 2];

    fn packet(is_first: bool, data: &[u8]) -> Bytes {
        [&[if is_first { 0x10 } else { 0 }][..], data].concat().into()
    }

    fn says(vp8: &mut Vp8, packets: &[(u16, u32, bool, Bytes)]) -> Vec<(u32, bool)> {
        let pictures = packets.iter().filter_map(|(seq, at, last, bytes)| vp8.take(*seq, *at, *last, bytes));
        pictures.map(|picture| (picture.timestamp, picture.size.is_some())).collect()
    }

    #[test]
    fn packets_become_pictures() {
        let mut vp8 = Vp8::default();
        let key = says(&mut vp8, &[(65_535, 0, false, packet(true, &KEY)), (0, 0, true, packet(false, &[5; 20]))]);
        assert_eq!(key, [(0, true)]);
        let picture = vp8.take(1, 3_000, true, &packet(true, &DELTA)).unwrap();
        assert_eq!((picture.data.as_slice(), picture.size), (&DELTA[..], None));
        assert_eq!(key_size(&KEY), Some((640, 480)));
        assert_eq!(vp8.left_out, 0);
    }

    #[test]
    fn descriptors_of_every_length_are_taken_off() {
        for (descriptor, is_first) in [
            (&[0x10][..], true),
            (&[0x00], false),
            (&[0x11], false),
            (&[0x90, 0x80, 0x05], true),
            (&[0x90, 0x80, 0x85, 0x05], true),
            (&[0x90, 0xc0, 0x85, 0x05, 0x01], true),
            (&[0x90, 0xf0, 0x85, 0x05, 0x01, 0x20], true),
            (&[0x90, 0x20, 0x20], true),
            (&[0x90, 0x00], true),
        ] {
            let payload = [descriptor, &[0xaa, 0xbb]].concat();
            assert_eq!(content(&payload), Some((is_first, &[0xaa, 0xbb][..])), "{descriptor:x?}");
            for cut in 0..=descriptor.len() {
                assert_eq!(content(&payload[..cut]), None, "{descriptor:x?} cut at {cut}");
            }
        }
    }

    #[test]
    fn after_a_loss_the_next_picture_is_one_that_stands_by_itself() {
        let mut vp8 = Vp8::default();
        assert!(vp8.needs_key());
        assert_eq!(says(&mut vp8, &[(1, 0, true, packet(true, &DELTA))]), [], "nothing to build on");
        let came = says(
            &mut vp8,
            &[
                (2, 1, true, packet(true, &KEY)),
                (4, 2, true, packet(true, &DELTA)),
                (5, 3, true, packet(true, &DELTA)),
                (6, 4, true, packet(true, &KEY)),
                (7, 5, true, packet(true, &DELTA)),
            ],
        );
        assert_eq!(came, [(1, true), (4, true), (5, false)]);
        // In the middle of one: its rest is nothing either.
        let came = says(
            &mut vp8,
            &[
                (8, 6, false, packet(true, &KEY)),
                (10, 6, true, packet(false, &[1])),
                (11, 7, true, packet(true, &DELTA)),
            ],
        );
        assert_eq!(came, []);
        assert!(vp8.needs_key() && vp8.left_out > 0);
        // A probe between two pictures is no loss.
        let came = says(
            &mut vp8,
            &[(12, 8, true, packet(true, &KEY)), (13, 8, false, Bytes::new()), (14, 9, true, packet(true, &DELTA))],
        );
        assert_eq!(came, [(8, true), (9, false)]);
    }

    #[test]
    fn whatever_comes_it_neither_panics_nor_gives_what_is_no_picture() {
        let mut dice = 0x2545_f491_4f6c_dd1du64;
        let mut roll = || {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice
        };
        let mut vp8 = Vp8::default();
        let (mut sequence, mut pictures) = (0u16, 0);
        for _ in 0..200_000 {
            let mut bytes: Vec<u8> = match roll() % 3 {
                0 => packet(true, &KEY).to_vec(),
                1 => packet(true, &DELTA).to_vec(),
                _ => (0..roll() % 30).map(|n| (n * 37) as u8).collect(),
            };
            for _ in 0..roll() % 3 {
                let at = roll() as usize % bytes.len().max(1);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = roll() as u8;
                }
            }
            sequence = sequence.wrapping_add(if roll() % 20 == 0 { roll() as u16 } else { 1 });
            let waited = vp8.needs_key();
            if let Some(picture) = vp8.take(sequence, (roll() % 4) as u32, roll() % 2 == 0, &bytes.into()) {
                pictures += 1;
                assert!(picture.size.is_some() || !waited);
                assert!(picture.size.is_some() || picture.data[0] & 1 == 1);
            }
        }
        assert!(pictures > 1_000);
    }
}
