//! The REST side: sign-in, people, the organisation, tokens, avatars. What travels is in [`wire`].

mod authenticate;
pub mod avatars;
mod cookie;
pub mod me;
pub mod organisation;
pub mod people;
pub mod session;
pub mod tokens;
pub mod wire;

pub use authenticate::{Proof, SignedIn};
pub use cookie::session_cookie;
