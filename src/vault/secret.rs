//! Key material: wiped when dropped, and nothing to see when printed.

use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> Secret<N> {
    pub fn new(bytes: [u8; N]) -> Self {
        Secret(bytes)
    }

    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// HKDF-SHA256: one secret gives as many independent ones as there are purposes.
pub(super) fn derive<const N: usize>(secret: &[u8], salt: &[u8], purpose: &str) -> Zeroizing<[u8; N]> {
    let mut out = Zeroizing::new([0; N]);
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand_multi_info(&[b"parlor/v1/", purpose.as_bytes()], out.as_mut())
        .expect("keys are far shorter than HKDF's limit");
    out
}

/// The key of one encrypted database, named by its purpose; see [`super::Vault::page_key`].
#[derive(Clone, Debug)]
pub struct PageKey {
    key: Secret<32>,
    /// Of pages that are not sealed anew yet.
    former: Option<Secret<32>>,
}

impl PageKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        PageKey { key: Secret::new(bytes), former: None }
    }

    /// The same key, in exchange for another.
    pub(crate) fn after(self, former: Option<[u8; 32]>) -> Self {
        PageKey { former: former.map(Secret::new), ..self }
    }

    pub(crate) fn former(&self) -> Option<PageKey> {
        self.former.clone().map(|key| PageKey { key, former: None })
    }

    pub(crate) fn expand<const N: usize>(&self, purpose: &str) -> Zeroizing<[u8; N]> {
        derive(self.key.expose(), b"page key", purpose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_a_secret_shows_nothing() {
        let shown = format!("{:?} {:?}", Secret::new([0x41; 8]), PageKey::new([0x41; 32]));
        assert_eq!(shown, "Secret(..) PageKey { key: Secret(..), former: None }");
    }

    #[test]
    fn purposes_and_salts_give_different_keys() {
        let keys = [
            derive::<32>(&[1; 32], b"a", "x"),
            derive::<32>(&[1; 32], b"a", "y"),
            derive::<32>(&[1; 32], b"b", "x"),
            derive::<32>(&[2; 32], b"a", "x"),
        ];
        for (i, a) in keys.iter().enumerate() {
            assert!(keys[i + 1..].iter().all(|b| a != b));
        }
    }
}
