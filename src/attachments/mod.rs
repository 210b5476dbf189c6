//! Files that people send.
//!
//! The bytes lie sealed, one file each, in the folder `attachments` of the data directory; nothing is ever written there in
//! the clear. A row of the table `attachments` says what is known of each. A file belongs to its uploader until a
//! message takes it ([`claim`]); what nobody took within a day goes ([`purge`]). Who may see a taken file is the business
//! of those who know the message: [`get`] only says which one it was.
//!
//! What a file is, its first bytes decide, not its sender ([`media`]). Pictures are drawn anew ([`pictures`]): what was
//! hidden in them, the place they were taken above all, does not go out again.

mod animations;
pub mod api;
mod audit;
mod commands;
pub mod feature;
mod files;
mod media;
mod model;
mod pictures;
mod purge;
mod queries;
mod reseal;
mod store;
#[cfg(test)]
mod tests;
mod upload;

pub use audit::{Audit, audit};
pub use commands::{claim, forget_of_messages, withdraw};
pub use files::{Files, Kept, blocking, path_of, require_room, shelves};
pub use model::{Attachment, NamedFile, Owner, Taken};
pub use purge::is_settled;
pub use queries::{get, list_files, of_message, total};
pub use reseal::{reseal, reseal_folder};
pub use upload::discard;
