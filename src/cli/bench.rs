//! `parlor bench`.

use super::VERSION;
use super::serve::raise_descriptor_limit;
use crate::bench::{self, Crowd, Mode, Output, Own, Plan, Saturate, Server};
use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Subcommand)]
pub enum Bench {
    /// Fixed rates, whatever becomes of the messages: latencies
    Rate(Rate),
    /// Faster and faster, until it breaks: the knee
    Ramp(Ramp),
    /// As fast as messages are answered: the greatest rate
    Saturate(Full),
    /// Many who are only connected: memory for each
    Idle(Idle),
    /// Everybody cut off and back at the same moment: how long until all are live
    Reconnect(Reconnect),
    /// Packets of calls: what forwarding one costs, against a bare relay
    Calls(Calls),
    /// The server of `saturate --bare`
    #[command(hide = true)]
    Bare { data: PathBuf, visitors: u32, channels: u32, agents_per_channel: u32 },
    /// Becomes this program with other arguments, and ends with its parent
    #[command(hide = true)]
    Tied {
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Whom to load, and what to write.
#[derive(Args)]
struct Common {
    /// A running server, such as https://chat.example; otherwise one is started, on a folder of its own
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// File with the API token of an administrator, `-` for standard input [default: PARLOR_BENCH_TOKEN]
    #[arg(long, value_name = "FILE", requires = "url")]
    token_file: Option<PathBuf>,
    /// SHA-256 fingerprint of the certificate to accept, as serve prints it
    #[arg(long, value_name = "HEX", requires = "url")]
    fingerprint: Option<String>,
    /// Folder for the started server's data, kept and used again [default: a new one, removed afterwards]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    data: Option<PathBuf>,
    /// The started server speaks TLS
    #[arg(long, conflicts_with = "url")]
    tls: bool,
    /// Threads for requests of the started server [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, conflicts_with = "url")]
    workers: usize,
    /// Write everything as JSON; `-` for standard output instead of the table
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with curves
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Args)]
struct People {
    /// Each with a connection and a conversation
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    visitors: u32,
    /// Each with a connection that hears its channel
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    agents: u32,
    /// So many agents hear each message
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=60))]
    agents_per_channel: u32,
    /// Of a message's text
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..=16_000))]
    bytes: u32,
}

#[derive(Args)]
pub struct Rate {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    people: People,
    /// Messages a second; several are run one after the other
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "5000", value_parser = rate)]
    rate: Vec<f64>,
    /// Measured, of each rate
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Before that, not measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=600))]
    warm_up: u64,
    /// The started server's store holds so many messages already; conversations are opened and searched meanwhile
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, conflicts_with = "url",
        value_parser = clap::value_parser!(u64).range(0..=1_000_000_000))]
    history: u64,
}

#[derive(Args)]
pub struct Ramp {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    people: People,
    /// Where to begin, in messages a second
    #[arg(long, value_name = "N", default_value = "1000", value_parser = rate)]
    from: f64,
    /// Where to end, if nothing breaks before
    #[arg(long, value_name = "N", default_value = "200000", value_parser = rate)]
    to: f64,
    /// Of each rate
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// A rate whose p99 is above this does not hold, in ms
    #[arg(long, value_name = "MS", default_value_t = 100.0)]
    p99: f64,
}

#[derive(Args)]
pub struct Full {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    people: People,
    /// Unanswered messages of each visitor; the server queues 4,096 of all together
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    window: u32,
    /// Measured, of each round
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=40))]
    seconds: u64,
    /// Before that, not measured
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=10))]
    warm_up: u64,
    /// How often; the medians make the ratio
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
    /// In turns with a server that only writes the same rows: what the product's own work costs
    #[arg(long, conflicts_with = "url")]
    bare: bool,
}

#[derive(Args)]
pub struct Idle {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_name = "N", default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,
    /// How long they stay
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
}

#[derive(Args)]
pub struct Reconnect {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_name = "N", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,
}

#[derive(Args)]
pub struct Calls {
    /// Of two callers each
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    rooms: u32,
    /// Packets a second, of all rooms
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    packets: u32,
    /// Measured, of each way
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How often; the median makes the ratio
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=50))]
    rounds: u32,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.1..=1_000_000.0).contains(&rate) => Ok(rate),
        _ => Err("messages a second, from 0.1 to 1000000".into()),
    }
}

