//! What each rule looks at.

use super::model::{CertificateFacts, LastBackup, Sight};
use crate::kernel::Millis;

/// `None`: there is nothing to look at.
pub fn value(
    rule: &str,
    sight: &Sight,
    backup: Option<LastBackup>,
    certificate: Option<CertificateFacts>,
) -> Option<f64> {
    let yes = |so: bool| Some(f64::from(u8::from(so)));
    match rule {
        "disk.low" | "disk.critical" => sight.disk.map(|disk| disk.free_percent()),
        "store.failing" => yes(sight.store_in_trouble),
        "store.damaged" => Some(sight.store_damage as f64),
        // Nobody wrote: nobody waited.
        "writer.slow" => Some(sight.answer_p99_ms.unwrap_or(0.0)),
        "http.errors" => Some(sight.errors_per_minute),
        "search.behind" => Some(sight.search_behind_s),
        "backup.old" => backup.and_then(|backup| intervals_since(&backup, sight)),
        "backup.failed" => backup.and_then(|backup| yes(backup.failed)),
        "certificate.expiring" => {
            certificate.filter(|facts| !facts.self_made).map(|facts| days_until(facts.expires_at, sight.at))
        }
        "clock.jumped" => Some(sight.clock_jump_s),
        "memory.high" => percent(sight.process.memory_bytes, sight.process.memory_max_bytes),
        "descriptors.high" => percent(sight.process.descriptors, sight.process.descriptors_max),
        "sign_in.failures" => Some(sight.sign_in_failures_per_minute),
        _ => None,
    }
}

/// One that never succeeded is as old as the program's start: a schedule that does nothing must not stay unnoticed.
fn intervals_since(backup: &LastBackup, sight: &Sight) -> Option<f64> {
    let age = sight.at.since(backup.good_at.unwrap_or(sight.started_at));
    (backup.every_ms > 0).then(|| age as f64 / backup.every_ms as f64)
}

fn days_until(end: Millis, now: Millis) -> f64 {
    (end.0 - now.0) as f64 / Millis::days(1) as f64
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::super::rules::RULES;
    use super::*;

    const NOW: Millis = Millis(Millis::days(100));

    fn of(rule: &str, sight: Sight) -> Option<f64> {
        let backup =
            LastBackup { good_at: Some(NOW.plus(-Millis::hours(36))), failed: true, every_ms: Millis::hours(24) };
        let certificate = CertificateFacts { expires_at: NOW.plus(Millis::days(7)), self_made: false };
        value(rule, &Sight { at: NOW, ..sight }, Some(backup), Some(certificate))
    }

    #[test]
    fn every_rule_has_something_to_look_at() {
        let disk = Some(super::super::machine::Disk { free_bytes: 1, total_bytes: 4 });
        let process = super::super::machine::process();
        for rule in RULES {
            assert!(of(rule.id, Sight { disk, process, ..Sight::default() }).is_some(), "{}", rule.id);
        }
        assert_eq!(of("no.such", Sight::default()), None);
    }

    #[test]
    fn ages_are_counted_in_what_people_set() {
        assert_eq!(of("backup.old", Sight::default()), Some(1.5));
        assert_eq!(of("backup.failed", Sight::default()), Some(1.0));
        assert_eq!(of("certificate.expiring", Sight::default()), Some(7.0));
        let never = LastBackup { good_at: None, failed: false, every_ms: Millis::hours(24) };
        let sight = Sight { at: NOW, started_at: NOW.plus(-Millis::hours(60)), ..Sight::default() };
        assert_eq!(value("backup.old", &sight, Some(never), None), Some(2.5));
        let by_hand = LastBackup { good_at: Some(Millis(0)), failed: false, every_ms: 0 };
        assert_eq!(value("backup.old", &Sight::default(), Some(by_hand), None), None);
        let self_made = CertificateFacts { expires_at: Millis(0), self_made: true };
        assert_eq!(value("certificate.expiring", &Sight::default(), None, Some(self_made)), None);
    }
}
