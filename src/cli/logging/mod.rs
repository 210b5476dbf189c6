//! Where the log goes: standard error, for people, for machines, or for the journal.
//!
//! A line that is written for a request ends with the request's id, whoever writes it.

mod journal;

use super::config::{Log, LogFormat};
use crate::http::request_id;
use anyhow::{Context, Result};
use journal::{Lines, is_the_journal};
use std::fmt;
use std::io::{IsTerminal, stderr};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Full, Json, JsonFields, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

pub fn start(log: &Log) -> Result<()> {
    // What the framework says at each start and stop is said by us.
    let level = format!("actix_server=warn,{}", log.level);
    let filter = EnvFilter::try_new(level).with_context(|| format!("the log level \"{}\"", log.level))?;
    let journal = is_the_journal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Lines { journal });
    let format = tracing_subscriber::fmt::format();
    // A command that asks the server twice has started its log already.
    let _ = match log.format {
        // The journal keeps time and priority by itself.
        LogFormat::Human if journal => {
            builder.event_format(Human(format.with_ansi(false).without_time().with_level(false))).try_init()
        }
        LogFormat::Human => builder.event_format(Human(format.with_ansi(stderr().is_terminal()))).try_init(),
        LogFormat::Json => {
            let format = Machine(format.json().flatten_event(true));
            builder.fmt_fields(JsonFields::new()).event_format(format).try_init()
        }
    };
    Ok(())
}

struct Human<T>(Format<Full, T>);

impl<S, N, T> FormatEvent<S, N> for Human<T>
where
    T: FormatTime,
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let id = request_id();
        let Some(id) = id.as_str() else { return self.0.format_event(context, to, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(to, "{} request_id={id}", line.trim_end_matches('\n'))
    }
}

struct Machine(Format<Json>);

impl<S, N> FormatEvent<S, N> for Machine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let id = request_id();
        let Some(id) = id.as_str() else { return self.0.format_event(context, to, event) };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        // An object; an id needs no escaping.
        writeln!(to, r#"{},"request_id":"{id}"}}"#, line.trim_end().strip_suffix('}').unwrap_or_default())
    }
}
