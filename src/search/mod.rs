//! Finding what was said.
//!
//! Every text and note, with the names of its files, is indexed in a file of its own, `search.db`, encrypted like the store.
//! The index holds no words to read back, only where each token occurs, and a row's number is the position of the message's
//! event: descending rows are newest first, and the store says which message that was and who may see it.
//!
//! [`index`] reads the event log past a cursor that it keeps in the same file, a moment behind the store. The file is
//! derived: if it is missing, unreadable or of another store, it is made again from the log while the program runs. So
//! search never keeps the program from starting. docs/adr/0004-search.md has the reasons and the numbers.

pub mod api;
pub mod feature;
mod forgetting;
mod index;
mod queries;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

pub use forgetting::forget;
pub use index::{Indexer, Search, open, reseal};
pub use queries::{Hit, query};
