//! 7: what was committed reaches a follower of the feed, under one position each. (A webhook's receiver will be one more.)

use super::Findings;
use crate::history::record::Side;
use crate::history::story::{Story, number, text};
use std::collections::BTreeMap;

pub fn followed(story: &Story<'_>, findings: &mut Findings) {
    for follower in story.people.values().filter(|person| person.side == Side::Follower) {
        let mut places: BTreeMap<(&str, i64), i64> = BTreeMap::new();
        let mut tellings: BTreeMap<i64, (&str, i64)> = BTreeMap::new();
        for (_, frame) in follower.lines.iter().flat_map(|line| &line.heard) {
            let message = &frame["message"];
            if !message.is_object() {
                continue;
            }
            let (key, position) = ((text(message, "conversation"), number(message, "seq")), number(frame, "position"));
            let first = *places.entry(key).or_insert(position);
            let told = *tellings.entry(position).or_insert(key);
            if first != position || told != key {
                findings.add(7, format!("{key:?} came as {first} and {position}, {position} was {told:?}"));
            }
        }
        // Too far behind, the feed says so and is loaded instead.
        let was_reset = follower.lines.iter().skip(1).any(|line| matches!(line.welcome, Some((true, _))));
        let loaded = if was_reset { follower.shown() } else { Default::default() };
        for (conversation, seq, _) in story.visible_to(follower) {
            let key = (conversation, seq);
            if !places.contains_key(&key) && !loaded.contains(&key) {
                findings.add(7, format!("{} never heard {conversation}/{seq}", follower.name));
            }
        }
    }
}
