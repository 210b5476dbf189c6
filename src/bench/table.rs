//! The report for people, on a terminal.

use super::report::{Latency, Report, Run};
use std::fmt::Write;

pub fn text(report: &Report) -> String {
    let mut out = String::new();
    heading(&mut out, report);
    runs(&mut out, report);
    for (nth, run) in report.runs.iter().enumerate() {
        troubles(&mut out, nth + 1, run);
    }
    rest(&mut out, report);
    for remark in &report.remarks {
        line(&mut out, format!("! {remark}"));
    }
    if report.interrupted {
        line(&mut out, "! Stopped early: this is what was measured until then.".into());
    }
    out
}

fn line(out: &mut String, text: String) {
    out.push_str(&text);
    out.push('\n');
}

fn heading(out: &mut String, report: &Report) {
    let machine = &report.machine;
    let memory = machine.memory_bytes as f64 / (1u64 << 30) as f64;
    line(out, format!("parlor {}", report.version));
    line(out, format!("{} × {}, {memory:.1} GiB, Linux {}", machine.cores, machine.cpu, machine.kernel));
    if let (Some(file_system), Some(syncs)) = (&machine.file_system, machine.syncs_per_s) {
        line(out, format!("{file_system}, {syncs:.0} syncs/s one after the other"));
    }
    let (server, crowd) = (&report.server, &report.crowd);
    let whose = if server.own { "started for this" } else { &server.url };
    let tls = if server.tls { ", TLS" } else { "" };
    line(out, format!("server {whose}{tls}"));
    line(
        out,
        format!(
            "{} visitors, {} agents in {} channels ({} each), texts of {} bytes",
            crowd.visitors, crowd.agents, crowd.channels, crowd.agents_per_channel, crowd.bytes
        ),
    );
}

const COLUMNS: [&str; 14] =
    ["", "offered", "acked", "delivered", "p50", "p90", "p99", "p99.9", "max", "p50", "p99", "p99.9", "max", "cpu"];
const WIDTHS: [usize; 14] = [3, 9, 9, 10, 8, 8, 8, 8, 8, 8, 8, 8, 8, 11];

fn runs(out: &mut String, report: &Report) {
    if report.runs.is_empty() {
        return;
    }
    line(out, String::new());
    line(
        out,
        format!("{:3}{:^28}{:^40}{:^32}{:>11}", "", "messages/s", "acknowledged, ms", "delivered, ms", "srv/gen"),
    );
    line(out, row(COLUMNS.map(String::from)));
    for (nth, run) in report.runs.iter().enumerate() {
        let offered = match (run.offered_per_s, run.window) {
            (Some(rate), _) => format!("{rate:.0}"),
            (_, Some(window)) => format!("{window} open"),
            _ => String::new(),
        };
        let cpu = |seconds: f64| if run.measured_s > 0.0 { seconds / run.measured_s } else { 0.0 };
        let server = run.server_cpu_s.map_or("?".into(), |seconds| format!("{:.2}", cpu(seconds)));
        let (ack, delivery) = (&run.acknowledged_latency, &run.delivered_latency);
        line(
            out,
            row([
                format!("{}{}", nth + 1, if run.of == "bare" { "b" } else { "" }),
                offered,
                format!("{:.0}", run.acknowledged_per_s),
                format!("{:.0}", run.delivered_per_s),
                ms(ack.p50_ms),
                ms(ack.p90_ms),
                ms(ack.p99_ms),
                ms(ack.p999_ms),
                ms(ack.max_ms),
                ms(delivery.p50_ms),
                ms(delivery.p99_ms),
                ms(delivery.p999_ms),
                ms(delivery.max_ms),
                format!("{server}/{:.2}", cpu(run.generator_cpu_s)),
            ]),
        );
    }
}

fn row(cells: [String; 14]) -> String {
    let cells: Vec<String> = cells.iter().zip(WIDTHS).map(|(cell, width)| format!("{cell:>width$}")).collect();
    cells.concat()
}

fn ms(value: f64) -> String {
    match value {
        0.0 => "-".into(),
        value if value < 100.0 => format!("{value:.2}"),
        value => format!("{value:.0}"),
    }
}

