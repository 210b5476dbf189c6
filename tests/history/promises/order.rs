//! 3: one order without gaps, and every line tells exactly what lies between its two ends.

use super::Findings;
use crate::history::record::Side;
use crate::history::story::{Line, Person, Story, number, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// The stored histories themselves.
pub fn gapless(story: &Story<'_>, findings: &mut Findings) {
    for (id, truth) in &story.truth {
        let mut order = -1;
        for (message, expected) in truth.messages.iter().zip(1..) {
            if number(message, "seq") != expected {
                findings.add(3, format!("{id}: seq {} where {expected} should be", number(message, "seq")));
            }
            if number(message, "order") <= order {
                findings.add(3, format!("{id}: `order` does not grow at seq {expected}"));
            }
            order = number(message, "order");
        }
        if number(truth.state, "last_seq") != truth.messages.len() as i64 {
            findings.add(3, format!("{id}: last_seq is not its {} messages: {}", truth.messages.len(), truth.state));
        }
    }
}

/// What people were told and loaded.
pub fn told(story: &Story<'_>, findings: &mut Findings) {
    for person in story.people.values() {
        person.lines.iter().for_each(|line| line_in_order(story, person, line, findings));
        for load in &person.loads {
            for (message, expected) in load.messages.iter().zip(1..) {
                if number(message, "seq") != expected {
                    findings.add(3, format!("{} loaded {} with a gap at {expected}", person.name, load.conversation));
                    break;
                }
                agrees(story, person, message, findings);
            }
        }
        if !person.stopped {
            findings.add(3, format!("{} did not hear the end in time", person.name));
        }
        if person.side != Side::Follower && person.stopped {
            nothing_missed(story, person, findings);
        }
    }
}

fn agrees(story: &Story<'_>, person: &Person<'_>, shown: &Value, findings: &mut Findings) {
    let (conversation, seq) = (text(shown, "conversation"), number(shown, "seq"));
    let Some(stored) = story.message(person.side, conversation, seq) else {
        return findings.add(3, format!("{} was shown {conversation}/{seq}, which is not there", person.name));
    };
    let differs = ["text", "kind", "order", "at"].iter().find(|field| shown[**field] != stored[**field]);
    if let Some(field) = differs {
        findings.add(3, format!("{} was shown another {field} for {conversation}/{seq}: {shown}", person.name));
    }
}

fn line_in_order(story: &Story<'_>, person: &Person<'_>, line: &Line<'_>, findings: &mut Findings) {
    let (mut last, mut seqs) = (0, BTreeMap::new());
    for (_, frame) in &line.heard {
        let position = number(frame, "position");
        if position <= last {
            findings.add(3, format!("{} heard {position} after {last}: {frame}", person.name));
        }
        last = last.max(position);
        let message = &frame["message"];
        if message.is_object() {
            agrees(story, person, message, findings);
            let before = seqs.insert(text(message, "conversation"), number(message, "seq"));
            if before.is_some_and(|before| number(message, "seq") != before + 1) {
                findings.add(3, format!("{} heard a hole after {before:?}: {frame}", person.name));
            }
        }
    }
    let Some((reset, welcome)) = line.welcome else { return };
    let from = if reset { welcome } else { line.hello.unwrap_or(welcome) };
    let to = last.max(line.live.map_or(0, |(_, position)| position));
    let told: Vec<i64> =
        line.heard.iter().filter(|(_, f)| f["message"].is_object()).map(|(_, f)| number(f, "position")).collect();
    for (conversation, seq, message) in story.visible_to(person) {
        let Some(position) = story.position(message) else { continue };
        // A line that broke within its replay was told in part.
        let told_until = if line.live.is_some() { to } else { last };
        if position > from && position <= told_until && !told.contains(&position) {
            findings.add(
                3,
                format!("{} was not told {conversation}/{seq} ({position}) between {from} and {to}", person.name),
            );
        }
    }
}

/// Over all lines and loads, since their first cursor.
fn nothing_missed(story: &Story<'_>, person: &Person<'_>, findings: &mut Findings) {
    let shown = person.shown();
    let first = person.lines.first();
    let from = first.and_then(|line| line.hello.or(line.welcome.map(|(_, position)| position))).unwrap_or(0);
    for (conversation, seq, message) in story.visible_to(person) {
        let after = story.position(message).is_none_or(|position| position > from);
        if after && !shown.contains(&(conversation, seq)) {
            findings.add(3, format!("{} never saw {conversation}/{seq}", person.name));
        }
    }
}
