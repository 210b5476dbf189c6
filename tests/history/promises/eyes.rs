//! 9: nobody hears what is not theirs to hear.

use super::Findings;
use crate::history::record::Side;
use crate::history::story::{Person, Story, text};
use serde_json::Value;

pub fn allowed(story: &Story<'_>, findings: &mut Findings) {
    for person in story.people.values() {
        for (_, frame) in person.lines.iter().flat_map(|line| &line.heard) {
            if !may_hear(story, person, frame) {
                findings.add(9, format!("{} ({}) heard {frame}", person.name, person.principal));
            }
        }
        for message in person.loads.iter().flat_map(|load| load.messages) {
            if !may_see(story, person, message) {
                findings.add(9, format!("{} ({}) loaded {message}", person.name, person.principal));
            }
        }
    }
}

fn may_hear(story: &Story<'_>, person: &Person<'_>, frame: &Value) -> bool {
    let is_visitor = person.side == Side::Visitor;
    match text(frame, "type") {
        "message.created" => may_see(story, person, &frame["message"]),
        "conversation.updated" => story.may_see(person, text(&frame["conversation"], "id")),
        "conversation.read" => !is_visitor && story.may_see(person, text(frame, "conversation")),
        "customer.updated" => !is_visitor && person.channels.contains(text(&frame["customer"], "channel")),
        "channel.updated" => !is_visitor && person.channels.contains(text(&frame["channel"], "id")),
        _ => !is_visitor,
    }
}

fn may_see(story: &Story<'_>, person: &Person<'_>, message: &Value) -> bool {
    let inner = match text(message, "kind") {
        "text" => false,
        "activity" => !matches!(text(&message["activity"], "verb"), "resolved" | "reopened"),
        _ => true,
    };
    story.may_see(person, text(message, "conversation")) && !(inner && person.side == Side::Visitor)
}
