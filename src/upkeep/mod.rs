//! What keeps an installation well over years: memory that suffices, data that goes when its time is over, a store and
//! files that are looked after, at night or when the operator says so.

mod maintain;
pub mod memory;
mod nightly;
pub mod operator;

pub use maintain::Household;
pub use nightly::{At, chore};