fn troubles(out: &mut String, nth: usize, run: &Run) {
    if !run.is_whole() {
        let mut said = format!("! run {nth}:");
        let counts = [
            (run.lost, "never answered"),
            (run.undelivered, "acknowledged and not delivered"),
            (run.unsent, "not taken by the server's sockets"),
            (run.duplicates, "delivered twice"),
            (run.gaps, "missing in the order"),
        ];
        for (count, what) in counts.iter().filter(|(count, _)| *count > 0) {
            let _ = write!(said, " {count} {what};");
        }
        for (code, count) in &run.refused {
            let _ = write!(said, " {count} refused as {code};");
        }
        for (code, count) in &run.closed {
            let _ = write!(said, " {count} sockets closed with {code};");
        }
        line(out, said.trim_end_matches(';').to_owned());
        if run.refused.contains_key("rate.limited") {
            line(
                out,
                "  rate.limited: raise visitor_messages and visitor_requests in [limits] of its parlor.toml".into(),
            );
        }
    }
    let late: &Latency = &run.generator_late;
    // Then the figures say more about this program than about the server.
    if run.offered_per_s.is_some() && late.p99_ms > 2.0 && late.p99_ms > run.acknowledged_latency.p99_ms / 4.0 {
        line(
            out,
            format!(
                "! run {nth}: the generator itself was late (p99 {:.1} ms): it is part of the latencies",
                late.p99_ms
            ),
        );
    }
    if let Some(memory) = run.server_memory {
        let threads: Vec<String> =
            run.server_threads_cpu_s.iter().map(|(name, cpu)| format!("{name} {:.2}", cpu / run.measured_s)).collect();
        let mib = memory.bytes() as f64 / (1 << 20) as f64;
        line(out, format!("  run {nth}: server {mib:.0} MiB; cores by thread: {}", threads.join(", ")));
    }
}

fn rest(out: &mut String, report: &Report) {
    let kib = |bytes: f64| bytes / 1_024.0;
    if let Some(knee) = &report.knee {
        let broke = knee.broke_at_per_s.map_or(String::new(), |rate| format!("; {rate:.0}/s did not: "));
        line(out, format!("\nThe knee: {:.0}/s held{broke}{}", knee.rate_per_s, knee.because));
    }
    if let Some(ratio) = &report.ratio {
        line(
            out,
            format!(
                "\nProduct {:.0}/s, bare path {:.0}/s (medians of {}): ratio {:.2}",
                ratio.product_per_s, ratio.bare_per_s, ratio.rounds, ratio.ratio
            ),
        );
    }
    if let Some(idle) = &report.idle {
        let mib = |bytes: u64| bytes as f64 / (1 << 20) as f64;
        line(
            out,
            format!(
                "\n{} connections in {:.1} s, held {:.0} s: server {:.1} → {:.1} MiB, {:.1} KiB each, {:.2} s of CPU",
                idle.connections,
                idle.connected_in_s,
                idle.held_s,
                mib(idle.before.bytes()),
                mib(idle.after.bytes()),
                kib(idle.bytes_each),
                idle.server_cpu_s
            ),
        );
        for (code, count) in &idle.closed {
            line(out, format!("! {count} sockets closed with {code}"));
        }
    }
    if let Some(history) = &report.history {
        let gib = |bytes: u64| bytes as f64 / (1u64 << 30) as f64;
        line(
            out,
            format!(
                "\nOn {} messages in {} conversations (store {:.2} GiB, index {:.2} GiB), meanwhile, in ms:",
                history.messages,
                history.conversations,
                gib(history.store_bytes),
                gib(history.search_bytes)
            ),
        );
        for (what, took) in [("opening a conversation", &history.opening), ("a search", &history.search)] {
            let (p50, p99) = (ms(took.p50_ms), ms(took.p99_ms));
            line(out, format!("  {what}: p50 {p50}, p99 {p99}, max {} ({} times)", ms(took.max_ms), took.count));
        }
        if history.failed > 0 {
            line(out, format!("! {} of them failed", history.failed));
        }
    }
    if let Some(again) = &report.reconnect {
        line(
            out,
            format!(
                "\n{} connections cut at once: half live again after {:.2} s, 99 % after {:.2} s, all after {:.2} s",
                again.connections, again.half_s, again.most_s, again.all_s
            ),
        );
    }
}
