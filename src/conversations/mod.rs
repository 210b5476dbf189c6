//! What customers and the organisation say to each other.
//!
//! A conversation is one matter with one customer on one channel, open or resolved, with or without an assignee. Its
//! messages are numbered 1, 2, 3 … (`seq`), given in the transaction that stores them, so that everybody sees one order
//! without a gap. Notes and internal activities are not for the customer, who has a gap-free numbering of their own
//! (`public_seq`).
//!
//! Agents put tags and a priority on them, and put them aside for a while ([`work`]). Which ones somebody looks at says a
//! [`filter`].
//!
//! Who wrote something may mend it or take it back for a while ([`revising`]); notes call colleagues ([`mentions`]).
//! What is begun and not sent is kept for its author alone ([`drafts`]).
//!
//! The way in is [`commands::post`]; bots and channels use it like everybody else. Others learn what happened from
//! [`events`].

pub mod api;
pub mod commands;
mod draft_store;
pub mod drafts;
pub mod events;
pub mod expiry;
mod expiry_store;
pub mod feature;
pub mod figures;
pub mod filter;
mod handback;
#[cfg(test)]
mod handback_tests;
mod hold_store;
pub mod holds;
mod lifecycle;
mod listing_store;
mod mention_store;
pub mod mentions;
mod model;
mod owner_store;
mod posting;
pub mod queries;
pub mod revising;
mod revision_store;
mod snooze;
mod snooze_store;
mod store;
mod tagging_store;
mod waiting_store;
pub mod work;

pub use lifecycle::may_serve;
pub use model::{
    Activity, Author, Conversation, ConversationView, CustomerSummary, Hold, Kind, Marks, Message, MessageKey,
    MessageLimits, Priority, Quote, Receipt, References, Revised, Snooze, Status, Verb,
};
