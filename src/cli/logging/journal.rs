//! The journal as a reader of the log: each line with its priority.

use rustix::fs::fstat;
use std::io::{Write, stderr};
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// systemd names the file it gave us; somebody may have sent standard error elsewhere since.
pub fn is_the_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    fstat(stderr()).is_ok_and(|stat| stream == format!("{}:{}", stat.st_dev, stat.st_ino))
}

/// To the journal each line begins with its priority, `<3>`, which it takes off again.
pub struct Lines {
    pub journal: bool,
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

pub struct Line {
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
