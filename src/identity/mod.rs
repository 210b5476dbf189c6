//! The organisation, its people, and how they prove who they are.
//!
//! A person signs in with a password and holds a session (a cookie), or makes API tokens for programs; both are random
//! secrets of which the store keeps only a hash. Roles say what a person may do ([`model`]). Commands read the acting person's
//! role from the store again: between sign-in and command it may have been taken away.

pub mod api;
pub mod avatars;
pub mod commands;
pub mod events;
pub mod feature;
pub mod figures;
pub mod model;
pub mod operator;
pub mod own;
mod passwords;
pub mod queries;
pub mod sessions;
mod store;
#[cfg(test)]
mod tests;
mod unstored;

pub use api::SignedIn;
pub use model::{Organisation, User, UserSummary};
pub use passwords::Passwords;
pub use queries::{find_organisation, find_user, get_organisation};
pub use unstored::Unstored;
