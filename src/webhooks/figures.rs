//! What webhooks count.

use super::courier::Fare;
use crate::kernel::figures::{Count, Family, Named};

/// By the result of each try.
pub(super) static DELIVERIES: Named<Count> = Named::new();

#[rustfmt::skip]
pub(super) fn families(fares: &[Fare]) -> Vec<Family> {
    let failing = fares.iter().filter(|fare| fare.is_failing).count();
    let behind = fares.iter().map(|fare| fare.behind).max().unwrap_or(0);
    vec![
        Family::counts("parlor_webhook_deliveries", "Tries to deliver an event to a webhook", "result", &DELIVERIES),
        Family::level("parlor_webhooks_failing", "Webhooks whose last try failed", failing as f64),
        Family::level("parlor_webhook_behind_events", "Events that the webhook furthest behind may still have to hear", behind as f64),
    ]
}
