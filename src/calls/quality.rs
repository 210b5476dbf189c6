//! How well a line is: as the media plane measures it and as the client does.

use super::{quality_store, queries};
use crate::db::{Snapshot, Tx};
use crate::kernel::{Actor, CallId, Ctx, Error, LegId, Millis, Result};

/// Who measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    Server,
    Client,
}

impl Source {
    pub fn as_str(self) -> &'static str {
        match self {
            Source::Server => "server",
            Source::Client => "client",
        }
    }
}

/// Up is towards the server.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Measures {
    /// Parts of a million.
    pub loss_up: i64,
    pub loss_down: i64,
    pub jitter_us: i64,
    pub rtt_us: i64,
    pub kbit_up: i64,
    pub kbit_down: i64,
    pub freezes: i64,
    pub packets: i64,
}

impl Measures {
    /// The means of `count` reports and one more; freezes and packets add up.
    pub fn with(self, count: i64, new: Measures) -> Measures {
        let mean = |old: i64, new: i64| (old * count + new) / (count + 1);
        Measures {
            loss_up: mean(self.loss_up, new.loss_up),
            loss_down: mean(self.loss_down, new.loss_down),
            jitter_us: mean(self.jitter_us, new.jitter_us),
            rtt_us: mean(self.rtt_us, new.rtt_us),
            kbit_up: mean(self.kbit_up, new.kbit_up),
            kbit_down: mean(self.kbit_down, new.kbit_down),
            freezes: self.freezes.saturating_add(new.freezes),
            packets: self.packets.saturating_add(new.packets),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Quality {
    pub leg: LegId,
    pub source: &'static str,
    pub at: Millis,
    pub samples: i64,
    pub measures: Measures,
}

/// A client's report of the time since its last one. Nobody is told: the numbers are for whoever looks later.
pub fn report(tx: &mut Tx<'_>, ctx: &Ctx, id: CallId, measures: Measures) -> Result<()> {
    let call = queries::visible(tx, ctx, id)?;
    let user = match ctx.actor {
        Actor::User { id, .. } => Some(id),
        _ => None,
    };
    // The last report may come when the call is over already.
    let own = call.legs.iter().rev().find(|leg| leg.user == user && leg.accepted_at.is_some());
    let leg = own.ok_or_else(super::lifecycle::not_in_it)?;
    let before = quality_store::find(tx, leg.id, Source::Client)?;
    let (samples, measures) = match before {
        Some(before) => (before.samples + 1, before.measures.with(before.samples, measures)),
        None => (1, measures),
    };
    let quality = Quality { leg: leg.id, source: Source::Client.as_str(), at: ctx.now, samples, measures };
    quality_store::upsert(tx, id, &quality)
}

/// What the media plane measured since a leg joined.
pub(super) fn measured(tx: &mut Tx<'_>, ctx: &Ctx, call: CallId, all: &[(LegId, Measures)]) -> Result<()> {
    if ctx.actor != Actor::System {
        return Err(Error::not_found());
    }
    for (leg, measures) in all {
        let source = Source::Server.as_str();
        let quality = Quality { leg: *leg, source, at: ctx.now, samples: 1, measures: *measures };
        quality_store::upsert(tx, call, &quality)?;
    }
    Ok(())
}

pub(super) fn of_call(snapshot: &Snapshot<'_>, call: CallId) -> Result<Vec<Quality>> {
    quality_store::list(snapshot, call)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_become_means_and_what_is_counted_adds_up() {
        let one = Measures { loss_up: 100, rtt_us: 30_000, freezes: 1, packets: 500, ..Measures::default() };
        let two = Measures { loss_up: 400, rtt_us: 60_000, freezes: 2, packets: 500, ..Measures::default() };
        let both = one.with(1, two);
        assert_eq!((both.loss_up, both.rtt_us, both.freezes, both.packets), (250, 45_000, 3, 1_000));
    }
}
