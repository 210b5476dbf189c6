//! 4: who comes back finds their own acknowledged words, and cursors only grow.

use super::Findings;
use crate::history::record::Act;
use crate::history::story::{End, Person, Story, number, text};
use serde_json::Value;
use std::collections::HashMap;

/// A receipt, where in the records, and when.
type Receipt<'r> = (usize, u64, &'r Value);

fn receipts<'s>(story: &'s Story<'_>, person: &Person<'_>) -> Vec<Receipt<'s>> {
    let own = story.operations.iter().filter(|o| o.who == person.name && matches!(o.act, Act::Send { .. }));
    own.filter_map(|operation| match &operation.end {
        End::Ok { place, at, answer } => Some((*place, *at, *answer)),
        _ => None,
    })
    .collect()
}

pub fn own_words(story: &Story<'_>, findings: &mut Findings) {
    for person in story.people.values() {
        let receipts = receipts(story, person);
        on_lines(person, &receipts, findings);
        for load in &person.loads {
            for (_, at, receipt) in &receipts {
                let theirs = text(receipt, "conversation") == load.conversation && *at <= load.since;
                if theirs && !load.messages.iter().any(|message| message["seq"] == receipt["seq"]) {
                    findings.add(4, format!("{} loaded a history without their own {receipt}", person.name));
                }
            }
        }
    }
}

fn on_lines(person: &Person<'_>, receipts: &[Receipt<'_>], findings: &mut Findings) {
    let mut heard: HashMap<(&str, i64), usize> = HashMap::new();
    for (place, frame) in person.lines.iter().flat_map(|line| &line.heard) {
        let message = &frame["message"];
        heard.entry((text(message, "conversation"), number(message, "seq"))).or_insert(*place);
    }
    for line in &person.lines {
        let (Some((live, position)), Some((false, _))) = (line.live, line.welcome) else { continue };
        for (place, _, receipt) in receipts.iter().filter(|(place, _, _)| *place < line.opened) {
            if number(receipt, "position") > position {
                findings.add(4, format!("{} live at {position}, before their own {receipt}", person.name));
            }
            let seen = heard.get(&(text(receipt, "conversation"), number(receipt, "seq"))).is_some_and(|at| *at < live);
            if !seen && line.hello.is_some_and(|hello| hello < number(receipt, "position")) {
                findings
                    .add(4, format!("{} is live and has not heard their own {receipt} (record {place})", person.name));
            }
        }
    }
}

pub fn cursors(story: &Story<'_>, findings: &mut Findings) {
    for person in story.people.values() {
        for line in &person.lines {
            let Some((_, welcome)) = line.welcome else { continue };
            if line.hello.is_some_and(|hello| welcome < hello) {
                findings.add(4, format!("{} came with {:?} and is welcomed at {welcome}", person.name, line.hello));
            }
            if let Some((_, live)) = line.live
                && live < welcome
            {
                findings.add(4, format!("{} was welcomed at {welcome} and is live at {live}", person.name));
            }
            for (_, frame) in &line.heard {
                let position = number(frame, "position");
                if position <= welcome {
                    findings.add(4, format!("{} hears {position} again after {welcome}", person.name));
                }
            }
        }
    }
}
