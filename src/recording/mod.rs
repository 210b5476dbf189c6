//! Recordings of calls: sound and pictures of everybody, kept so that nobody can have changed them.
//!
//! A [`Recorder`] hears a call's packets through a tap and keeps nobody waiting. Its thread makes frames of them ([`frames`]), a
//! WebM cluster of each second ([`webm`]), and writes that into a sealed file that grows, with a key of its own: what was synced
//! is there whatever stops the program, and what broke off is closed at the next start ([`recover`]). Nothing is transcoded; each
//! party is a track of its own.
//!
//! Every second is linked into a chain of signed hashes ([`chain`]), pauses and their reasons too. A recording leaves the house
//! as a plain WebM and a proof that anybody can verify without our keys ([`proof`]).
//!
//! Who may see one is asked here, given the channel of its call; that they did is stored before anything goes out. How long it is
//! kept, the room `retention` says.

pub mod api;
mod chain;
mod closing;
pub mod commands;
mod contents;
pub mod events;
pub mod feature;
mod frames;
mod model;
pub mod proof;
pub mod queries;
mod reading;
mod recorder;
mod recordings;
mod recover;
mod scribe;
mod store;
mod upkeep;
mod webm;

pub use frames::{Codec, Kind};
pub use model::{EndReason, Party};
pub use recorder::{Recorder, Told};
pub use recordings::{FOLDER, Limits, Recordings, SINCE_SCHEMA, Start};
pub use upkeep::{check_file, each_record, reseal};
#[cfg(test)]
mod tests;
