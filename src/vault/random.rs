//! Chance, always from the kernel.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// `N` random bytes. There is nothing sensible to do without them, so failing is fatal.
#[expect(clippy::disallowed_methods, reason = "every other place is handed chance by this one")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// Words of 256 bits that nobody guesses, such as `pls_…` of "pls". Of those that are secrets the store keeps [`token_hash`].
pub fn token(prefix: &str) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random::<32>()))
}

/// A token is random, so one plain hash is enough to keep it from being read out of the store.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_carry_their_prefix() {
        let (a, b) = (token("pls"), token("pls"));
        assert!(a.starts_with("pls_") && a.len() == 4 + 43);
        assert_ne!(a, b);
        assert_ne!(token_hash(&a), token_hash(&b));
        assert_eq!(token_hash(&a), token_hash(&a));
    }
}
