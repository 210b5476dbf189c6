//! Passwords of people: argon2id with 19 MiB and two passes, some 28 ms a guess.
//!
//! That is much memory for one login, so callers bound how many run at once.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::LazyLock;

const KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// A PHC string, which carries its own salt and costs.
pub fn hash(password: &str) -> String {
    argon2()
        .hash_password(password.as_bytes())
        .expect("fixed costs, a fresh salt and any password are valid")
        .to_string()
}

/// False for a wrong password and for a hash that is none.
pub fn verify(password: &str, phc: &str) -> bool {
    argon2().verify_password(password.as_bytes(), phc).is_ok()
}

/// For an unknown account: as slow as [`verify`], so that the time does not tell who exists.
pub fn verify_dummy(password: &str) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password"));
    let _ = verify(password, &NOBODY);
    false
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(KIB, PASSES, 1, None).expect("within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_verifies() {
        let phc = hash("correct horse");
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(phc, hash("correct horse"));
        assert!(verify("correct horse", &phc));
        for wrong in ["correct horse ", "Correct horse", ""] {
            assert!(!verify(wrong, &phc));
        }
        assert!(!verify("correct horse", "not a hash"));
        assert!(!verify_dummy("nobody has this password"));
    }
}
