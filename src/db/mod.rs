//! The store: the only folder that names rusqlite.

mod page_aead;
pub mod page_cipher;
mod page_file;
mod page_open;
mod wal_scan;

#[cfg(test)]
mod page_cipher_tests;
#[cfg(test)]
mod power_cut_tests;
