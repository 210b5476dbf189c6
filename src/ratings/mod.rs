//! What customers thought of how they were served.
//!
//! A conversation asks for it when it is resolved, if its channel says so, or when an agent asks by hand. Its customer
//! gives one to five stars, and may say whether the matter was solved (which is another question than being content),
//! choose words and write some. They may change their mind for a week. A conversation that goes on afterwards can be
//! rated again; each time is a rating of its own, of the person whose conversation it was then.

pub mod api;
pub mod commands;
pub mod events;
pub mod feature;
mod model;
pub mod queries;
mod store;

pub use model::{Content, Rating, Summary, Tally};