impl Bench {
    pub fn run(self) -> Result<()> {
        match self {
            Bench::Tied { arguments } => bench::tied(&arguments),
            Bench::Rate(rate) => {
                let mode = Mode::Rate {
                    rates: rate.rate,
                    warm_up: Duration::from_secs(rate.warm_up),
                    measured: Duration::from_secs(rate.seconds),
                    history: rate.history,
                };
                start(rate.common, rate.people.crowd()?, mode)
            }
            Bench::Ramp(ramp) => {
                ensure!(ramp.from <= ramp.to, "--from {} is above --to {}", ramp.from, ramp.to);
                let step = Duration::from_secs(ramp.seconds);
                let mode = Mode::Ramp(bench::Ramp { from: ramp.from, to: ramp.to, step, p99_ms: ramp.p99 });
                start(ramp.common, ramp.people.crowd()?, mode)
            }
            Bench::Saturate(full) => {
                let how = Saturate {
                    window: full.window,
                    warm_up: Duration::from_secs(full.warm_up),
                    measured: Duration::from_secs(full.seconds),
                    rounds: full.rounds as usize,
                };
                start(full.common, full.people.crowd()?, Mode::Saturate { how, against_bare: full.bare })
            }
            Bench::Calls(calls) => {
                raise_descriptor_limit();
                let report = bench::calls::measure(bench::calls::Calls {
                    rooms: calls.rooms as usize,
                    packets: calls.packets as usize,
                    measured: Duration::from_secs(calls.seconds),
                    rounds: calls.rounds as usize,
                })?;
                println!("{report}");
                Ok(())
            }
            Bench::Idle(idle) => {
                ensure!(
                    idle.common.url.is_none(),
                    "the memory of a server that is not ours cannot be read: leave out --url"
                );
                let mode = Mode::Idle { hold: Duration::from_secs(idle.seconds) };
                start(idle.common, onlookers(idle.connections), mode)
            }
            Bench::Reconnect(again) => start(again.common, onlookers(again.connections), Mode::Reconnect),
            Bench::Bare { data, visitors, channels, agents_per_channel } => {
                raise_descriptor_limit();
                bench::serve_bare(&data, visitors, channels, agents_per_channel)
            }
        }
    }
}

impl People {
    fn crowd(&self) -> Result<Crowd> {
        let People { visitors, agents, agents_per_channel, bytes } = *self;
        ensure!(
            agents % agents_per_channel == 0,
            "{agents} agents do not divide into channels of {agents_per_channel} each"
        );
        Ok(Crowd { visitors, agents, agents_per_channel, bytes: bytes as usize })
    }
}

/// Visitors who say nothing; somebody must be there for them.
fn onlookers(connections: u32) -> Crowd {
    Crowd { visitors: connections, agents: 1, agents_per_channel: 1, bytes: 1 }
}

fn start(common: Common, crowd: Crowd, mode: Mode) -> Result<()> {
    raise_descriptor_limit();
    let server = match common.url {
        Some(url) => {
            Server::Running { url, token: token(common.token_file.as_deref())?, fingerprint: common.fingerprint }
        }
        None => Server::Own(Own { data: common.data, tls: common.tls, workers: common.workers }),
    };
    let output = Output { json: common.json, html: common.html };
    let command = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    bench::run(&Plan { server, crowd, mode, output, command, version: VERSION })
}

/// Never an argument: those are for everybody on the machine to read.
fn token(file: Option<&Path>) -> Result<String> {
    let text = match file {
        Some(path) if path == Path::new("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("no token on standard input")?;
            text
        }
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("the token file {}", path.display()))?,
        None => std::env::var("PARLOR_BENCH_TOKEN")
            .ok()
            .context("a running server wants the API token of an administrator: --token-file, or PARLOR_BENCH_TOKEN")?,
    };
    let token = text.trim();
    ensure!(token.starts_with("plt_"), "that is no API token (plt_…); make one in Settings → API tokens");
    Ok(token.to_owned())
}
