//! The key on paper: 160 random bits as 32 letters and digits, and four more that find typing
//! errors. Crockford's alphabet, so that O and 0, I, L and 1 are the same.

use super::error::VaultError;
use super::files::{create_new, sync_folder_of};
use super::random::random;
use super::secret::Secret;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::Path;
use std::str::FromStr;
use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_DIGITS: usize = 32;
const CHECK_DIGITS: usize = 4;
const GROUP: usize = 6;

#[derive(Clone, Debug)]
pub struct RecoveryKey(Secret<20>);

impl RecoveryKey {
    pub(super) fn generate() -> Self {
        RecoveryKey(Secret::new(random()))
    }

    pub(super) fn expose(&self) -> &[u8; 20] {
        self.0.expose()
    }

    /// For the paper, once: `XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX-XXXXXX`.
    pub fn reveal(&self) -> Zeroizing<String> {
        let digits = digits_of(self.0.expose());
        let mut text = Zeroizing::new(String::with_capacity(48));
        for (at, digit) in digits.iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*digit)]));
        }
        text
    }

    /// Into a new file that only its owner may read.
    pub fn write_to(&self, path: &Path) -> Result<(), VaultError> {
        let write = || {
            let mut file = create_new(path, 0o400)?;
            file.write_all(Zeroizing::new(format!("{}\n", self.reveal().as_str())).as_bytes())?;
            file.sync_all()?;
            sync_folder_of(path)
        };
        write().map_err(VaultError::io(path))
    }
}

/// Each digit is five bits: first the key, then the start of its hash.
fn digits_of(key: &[u8; 20]) -> Zeroizing<[u8; KEY_DIGITS + CHECK_DIGITS]> {
    let hash = Sha256::digest(key);
    let bytes = Zeroizing::new([&key[..], &hash[..3]].concat());
    let mut digits = Zeroizing::new([0; KEY_DIGITS + CHECK_DIGITS]);
    for (at, digit) in digits.iter_mut().enumerate() {
        let bit = at * 5;
        let high = u16::from(bytes[bit / 8]) << 8;
        let low = bytes.get(bit / 8 + 1).map_or(0, |byte| u16::from(*byte));
        *digit = ((high | low) >> (11 - bit % 8) & 31) as u8;
    }
    digits
}

impl FromStr for RecoveryKey {
    type Err = VaultError;

    /// Case, spaces and dashes do not matter.
    fn from_str(text: &str) -> Result<Self, VaultError> {
        let mistyped = || VaultError::RecoveryKeyMistyped;
        let mut digits = Zeroizing::new(Vec::with_capacity(KEY_DIGITS + CHECK_DIGITS));
        for c in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let c = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                c => c,
            };
            let digit = ALPHABET.iter().position(|known| char::from(*known) == c);
            digits.push(digit.ok_or_else(mistyped)? as u8);
        }
        if digits.len() != KEY_DIGITS + CHECK_DIGITS {
            return Err(mistyped());
        }
        let mut key = Zeroizing::new([0; 20]);
        for (bytes, eight) in key.chunks_exact_mut(5).zip(digits.chunks_exact(8)) {
            let bits = eight.iter().fold(0_u64, |bits, digit| bits << 5 | u64::from(*digit));
            bytes.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        if digits_of(&key)[..] != digits[..] {
            return Err(mistyped());
        }
        Ok(RecoveryKey(Secret::new(*key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_paper() {
        let key = RecoveryKey::generate();
        let text = key.reveal();
        assert_eq!(text.len(), 41);
        let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        for typed in [text.as_str(), &sloppy] {
            assert_eq!(typed.parse::<RecoveryKey>().unwrap().expose(), key.expose());
        }
        assert_eq!(format!("{key:?}"), "RecoveryKey(Secret(..))");
    }

    #[test]
    fn every_single_typing_error_is_found() {
        let text = RecoveryKey::generate().reveal().replace('-', "");
        for at in 0..text.len() {
            let mut typed = text.clone().into_bytes();
            typed[at] = if typed[at] == b'7' { b'8' } else { b'7' };
            let typed = String::from_utf8(typed).unwrap();
            assert!(matches!(typed.parse::<RecoveryKey>(), Err(VaultError::RecoveryKeyMistyped)));
        }
        for typed in ["", "ABC", &text[1..], "U"] {
            assert!(typed.parse::<RecoveryKey>().is_err());
        }
    }
}
