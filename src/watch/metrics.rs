//! `/metrics`: what every room counts, in the text format of Prometheus, for those who may know.

use super::machine;
use super::messenger::DELIVERIES;
use super::model::Sources;
use super::rules::RULES;
use super::{Alerts, Pulse};
use crate::kernel::figures::{Family, Labels, Reading};
use crate::vault::token_hash;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;
use std::fmt;
use subtle::ConstantTimeEq;

/// Who may read the figures beside administrators' programs. Without a token: nobody.
#[derive(Clone, Default)]
pub struct Access {
    token: Option<[u8; 32]>,
}

impl Access {
    pub fn by_token(token: &str) -> Access {
        Access { token: Some(token_hash(token)) }
    }

    pub(super) fn admits(&self, token: &str) -> bool {
        self.token.is_some_and(|known| known.ct_eq(&token_hash(token)).into())
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    pub pulse: Pulse,
    pub alerts: Alerts,
    pub access: Access,
}

impl Metrics {
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut families = (self.pulse.sources().families)();
        families.extend(self.own());
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Collected(families)));
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }

    #[rustfmt::skip]
    fn own(&self) -> Vec<Family> {
        let Sources { db, hub, clock, .. } = self.pulse.sources();
        let sight = self.pulse.sight();
        let raised = self.alerts.raised();
        let is_raised = |id: &str| f64::from(u8::from(raised.iter().any(|alert| alert.rule.id == id)));
        let files = [("store", sight.store_bytes), ("search", sight.search_bytes), ("attachments", sight.attachment_bytes as u64)];
        let build = vec![("version", env!("CARGO_PKG_VERSION").to_owned()), ("commit", env!("PARLOR_COMMIT").to_owned())];
        let mut families = db.figures();
        families.extend(hub.figures());
        families.extend(process(clock.now().since(self.pulse.started_at()) as f64 / 1e3));
        families.extend(sight.disk.into_iter().flat_map(|disk| {
            [
                Family::level("parlor_disk_free_bytes", "Free on the disk with the data folder, without what is kept for root", disk.free_bytes as f64),
                Family::level("parlor_disk_bytes", "Size of the disk with the data folder", disk.total_bytes as f64),
            ]
        }));
        families.extend([
            Family { name: "parlor_build", help: "What this program is called", readings: vec![(build, Reading::Level(1.0))] },
            Family::levels("parlor_files_bytes", "Size on the disk; attachments as they were sent, looked at each ten minutes", "what", files.map(|(what, bytes)| (what, bytes as f64))),
            Family::level("parlor_attachments", "Files that people sent and that are kept", sight.attachments as f64),
            Family::level("parlor_search_behind_events", "Events that the search index does not know yet", sight.search_behind_events as f64),
            Family::level("parlor_search_behind_seconds", "Age of the oldest of them", sight.search_behind_s),
            Family::levels("parlor_alert_raised", "1 while the alert is raised", "rule", RULES.iter().map(|rule| (rule.id, is_raised(rule.id)))),
            Family::counts("parlor_alert_deliveries", "Messages to webhooks, by what came of them", "result", &DELIVERIES),
        ]);
        families
    }
}

/// Named as everywhere.
#[rustfmt::skip]
fn process(up_s: f64) -> Vec<Family> {
    let process = machine::process();
    vec![
        Family::level("process_resident_memory_bytes", "Memory in use", process.memory_bytes as f64),
        Family::level("process_memory_max_bytes", "Memory that may be used: of the control group, or the machine's", process.memory_max_bytes as f64),
        Family { name: "process_cpu_seconds", help: "Time on processors", readings: vec![(Labels::new(), Reading::Seconds(process.cpu_s))] },
        Family::level("process_open_fds", "Open files and connections", process.descriptors as f64),
        Family::level("process_max_fds", "How many there may be", process.descriptors_max as f64),
        Family::level("process_uptime_seconds", "Since the program serves", up_s),
    ]
}

struct Collected(Vec<Family>);

impl fmt::Debug for Collected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|family| family.name)).finish()
    }
}

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for Family { name, help, readings } in &self.0 {
            let Some((_, first)) = readings.first() else { continue };
            let mut family = encoder.encode_descriptor(name, help, None, kind(first))?;
            for (labels, reading) in readings {
                match labels.is_empty() {
                    true => put(&mut family, reading)?,
                    false => put(&mut family.encode_family(labels)?, reading)?,
                }
            }
        }
        Ok(())
    }
}

fn kind(reading: &Reading) -> MetricType {
    match reading {
        Reading::Count(_) | Reading::Seconds(_) => MetricType::Counter,
        Reading::Level(_) => MetricType::Gauge,
        Reading::Spread(_) => MetricType::Histogram,
    }
}

fn put(to: &mut MetricEncoder<'_>, reading: &Reading) -> fmt::Result {
    match reading {
        Reading::Count(count) => to.encode_counter::<Labels, u64, f64>(count, None),
        Reading::Seconds(seconds) => to.encode_counter::<Labels, f64, f64>(seconds, None),
        Reading::Level(level) => to.encode_gauge(level),
        Reading::Spread(tally) => {
            let ranges: Vec<(f64, u64)> = tally.ranges().collect();
            to.encode_histogram::<Labels>(tally.sum(), tally.count(), &ranges, None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::figures::Spread;

    #[test]
    fn it_reads_as_prometheus_wants_it() {
        let spread = Spread::sizes();
        [1, 2, 2_000].into_iter().for_each(|value| spread.note(value));
        let labelled = vec![(vec![("route", "/a\"b".to_owned())], Reading::Count(3))];
        let families = vec![
            Family { name: "things", help: "Things", readings: labelled },
            Family::level("level", "A level", 1.5),
            Family { name: "nothing", help: "Not said", readings: Vec::new() },
            Family::spread("sizes", "Sizes", &spread),
        ];
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Collected(families)));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "# HELP things Things",
            "# TYPE things counter",
            "things_total{route=\"/a\\\"b\"} 3",
            "level 1.5",
            "sizes_sum 2003.0",
            "sizes_count 3",
            "sizes_bucket{le=\"1.0\"} 1",
            "sizes_bucket{le=\"2.0\"} 2",
            "sizes_bucket{le=\"1024.0\"} 2",
            "sizes_bucket{le=\"+Inf\"} 3",
            "# EOF",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("nothing"), "{text}");
    }

    #[test]
    fn without_a_token_nobody_is_admitted() {
        assert!(!Access::default().admits(""));
        let access = Access::by_token("0123456789abcdef");
        assert!(access.admits("0123456789abcdef") && !access.admits("0123456789abcdeF") && !access.admits(""));
    }
}
