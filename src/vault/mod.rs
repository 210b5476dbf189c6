mod random;
mod secret;
pub use random::{random, token, token_hash};
pub use secret::{PageKey, Secret};
