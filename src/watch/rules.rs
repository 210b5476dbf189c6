//! The rules that are built in: what they look at, and from when on somebody should know.

use super::judge::Setting;

/// Which side of the threshold is bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bad {
    Above,
    Below,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    Warning,
    Critical,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// A rule as it is built in. `id` is stable and documented.
#[derive(PartialEq, Debug)]
pub struct Rule {
    pub id: &'static str,
    pub severity: Severity,
    /// `percent`, `days`, `hours`, `ms`, `s`, `per_minute`, `times`, or `yes` for what is either so or not.
    pub unit: &'static str,
    pub bad: Bad,
    pub threshold: f64,
    /// For so long before anybody is told.
    pub for_s: u32,
    /// For somebody who reads no manual.
    pub words: &'static str,
}

#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("disk.low", Severity::Warning, "percent", Bad::Below, 10.0, 60, "The disk with the data folder is filling up"),
    rule("disk.critical", Severity::Critical, "percent", Bad::Below, 5.0, 10, "The disk with the data folder is nearly full"),
    rule("store.failing", Severity::Critical, "yes", Bad::Above, 0.0, 10, "The store cannot write"),
    rule("store.damaged", Severity::Critical, "times", Bad::Above, 0.0, 0, "The store found pages that are not what was written"),
    rule("writer.slow", Severity::Warning, "ms", Bad::Above, 250.0, 300, "Messages wait long for their acknowledgement (99th percentile)"),
    rule("http.errors", Severity::Warning, "per_minute", Bad::Above, 10.0, 60, "Requests fail on the server"),
    rule("search.behind", Severity::Warning, "s", Bad::Above, 600.0, 60, "Search does not know the newest messages"),
    rule("backup.old", Severity::Warning, "times", Bad::Above, 2.0, 0, "The last good backup is older than so many intervals"),
    rule("backup.failed", Severity::Warning, "yes", Bad::Above, 0.0, 0, "The last backup failed"),
    rule("certificate.expiring", Severity::Warning, "days", Bad::Below, 14.0, 0, "The TLS certificate expires soon"),
    rule("clock.jumped", Severity::Warning, "s", Bad::Above, 30.0, 0, "The machine's clock was set"),
    rule("memory.high", Severity::Warning, "percent", Bad::Above, 90.0, 120, "The memory that the process may use is nearly used up"),
    rule("descriptors.high", Severity::Warning, "percent", Bad::Above, 80.0, 60, "Open files and connections come near to their limit"),
    rule("sign_in.failures", Severity::Warning, "per_minute", Bad::Above, 30.0, 120, "Many sign-ins fail: somebody may be trying passwords"),
];

const fn rule(
    id: &'static str,
    severity: Severity,
    unit: &'static str,
    bad: Bad,
    threshold: f64,
    for_s: u32,
    words: &'static str,
) -> Rule {
    Rule { id, severity, unit, bad, threshold, for_s, words }
}

pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

impl Rule {
    /// Until an administrator says otherwise.
    pub fn setting(&self) -> Setting {
        Setting { enabled: true, threshold: self.threshold, for_s: self.for_s }
    }

    /// What is either so or not has nothing to be set.
    pub fn has_threshold(&self) -> bool {
        self.unit != "yes"
    }
}
