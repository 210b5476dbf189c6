//! The store: one encrypted SQLite file, one writer, many readers.
//!
//! Why one writer: SQLite has one write lock anyway, and a synced commit of its own costs a message ten times what its
//! insert costs and more (docs/adr/0001). The writer drains everything that waits into one transaction, syncs once, and only
//! then answers ([`writer`]); a thread beside it moves the log ([`checkpoint`]). Readers never wait for it: each has its own connection and sees a snapshot.
//!
//! This folder is the only place that names rusqlite. Domains see [`Tx`] and [`Snapshot`], SQL with `?1`
//! placeholders, and [`Row`].

mod care;
mod checkpoint;
mod compact;
mod dump;
pub mod figures;
mod frozen;
mod inspect;
mod migrate;
mod page_aead;
mod page_cipher;
mod page_file;
mod page_keys;
mod page_open;
mod readers;
mod reseal;
mod row;
mod side;
mod snapshot;
mod store;
mod tx;
mod wal_scan;
mod writer;

#[cfg(test)]
mod in_clear;
#[cfg(test)]
pub use in_clear::pages_in_clear;
#[cfg(test)]
mod page_cipher_tests;
#[cfg(test)]
mod page_keys_tests;
#[cfg(test)]
mod power_cut_tests;

pub use care::cut_log;
pub use compact::{CompactError, compact};
pub use dump::Dumped;
pub use frozen::{Examined, Frozen, Thawing, begin_epoch, examine};
pub use inspect::{Depth, Inspection, Newest};
pub use migrate::{MigrateError, Progress, Step, newest as known_schema};
pub use readers::give_way;
pub use reseal::{Resealing, Turn, forget_former_key};
pub use row::{FromColumn, Row, ToValue, Value};
pub use side::{SideReaders, SideStore};
pub use snapshot::Snapshot;
pub use store::{Db, OpenError, Options, Upgrade, opening, set_writer_cache};
pub use tx::{RecordedEvent, Tx};

/// Borrowed parameters of a statement: `params![id, name]`.
#[macro_export]
macro_rules! params {
    () => { &[] as &[$crate::db::Value<'_>] };
    ($($value:expr),+ $(,)?) => { &[$($crate::db::ToValue::to_value(&$value)),+] as &[$crate::db::Value<'_>] };
}
