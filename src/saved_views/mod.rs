//! Ways to look at the inbox, kept under a name: shared ones, kept by supervisors, and everybody's own.
//!
//! A view is a [`Filter`](crate::conversations::filter::Filter) with a name and a place in the list. It shows nobody more
//! than they may see, and "me" in it is whoever looks.

pub mod api;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;

pub use model::SavedView;
