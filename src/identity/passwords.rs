//! Hashing passwords without letting anybody's tries take the machine.

use crate::http::Limits;
use crate::jobs::Turns;
use crate::kernel::Result;
use crate::vault::password;

pub struct Passwords(Turns);

impl Passwords {
    pub fn new(limits: &Limits) -> Self {
        Passwords(Turns::new(limits.password_hashes, limits.password_hashes_waiting))
    }

    pub async fn hash(&self, password: String) -> Result<String> {
        self.0.run(move || password::hash(&password)).await
    }

    /// Without a hash to check against it takes as long and fails: nobody learns which accounts exist.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        let check = move || match hash {
            Some(hash) => password::verify(&password, &hash),
            None => password::verify_dummy(&password),
        };
        self.0.run(check).await
    }
}
