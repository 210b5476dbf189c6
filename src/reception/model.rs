//! How a channel receives its visitors at a moment.

use crate::channels::Channel;
use crate::hours::Standing;
use crate::kernel::Millis;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reception {
    pub open: bool,
    /// Open, and somebody may answer now.
    pub here: bool,
    /// Of a closed one.
    pub opens_at: Option<Millis>,
    /// Of an open one.
    pub closes_at: Option<Millis>,
    /// What holds now.
    pub greeting: String,
}

impl Reception {
    pub fn new(channel: &Channel, somebody_present: bool, now: Millis) -> Reception {
        let settings = &channel.settings;
        let (open, opens_at, closes_at) = match settings.hours.at(now) {
            Standing::Open { closes_at } => (true, None, closes_at),
            Standing::Closed { opens_at } => (false, opens_at, None),
        };
        let closed_greeting = &settings.reception.closed_greeting;
        let greeting = if open || closed_greeting.is_empty() { &settings.greeting } else { closed_greeting };
        Reception { open, here: open && somebody_present, opens_at, closes_at, greeting: greeting.clone() }
    }
}
