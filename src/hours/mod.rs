//! When people are served: weekly hours in a time zone, and dates that are different.
//!
//! A day's hours belong to the day on which they begin: Friday's from 22:00 to 02:00 reach into Saturday, whatever Saturday
//! is. Pure: what time it is comes in. The time zones come along with the program.

mod calendar;
mod model;

pub use calendar::Standing;
pub use model::{DateHours, Hours, Span};
