//! Offering a conversation to a colleague, who takes it or does not.
//!
//! Whoever has a conversation offers it, with a note for colleagues alone. It stays theirs until the colleague accepts: when
//! they decline, do not answer in time, leave, or may not see it any more, nothing has changed hands, and who offered it
//! hears of that. So no conversation is ever with nobody because of an offer. The offer names the owner's epoch: assigned,
//! taken over, handed back or resolved meanwhile, it is over. One conversation has one offer at a time.
//!
//! Giving back to the queue with a note is here too; assigning without asking is `conversations::commands::assign`.

pub mod api;
pub mod commands;
pub mod events;
mod expiry;
pub mod feature;
mod model;
pub mod queries;
mod store;

pub use model::{Settings, State, Transfer, TransferView};
