//! How many wait before somebody: looked at every few seconds for all of them at once, in memory between.
//!
//! Told coarsely, so that one who is served is no news for everybody behind: near the front each place counts, further back
//! only steps. What a turn costs is bounded by who waits, not by who asks.

use crate::channels;
use crate::conversations;
use crate::db::{Db, Snapshot};
use crate::hub::{Audience, Hub};
use crate::jobs::Timer;
use crate::kernel::{ChannelId, Ctx, CustomerId, Millis, Result};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const EVERY_MS: i64 = Millis::seconds(2);
/// Looked at in one turn, of all channels. Whoever stands further back is told nothing yet.
const WAITING_MAX: usize = 5_000;
/// At least so many are before them; up to the fourth exactly so many.
const STEPS: [usize; 13] = [0, 1, 2, 3, 4, 5, 10, 20, 50, 100, 200, 500, 1_000];

/// Where everybody stands, as they were told. Cheap to clone.
#[derive(Clone, Default)]
pub struct Queue(Arc<Mutex<Places>>);

type Places = HashMap<CustomerId, (ChannelId, usize)>;

impl Queue {
    /// How many wait before this customer; `None`: they do not wait, or nobody looked yet.
    pub fn ahead(&self, customer: CustomerId) -> Option<usize> {
        self.0.lock().get(&customer).map(|(_, ahead)| *ahead)
    }

    pub(super) fn timer(&self, db: &Db, hub: &Hub) -> Timer {
        let (queue, db, hub) = (self.clone(), db.clone(), hub.clone());
        Timer::new("queue", EVERY_MS, move |now| {
            let places = db.read_blocking(move |snapshot| look(snapshot, now))?;
            for (customer, channel, ahead) in queue.replace(places) {
                let body = serde_json::json!({ "ahead": ahead }).to_string();
                hub.tell("queue.updated", Audience::Channel(channel), None, Some((customer, body)));
            }
            Ok(())
        })
    }

    /// Whose place is another than they were told.
    fn replace(&self, places: Places) -> Vec<(CustomerId, ChannelId, Option<usize>)> {
        let mut told = self.0.lock();
        let moved = places.iter().filter(|(customer, place)| told.get(customer) != Some(place));
        let mut changes: Vec<_> =
            moved.map(|(customer, (channel, ahead))| (*customer, *channel, Some(*ahead))).collect();
        let gone = told.iter().filter(|(customer, _)| !places.contains_key(customer));
        changes.extend(gone.map(|(customer, (channel, _))| (*customer, *channel, None)));
        *told = places;
        changes
    }
}

/// Of the channels that tell it.
fn look(snapshot: &Snapshot<'_>, now: Millis) -> Result<Places> {
    let channels = channels::queries::list(snapshot, &Ctx::system(now))?;
    let telling = channels.iter().filter(|channel| channel.active && channel.settings.reception.queue);
    let telling: HashSet<ChannelId> = telling.map(|channel| channel.id).collect();
    if telling.is_empty() {
        return Ok(Places::new());
    }
    let waiting = conversations::queries::waiting(snapshot, WAITING_MAX)?;
    Ok(places(waiting.into_iter().filter(|(channel, _)| telling.contains(channel))))
}

fn places(waiting: impl Iterator<Item = (ChannelId, CustomerId)>) -> Places {
    let mut before: HashMap<ChannelId, usize> = HashMap::new();
    let mut places = Places::new();
    for (channel, customer) in waiting {
        let count = before.entry(channel).or_default();
        places.entry(customer).or_insert((channel, step(*count)));
        *count += 1;
    }
    places
}

fn step(count: usize) -> usize {
    STEPS.iter().copied().take_while(|step| *step <= count).last().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(people: std::ops::Range<i64>) -> Places {
        places(people.map(|n| (ChannelId(1), CustomerId(n))))
    }

    #[test]
    fn each_channel_has_a_line_of_its_own() {
        let found =
            places([(1, 7), (2, 8), (1, 9)].map(|(channel, n)| (ChannelId(channel), CustomerId(n))).into_iter());
        let ahead = |n| found[&CustomerId(n)].1;
        assert_eq!((ahead(7), ahead(8), ahead(9)), (0, 0, 1));
    }

    #[test]
    fn near_the_front_each_place_counts_and_further_back_only_steps() {
        let steps = |counts: [usize; 8]| counts.map(step);
        assert_eq!(steps([0, 1, 4, 5, 9, 10, 999, 50_000]), [0, 1, 4, 5, 5, 10, 500, 1_000]);
    }

    #[test]
    fn one_who_is_served_is_news_for_few_of_a_thousand() {
        let queue = Queue::default();
        assert_eq!(queue.replace(line(0..1_000)).len(), 1_000, "everybody is told once");
        assert!(queue.replace(line(0..1_000)).is_empty());
        let changes = queue.replace(line(1..1_000));
        assert!(changes.len() <= STEPS.len(), "{changes:?}");
        assert!(changes.contains(&(CustomerId(0), ChannelId(1), None)));
        assert!(changes.contains(&(CustomerId(1), ChannelId(1), Some(0))));
        assert_eq!((queue.ahead(CustomerId(0)), queue.ahead(CustomerId(3))), (None, Some(2)));
    }
}
