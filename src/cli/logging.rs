//! Where the log goes: standard error, for people or for machines.

use super::config::{Log, LogFormat};
use anyhow::{Context, Result};
use std::io::{IsTerminal, stderr};
use tracing_subscriber::EnvFilter;

pub fn start(log: &Log) -> Result<()> {
    // What the framework says at each start and stop is said by us.
    let level = format!("actix_server=warn,{}", log.level);
    let filter = EnvFilter::try_new(level).with_context(|| format!("the log level \"{}\"", log.level))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A command that asks the server twice has started its log already.
    let _ = match log.format {
        LogFormat::Human => builder.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
