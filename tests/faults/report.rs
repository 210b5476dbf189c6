//! What one kind of trouble came to.

use crate::history::{Outcome, write};
use std::fmt::Display;
use std::time::Duration;

pub struct Report {
    pub name: &'static str,
    pub figures: Vec<(&'static str, String)>,
    pub violations: Vec<String>,
    /// What could not be done here, and why.
    pub not_run: Vec<String>,
}

impl Report {
    pub fn of(name: &'static str) -> Report {
        Report { name, figures: Vec::new(), violations: Vec::new(), not_run: Vec::new() }
    }

    pub fn figure(&mut self, name: &'static str, figure: impl Display) {
        match self.figures.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = figure.to_string(),
            None => self.figures.push((name, figure.to_string())),
        }
    }

    pub fn require(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(otherwise());
        }
    }

    /// Says so if the time did not suffice.
    pub fn reached(&mut self, what: &str, done: usize, of: usize) {
        if done < of {
            self.not_run.push(format!("{what}: out of time after {done} of {of}"));
        }
    }

    pub fn take(&mut self, outcome: Result<Outcome, String>) -> Option<Outcome> {
        match outcome {
            Ok(outcome) => {
                self.violations.extend(outcome.violations.iter().map(ToString::to_string));
                if !outcome.violations.is_empty() {
                    let file = std::env::temp_dir().join(format!("parlor-history-{}.jsonl", uuid::Uuid::now_v7()));
                    let kept =
                        write(&file, &outcome.records).map_or_else(|e| e.to_string(), |()| file.display().to_string());
                    self.figure("history", kept);
                }
                Some(outcome)
            }
            Err(error) => {
                self.violations.push(error);
                None
            }
        }
    }
}

pub fn ms(time: Duration) -> String {
    format!("{} ms", time.as_millis())
}

/// To look at while it lasts.
pub fn progress(what: &str, done: usize, of: usize) {
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) || done == of || done.is_multiple_of(of.div_ceil(10)) {
        eprintln!("  {what}: {done} of {of}");
    }
}
