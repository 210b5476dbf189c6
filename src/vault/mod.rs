//! Stand-in until the vault branch lands.
mod random;
pub use random::{random, token, token_hash};

pub mod password {
    use argon2::password_hash::{PasswordHasher, PasswordVerifier};
    pub fn hash(text: &str) -> String {
        argon2::Argon2::default().hash_password(text.as_bytes()).map(|h| h.to_string()).unwrap_or_default()
    }
    pub fn verify(text: &str, hash: &str) -> bool {
        argon2::password_hash::phc::PasswordHash::new(hash)
            .is_ok_and(|hash| argon2::Argon2::default().verify_password(text.as_bytes(), &hash).is_ok())
    }
    pub fn verify_dummy(text: &str) {
        hash(text);
    }
}
