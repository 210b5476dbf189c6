//! How the appliance is, and who is told when it is not well.
//!
//! Every two seconds [`pulse`] looks at what the rooms count of themselves and at the machine. What it sees goes to the
//! administrators' status page (the last hour is kept in memory, bounded), and to the alert rules ([`judge`]): a rule
//! whose value is beyond its threshold for long enough raises an alert; it is resolved when the value is clearly back.
//! Alerts are written down when the store can write, shown in the console, and sent to the webhooks that administrators
//! entered ([`messenger`]); nothing else here reaches out.
//!
//! Beside that there is what machines ask: `/readyz` for load balancers ([`readiness`]) and `/metrics` for Prometheus
//! ([`metrics`]). Rooms give their figures as `kernel::figures::Family`; none of them knows this one.

mod alerts;
pub mod api;
mod commands;
pub mod feature;
mod history;
mod judge;
mod machine;
mod messenger;
mod metrics;
mod model;
mod pulse;
mod queries;
mod readiness;
mod rules;
mod signals;
mod store;

pub use alerts::Alerts;
pub use metrics::{Access, Metrics};
pub use model::{CertificateFacts, Exchange, LastBackup, Sources};
pub use pulse::Pulse;
pub use readiness::Readiness;

use crate::jobs::Timer;
use std::io;

/// The running watch. Cheap to clone.
#[derive(Clone)]
pub struct Watch {
    pub pulse: Pulse,
    pub alerts: Alerts,
    pub metrics: Metrics,
    pub readiness: Readiness,
}

impl Watch {
    /// `server` is what people know it by. Nothing is looked at before the timer runs.
    pub fn new(sources: Sources, access: Access, server: String) -> io::Result<Watch> {
        let pulse = Pulse::new(sources);
        let alerts = Alerts::start(pulse.clone(), server)?;
        let metrics = Metrics { pulse: pulse.clone(), alerts: alerts.clone(), access };
        Ok(Watch { pulse, alerts, metrics, readiness: Readiness::default() })
    }

    pub fn timer(&self) -> Timer {
        self.alerts.timer()
    }
}
