//! The report as one page: no script, no address but its own, light and dark.

use super::report::{Latency, Report, Run};
use super::table;
use std::fmt::Write;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c1e26; --paper: #fff; --faint: #d9dbe3; --soft: #5d6170; --a: #4b4fd9; --b: #c2410c }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7e8ee; --paper: #16171d; --faint: #343743; --soft: #a0a4b4; --a: #9a9dff; --b: #fb923c }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2.5rem }
pre { overflow-x: auto; font-size: 12px; line-height: 1.4; border: 1px solid var(--faint); border-radius: 8px; padding: .75rem }
.charts { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; flex: 1 1 26rem } figcaption { color: var(--soft) }
svg { width: 100%; height: auto } text { fill: var(--soft); font: 11px system-ui, sans-serif }
.grid { stroke: var(--faint) } .a { stroke: var(--a) } .b { stroke: var(--b) } .a, .b { fill: none; stroke-width: 2 }
b.a { color: var(--a) } b.b { color: var(--b) }
";

pub fn page(report: &Report) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>parlor bench</title>\n<style>{STYLE}</style>\n\
         <h1>parlor {}</h1>\n<pre>{}</pre>\n",
        escaped(&report.command),
        escaped(&table::text(report))
    );
    for (nth, run) in report.runs.iter().enumerate().filter(|(_, run)| run.acknowledged_latency.count > 0) {
        let _ = write!(
            page,
            "<h2>Run {}: {}</h2>\n<div class=\"charts\">\n{}{}</div>\n",
            nth + 1,
            title(run),
            by_percentile(run),
            over_time(run)
        );
    }
    page.push_str("</html>\n");
    page
}

fn title(run: &Run) -> String {
    let pace = match (run.offered_per_s, run.window) {
        (Some(rate), _) => format!("{rate:.0} messages a second offered"),
        (_, Some(window)) => format!("{window} unanswered messages of each visitor"),
        _ => String::new(),
    };
    if run.of == "bare" { format!("{pace}, the bare path") } else { pace }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 10.0;

/// Milliseconds upwards, each line ten times the one below.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn around(values: impl Iterator<Item = f64>) -> Scale {
        let (low, high) =
            values.filter(|ms| *ms > 0.0).fold((f64::MAX, 0.0f64), |(low, high), ms| (low.min(ms), high.max(ms)));
        if high == 0.0 {
            return Scale { low: -1.0, high: 1.0 };
        }
        let (low, high) = (low.log10().floor(), high.log10().ceil());
        Scale { low, high: high.max(low + 1.0) }
    }

    fn y(&self, ms: f64) -> f64 {
        let share = (ms.max(1e-6).log10().max(self.low) - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
    }

    fn grid(&self) -> String {
        let mut svg = String::new();
        for power in self.low as i32..=self.high as i32 {
            let ms = 10f64.powi(power);
            let (y, right) = (self.y(ms), WIDTH - 4.0);
            let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{right}\"/>");
            let _ = write!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{ms} ms</text>", LEFT - 4.0, y + 4.0);
        }
        svg
    }
}

fn x(share: f64) -> f64 {
    LEFT + share * (WIDTH - LEFT - 20.0)
}

fn curve(class: &str, scale: &Scale, points: impl Iterator<Item = (f64, f64)>) -> String {
    let points: Vec<String> = points.map(|(share, ms)| format!("{:.1},{:.1}", x(share), scale.y(ms))).collect();
    format!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "))
}

fn label(share: f64, text: &str) -> String {
    format!("<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{text}</text>", x(share), HEIGHT - 6.0)
}

fn figure(label: &str, caption: &str, inside: &str) -> String {
    format!(
        "<figure><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">{inside}</svg>\
         <figcaption>{caption}</figcaption></figure>\n"
    )
}

/// Each step to the right leaves out nine tenths of what is left: the tail is where it hurts.
fn by_percentile(run: &Run) -> String {
    const NINES: f64 = 5.0;
    let share = |percentile: f64| ((-(1.0 - percentile / 100.0).max(1e-9).log10()) / NINES).min(1.0);
    let (ack, delivery) = (&run.acknowledged_latency, &run.delivered_latency);
    let scale = Scale::around(ack.curve.iter().chain(&delivery.curve).map(|(_, ms)| *ms));
    let mut inside = scale.grid();
    for percentile in [0.0, 90.0, 99.0, 99.9, 99.99] {
        inside += &label(share(percentile), &format!("{percentile} %"));
    }
    let line = |class, latency: &Latency| curve(class, &scale, latency.curve.iter().map(|(p, ms)| (share(*p), *ms)));
    inside += &line("a", ack);
    inside += &line("b", delivery);
    figure(
        "Latency by percentile",
        "By percentile: <b class=\"a\">acknowledged</b>, <b class=\"b\">delivered</b>",
        &inside,
    )
}

fn over_time(run: &Run) -> String {
    let last = run.seconds.last().map_or(1, |second| second.at_s.max(1));
    let scale = Scale::around(run.seconds.iter().flat_map(|second| [second.p50_ms, second.p99_ms]));
    let mut inside = scale.grid();
    for share in [0.0, 0.5, 1.0] {
        inside += &label(share, &format!("{} s", share * f64::from(last)));
    }
    let at = |at_s: u32| f64::from(at_s) / f64::from(last);
    inside += &curve("a", &scale, run.seconds.iter().map(|second| (at(second.at_s), second.p50_ms)));
    inside += &curve("b", &scale, run.seconds.iter().map(|second| (at(second.at_s), second.p99_ms)));
    figure(
        "Latency over time",
        "Acknowledged, second by second, warm-up included: <b class=\"a\">p50</b>, <b class=\"b\">p99</b>",
        &inside,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::Second;

    #[test]
    fn the_page_stands_alone_and_nothing_in_it_is_markup_by_accident() {
        let latency = Latency { count: 1, curve: vec![(0.0, 0.5), (99.0, 12.0), (100.0, 80.0)], ..Latency::default() };
        let second = |at_s| Second { at_s, p50_ms: 1.0, p99_ms: 9.0, ..Second::default() };
        let run = Run {
            offered_per_s: Some(5_000.0),
            acknowledged_latency: latency.clone(),
            delivered_latency: latency,
            seconds: vec![second(0), second(1)],
            ..Run::default()
        };
        let report = Report { command: "bench --url <x>".into(), runs: vec![run, Run::default()], ..Report::default() };
        let page = page(&report);
        assert!(page.contains("&lt;x&gt;") && !page.contains("<x>"));
        assert_eq!(page.matches("<svg").count(), 2, "a run without messages has no curves");
        assert!(!page.contains("http") && !page.contains("<script") && !page.contains("NaN"));
    }
}
