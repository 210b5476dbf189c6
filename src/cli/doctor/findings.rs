//! What was found, and how it is said.

use serde::Serialize;
use std::io::{self, Write};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    /// Worth knowing; nothing to do unless one wants to.
    Note,
    /// It works, and will not for long, or not for everybody.
    Warning,
    /// It does not work, or what matters is in danger.
    Error,
}

#[derive(Debug, Serialize)]
pub struct Finding {
    /// Stable, for programs: `disk.space`.
    check: &'static str,
    level: Level,
    what: String,
    /// What to do; empty if there is nothing.
    #[serde(rename = "do")]
    remedy: String,
}

#[derive(Default, Serialize)]
pub struct Findings {
    findings: Vec<Finding>,
}

impl Findings {
    pub fn ok(&mut self, check: &'static str, what: impl Into<String>) {
        self.add(check, Level::Ok, what.into(), String::new());
    }

    pub fn note(&mut self, check: &'static str, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Note, what.into(), remedy.into());
    }

    pub fn warn(&mut self, check: &'static str, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Warning, what.into(), remedy.into());
    }

    pub fn error(&mut self, check: &'static str, what: impl Into<String>, remedy: impl Into<String>) {
        self.add(check, Level::Error, what.into(), remedy.into());
    }

    fn add(&mut self, check: &'static str, level: Level, what: String, remedy: String) {
        self.findings.push(Finding { check, level, what, remedy });
    }

    pub fn worst(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
    }

    pub fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            return writeln!(out, "{}", serde_json::to_string_pretty(self)?);
        }
        for finding in &self.findings {
            let level = match finding.level {
                Level::Ok => "ok     ",
                Level::Note => "note   ",
                Level::Warning => "WARNING",
                Level::Error => "ERROR  ",
            };
            writeln!(out, "{level}  {}: {}", finding.check, finding.what)?;
            if !finding.remedy.is_empty() {
                writeln!(out, "         → {}", finding.remedy)?;
            }
        }
        let count = |level| self.findings.iter().filter(|finding| finding.level == level).count();
        let (warnings, errors) = (count(Level::Warning), count(Level::Error));
        writeln!(out, "{} looked at, {warnings} warnings, {errors} errors", self.findings.len())
    }
}

/// 1,536 MiB rather than 1610612736.
pub fn amount(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} bytes"),
        10_240..10_485_760 => format!("{} KiB", bytes >> 10),
        10_485_760..10_737_418_240 => format!("{} MiB", bytes >> 20),
        _ => format!("{} GiB", bytes >> 30),
    }
}
