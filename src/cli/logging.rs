//! Where the log goes: standard error, for people, for machines, or for the journal.

use super::config::{Log, LogFormat};
use anyhow::{Context, Result};
use rustix::fs::fstat;
use std::io::{IsTerminal, Write, stderr};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

pub fn start(log: &Log) -> Result<()> {
    // What the framework says at each start and stop is said by us.
    let level = format!("actix_server=warn,{}", log.level);
    let filter = EnvFilter::try_new(level).with_context(|| format!("the log level \"{}\"", log.level))?;
    let journal = is_the_journal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Lines { journal });
    match log.format {
        // The journal keeps time and priority by itself.
        LogFormat::Human if journal => builder.with_ansi(false).without_time().with_level(false).init(),
        LogFormat::Human => builder.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

/// systemd names the file it gave us; somebody may have sent standard error elsewhere since.
fn is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    fstat(stderr()).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// To the journal each line begins with its priority, `<3>`, which it takes off again.
struct Lines {
    journal: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { prefix: "" }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line {
        Line { prefix: if self.journal { priority(*about.level()) } else { "" } }
    }
}

fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "<3>",
        Level::WARN => "<4>",
        Level::INFO => "<6>",
        Level::DEBUG | Level::TRACE => "<7>",
    }
}

struct Line {
    prefix: &'static str,
}

impl Write for Line {
    /// An event comes as a whole, and goes as a whole: threads share standard error.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        match self.prefix {
            "" => stderr().write_all(line)?,
            prefix => stderr().write_all(&prefixed(prefix, line))?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        stderr().flush()
    }
}

/// Further lines of the same event too, or they would count as ordinary ones.
fn prefixed(prefix: &str, event: &[u8]) -> Vec<u8> {
    event.split_inclusive(|byte| *byte == b'\n').flat_map(|line| [prefix.as_bytes(), line].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_an_event_has_its_priority() {
        assert_eq!(prefixed(priority(Level::ERROR), b"broken\nat 3\n"), b"<3>broken\n<3>at 3\n");
        assert_eq!(prefixed(priority(Level::INFO), b"fine\n"), b"<6>fine\n");
    }
}
