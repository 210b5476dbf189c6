//! What happens to ratings.

use super::Rating;
use crate::kernel::Event;

pub const GIVEN: &str = "rating.given";

/// Given, or given otherwise.
pub struct RatingGiven {
    pub rating: Rating,
}

impl Event for RatingGiven {
    fn kind(&self) -> &'static str {
        GIVEN
    }
    fn subject(&self) -> (i64, i64) {
        (self.rating.id.0, 0)
    }
}
