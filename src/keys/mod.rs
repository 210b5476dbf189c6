//! The keys while the program runs: their ways in listed and changed, and the root key exchanged.
//!
//! The exchange has three steps (docs/adr/0010-key-rotation.md). First the vault gets a new root key and keeps the former
//! one beside it ([`Vault::begin_exchange`](crate::vault::Vault::begin_exchange)). Then everything that is under the
//! former key is sealed anew, while people work: each page of the databases, the header of each file. At last the former
//! key is forgotten. What is under which key can be seen from the pages and files themselves, so nothing else keeps count:
//! whoever is stopped in the middle, by whatever, looks again and goes on. A server that starts does so by itself.

mod exchange;
pub mod operator;
mod pace;
#[cfg(test)]
mod tests;

pub use exchange::Keys;
