//! What visitors say, and the ids by which a message is known again when it comes back.

use super::wire::Template;

/// Different texts, so that neither the index nor a cache sees one message a million times.
const TEXTS: usize = 64;
pub const VOCABULARY: usize = 2_000;

/// The same numbers in every run: a run can be repeated.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

pub fn word(number: usize) -> String {
    const SYLLABLES: [&str; 13] = ["ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "to"];
    let (mut rest, mut word) = (number + 13, String::new());
    while rest > 0 {
        word += SYLLABLES[rest % 13];
        rest /= 13;
    }
    word
}

/// A text of exactly so many bytes.
pub fn text(dice: &mut Dice, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        text += &word(dice.below(VOCABULARY));
        text.push(' ');
    }
    text.truncate(bytes);
    // White space alone would be no text.
    if text.ends_with(' ') {
        text.pop();
        text.push('.');
    }
    text
}

/// `send` frames, ready but for their id.
pub struct Sayings(Vec<Template>);

const BEFORE_ID: &str = r#"{"type":"send","id":""#;
pub const ID_BYTES: usize = 36;

impl Sayings {
    pub fn new(bytes: usize) -> Self {
        let mut dice = Dice::new(1);
        let frame = |_| {
            let text = text(&mut dice, bytes);
            Template::new(&format!(r#"{BEFORE_ID}{}","text":"{text}"}}"#, "0".repeat(ID_BYTES)))
        };
        Sayings((0..TEXTS).map(frame).collect())
    }

    pub fn put(&self, id: &MessageId, out: &mut Vec<u8>) {
        self.0[id.number as usize % TEXTS].put(BEFORE_ID.len(), &id.text(), out);
    }
}

/// A UUID of version 7 that says which message of which run it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageId {
    /// Milliseconds since 1970.
    pub at: i64,
    /// 12 bits; a process counts its runs.
    pub run: u16,
    pub number: u32,
}

impl MessageId {
    pub fn bits(&self) -> u128 {
        ((self.at as u128 & 0xffff_ffff_ffff) << 80)
            | (0x7000 | u128::from(self.run & 0xfff)) << 64
            | 0x8000 << 48
            | u128::from(self.number)
    }

    pub fn text(&self) -> [u8; ID_BYTES] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let (mut text, mut bits) = ([b'-'; ID_BYTES], self.bits());
        for place in (0..ID_BYTES).rev() {
            if !matches!(place, 8 | 13 | 18 | 23) {
                text[place] = DIGITS[bits as usize & 15];
                bits >>= 4;
            }
        }
        text
    }

    /// The message's number, if it is one of this run.
    pub fn number_in(text: &[u8], run: u16) -> Option<u32> {
        let text = text.first_chunk::<ID_BYTES>()?;
        let hex = |digits: &[u8]| {
            digits.iter().try_fold(0u32, |value, digit| Some(value << 4 | (*digit as char).to_digit(16)?))
        };
        (text[14] == b'7' && hex(&text[15..18])? == u32::from(run & 0xfff)).then(|| hex(&text[28..])).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_and_tells_its_message() {
        let id = MessageId { at: 1_760_000_000_123, run: 5, number: 0x00ab_cdef };
        let text = id.text();
        let text = std::str::from_utf8(&text).unwrap();
        let uuid: uuid::Uuid = text.parse().unwrap();
        assert_eq!((uuid.get_version_num(), uuid.as_u128()), (7, id.bits()));
        assert_eq!(uuid.hyphenated().to_string(), text);
        assert_eq!(MessageId::number_in(text.as_bytes(), 5), Some(0x00ab_cdef));
        assert_eq!(MessageId::number_in(text.as_bytes(), 6), None);
        assert_eq!(MessageId::number_in(b"0193", 5), None);
    }

    #[test]
    fn a_text_has_its_length_and_is_the_same_in_every_run() {
        for bytes in [1, 7, 120, 16_384] {
            assert_eq!(text(&mut Dice::new(3), bytes).len(), bytes);
            assert_eq!(text(&mut Dice::new(3), bytes), text(&mut Dice::new(3), bytes));
        }
        assert!(!text(&mut Dice::new(9), 1).trim().is_empty());
    }
}
