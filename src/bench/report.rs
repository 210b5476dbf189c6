//! What was found. `--json` writes exactly this; docs/performance.md explains each field.

use super::tally::Counted;
use super::usage::{Memory, Used};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::collections::BTreeMap;

/// Grows when a field changes its meaning.
pub const FORMAT: u32 = 1;

#[derive(Serialize, Default)]
pub struct Report {
    pub format: u32,
    pub version: String,
    /// What was asked for, as on the command line.
    pub command: String,
    pub at: i64,
    pub machine: Machine,
    pub server: ServerFacts,
    pub crowd: CrowdFacts,
    pub runs: Vec<Run>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knee: Option<Knee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Idle>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconnect: Option<Reconnect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
    /// Ended early, by a signal.
    pub interrupted: bool,
    /// What makes a figure mean less than it seems.
    pub remarks: Vec<String>,
}

#[derive(Serialize, Default)]
pub struct Machine {
    pub cores: usize,
    pub cpu: String,
    pub memory_bytes: u64,
    pub kernel: String,
    /// Of the store; unknown for a running server.
    pub file_system: Option<String>,
    /// 8 KiB appended and synced, one after the other.
    pub syncs_per_s: Option<f64>,
}

#[derive(Serialize, Default)]
pub struct ServerFacts {
    pub url: String,
    /// Started for this bench, on this machine, without the usual limits.
    pub own: bool,
    pub tls: bool,
    pub workers: Option<usize>,
}

#[derive(Serialize, Default)]
pub struct CrowdFacts {
    pub visitors: u32,
    pub agents: u32,
    pub channels: u32,
    pub agents_per_channel: u32,
    pub bytes: usize,
}

#[derive(Serialize, Default, Clone)]
pub struct Run {
    /// `product` or `bare`.
    pub of: &'static str,
    /// Open loop: what was asked for. Absent in a closed loop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_per_s: Option<f64>,
    /// Closed loop: unanswered messages of each visitor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
    pub measured_s: f64,
    pub sent: u64,
    pub acknowledged: u64,
    pub delivered: u64,
    pub acknowledged_per_s: f64,
    pub delivered_per_s: f64,
    /// From when the message was due until its sender knew that it is on disk.
    pub acknowledged_latency: Latency,
    /// … until an agent's socket had it.
    pub delivered_latency: Latency,
    pub refused: BTreeMap<String, u64>,
    /// Never answered, warm-up included; likewise the following.
    pub lost: u64,
    /// Acknowledged, and an agent who should have it did not get it.
    pub undelivered: u64,
    /// Due, but the line was down or the server took nothing.
    pub unsent: u64,
    pub duplicates: u64,
    pub gaps: u64,
    /// Closed sockets by code.
    pub closed: BTreeMap<u16, u64>,
    /// How late messages left the generator.
    pub generator_late: Latency,
    pub generator_cpu_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_cpu_s: Option<f64>,
    /// By name of thread.
    pub server_threads_cpu_s: BTreeMap<String, f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_memory: Option<Memory>,
    pub seconds: Vec<Second>,
}

impl Run {
    pub fn of(counted: Counted, used: Used) -> Run {
        Run {
            of: "product",
            sent: counted.sent,
            acknowledged: counted.acknowledged,
            delivered: counted.delivered,
            acknowledged_latency: counted.ack,
            delivered_latency: counted.delivery,
            refused: counted.refused,
            lost: counted.lost,
            undelivered: counted.undelivered,
            unsent: counted.unsent,
            duplicates: counted.duplicates,
            gaps: counted.gaps,
            closed: counted.closed,
            generator_late: counted.late,
            generator_cpu_s: used.generator_cpu_s,
            server_cpu_s: used.server_cpu_s,
            server_threads_cpu_s: used.threads_cpu_s,
            server_memory: used.memory,
            seconds: counted.seconds,
            ..Run::default()
        }
    }

    pub fn is_whole(&self) -> bool {
        self.lost + self.undelivered + self.unsent + self.duplicates + self.gaps == 0
            && self.refused.is_empty()
            && self.closed.is_empty()
    }
}

#[derive(Serialize, Default, Clone)]
pub struct Latency {
    pub count: u64,
    pub mean_ms: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
    /// `[percentile, ms]`
    pub curve: Vec<(f64, f64)>,
}

const CURVE: [f64; 18] =
    [0.0, 10.0, 25.0, 50.0, 75.0, 80.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.75, 99.9, 99.95, 99.99, 99.995, 99.999, 100.0];

impl Latency {
    /// Of microseconds.
    pub fn of(histogram: &Histogram<u64>) -> Latency {
        let at = |percentile: f64| histogram.value_at_quantile(percentile / 100.0) as f64 / 1e3;
        Latency {
            count: histogram.len(),
            mean_ms: histogram.mean() / 1e3,
            p50_ms: at(50.0),
            p90_ms: at(90.0),
            p99_ms: at(99.0),
            p999_ms: at(99.9),
            max_ms: histogram.max() as f64 / 1e3,
            curve: CURVE.iter().map(|percentile| (*percentile, at(*percentile))).collect(),
        }
    }
}

/// Since the run's beginning, warm-up included; latencies are of what was acknowledged in it.
#[derive(Serialize, Default, Clone)]
pub struct Second {
    pub at_s: u32,
    pub acknowledged: u64,
    pub delivered: u64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

/// The greatest rate that held.
#[derive(Serialize, Default)]
pub struct Knee {
    pub rate_per_s: f64,
    /// The first that did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broke_at_per_s: Option<f64>,
    pub because: String,
}

#[derive(Serialize, Default)]
pub struct Ratio {
    pub product_per_s: f64,
    pub bare_per_s: f64,
    /// Medians of the rounds.
    pub ratio: f64,
    pub rounds: usize,
}

#[derive(Serialize, Default)]
pub struct Idle {
    pub connections: u32,
    pub connected_in_s: f64,
    pub held_s: f64,
    pub closed: BTreeMap<u16, u64>,
    pub before: Memory,
    pub after: Memory,
    /// Of the server's process. The kernel's socket buffers are not in it.
    pub bytes_each: f64,
    pub server_cpu_s: f64,
}

#[derive(Serialize, Default)]
pub struct Reconnect {
    pub connections: u32,
    /// From the cut until so many were live again.
    pub half_s: f64,
    pub most_s: f64,
    pub all_s: f64,
    pub server_cpu_s: Option<f64>,
}

#[derive(Serialize, Default)]
pub struct History {
    pub messages: u64,
    pub conversations: u64,
    pub filled_in_s: f64,
    pub store_bytes: u64,
    pub search_bytes: u64,
    /// While the load ran.
    pub opening: Latency,
    pub search: Latency,
    pub failed: u64,
}
