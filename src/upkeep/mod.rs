//! What keeps an installation well over years: memory that suffices, data that goes when its time is over, a store and
//! files that are looked after.

pub mod memory;
