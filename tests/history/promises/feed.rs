//! 7: what was committed reaches a follower of the feed, under one position each, and a webhook, under one id each and in order.

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

pub fn delivered(story: &Story<'_>, findings: &mut Findings) {
    for (name, hook) in &story.webhooks {
        let mut ids: BTreeMap<(&str, i64), &str> = BTreeMap::new();
        let mut keys: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
        let mut newest = 0;
        for (id, frame) in &hook.deliveries {
            let (message, position) = (&frame["message"], number(frame, "position"));
            let key = (text(message, "conversation"), number(message, "seq"));
            let is_new = !keys.contains_key(id);
            let (first, told) = (*ids.entry(key).or_insert(id), *keys.entry(id).or_insert(key));
            if first != *id || told != key || text(frame, "cursor") != *id {
                findings.add(7, format!("{name}: {key:?} came as {first} and as {id}, which was {told:?}"));
            }
            if is_new && position <= newest {
                findings.add(7, format!("{name}: {id} came after {newest}"));
            }
            newest = newest.max(position);
        }
        for (conversation, truth) in
            story.truth.iter().filter(|(_, t)| hook.channels.contains(text(t.state, "channel")))
        {
            for (message, seq) in truth.messages.iter().zip(1..) {
                if !ids.contains_key(&(*conversation, seq)) {
                    findings.add(7, format!("{name} never heard {conversation}/{seq}: {message}"));
                }
            }
        }
    }
}
