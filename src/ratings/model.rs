//! What a rating is, and which are possible.

use crate::channels::RatingSettings;
use crate::kernel::{ChannelId, ConversationId, CustomerId, Error, FieldError, Millis, RatingId, Result, UserId};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rating {
    pub id: RatingId,
    pub conversation: ConversationId,
    /// Of the activity that asked.
    pub asked_seq: i64,
    pub channel: ChannelId,
    pub customer: CustomerId,
    /// Whose conversation it was.
    pub agent: Option<UserId>,
    pub content: Content,
    pub at: Millis,
    pub changed_at: Millis,
    pub position: i64,
}

/// What the customer says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    pub score: i64,
    /// `None`: not said.
    pub solved: Option<bool>,
    /// Of those the channel offers.
    pub tags: Vec<String>,
    pub comment: String,
}

pub const SCORE_MAX: i64 = 5;
/// A customer may change their mind so long.
pub const CHANGEABLE_MS: i64 = 7 * 24 * 3_600_000;
const COMMENT_CHARS_MAX: usize = 1_000;

impl Content {
    pub fn check(&self, offered: &RatingSettings) -> Result<()> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &'static str, code| wrong.push(FieldError { field: field.into(), code });
        if !(1..=SCORE_MAX).contains(&self.score) {
            refuse("score", "invalid");
        }
        if self.tags.iter().any(|tag| !offered.tags.contains(tag)) {
            refuse("tags", "unknown");
        }
        if self.tags.len() > offered.tags.len() {
            refuse("tags", "too_long");
        }
        if self.comment.chars().count() > COMMENT_CHARS_MAX {
            refuse("comment", "too_long");
        }
        if self.comment.contains('\0') {
            refuse("comment", "invalid");
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
    }
}

/// Ratings counted together.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many gave one star, two …
    pub scores: [i64; SCORE_MAX as usize],
    pub solved: i64,
    pub unsolved: i64,
}

impl Tally {
    pub fn count(&self) -> i64 {
        self.scores.iter().sum()
    }

    /// `None` of none.
    pub fn average(&self) -> Option<f64> {
        let points: i64 = self.scores.iter().zip(1..).map(|(n, score)| n * score).sum();
        (self.count() > 0).then(|| points as f64 / self.count() as f64)
    }

    pub fn add(&mut self, other: &Tally) {
        for (sum, n) in self.scores.iter_mut().zip(other.scores) {
            *sum += n;
        }
        self.solved += other.solved;
        self.unsolved += other.unsolved;
    }
}

/// All of a time, and by whose conversations they were.
#[derive(Debug, Default)]
pub struct Summary {
    pub all: Tally,
    pub agents: Vec<(Option<UserId>, Tally)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_is_of_all_who_rated() {
        assert_eq!(Tally::default().average(), None);
        let mut tally = Tally { scores: [1, 0, 0, 0, 3], solved: 2, unsolved: 1 };
        assert_eq!(tally.average(), Some(4.0));
        tally.add(&Tally { scores: [0, 0, 4, 0, 0], ..Tally::default() });
        assert_eq!((tally.count(), tally.average()), (8, Some(3.5)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let offered = RatingSettings { tags: vec!["quick".into()], ..RatingSettings::default() };
        let good = Content { score: 5, solved: None, tags: vec!["quick".into()], comment: String::new() };
        assert!(good.check(&offered).is_ok());
        let bad = Content { score: 6, tags: vec!["rude".into(), "x".into()], comment: "x\0".repeat(600), ..good };
        let fields = bad.check(&offered).unwrap_err().fields;
        let named: Vec<_> = fields.iter().map(|f| (f.field.as_ref(), f.code)).collect();
        let long = [("tags", "unknown"), ("tags", "too_long"), ("comment", "too_long"), ("comment", "invalid")];
        assert_eq!(named[0], ("score", "invalid"));
        assert_eq!(named[1..], long);
    }
}
