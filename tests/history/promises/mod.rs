//! The nine promises, each as a question to the story.

mod eyes;
mod feed;
mod order;
mod owners;
mod resume;
mod unread;
mod words;

use super::record::Record;
use super::story::Story;
use std::fmt;

/// A promise that was broken, by its number in [`super`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub promise: u8,
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "promise {}: {}", self.promise, self.what)
    }
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, promise: u8, what: String) {
        self.0.push(Violation { promise, what });
    }
}

pub fn check(records: &[Record]) -> Vec<Violation> {
    let story = Story::of(records);
    let mut findings = Findings::default();
    words::acknowledged(&story, &mut findings);
    words::repeated(&story, &mut findings);
    order::gapless(&story, &mut findings);
    order::told(&story, &mut findings);
    resume::own_words(&story, &mut findings);
    resume::cursors(&story, &mut findings);
    owners::one_winner(&story, &mut findings);
    owners::one_owner(&story, &mut findings);
    words::refused(&story, &mut findings);
    feed::followed(&story, &mut findings);
    feed::delivered(&story, &mut findings);
    unread::counted(&story, &mut findings);
    eyes::allowed(&story, &mut findings);
    findings.0
}
