//! 5: one owner at a time.

use super::Findings;
use crate::history::record::Act;
use crate::history::story::{End, Story, Truth, number, text};
use serde_json::Value;
use std::collections::BTreeMap;

type Owner<'r> = Option<&'r str>;

/// Who took it from whom to whom, in the order in which it is written down.
fn turns<'r>(id: &str, truth: &Truth<'r>, findings: &mut Findings) -> Vec<(&'r str, Owner<'r>, Owner<'r>)> {
    let (mut owner, mut turns) = (None, Vec::new());
    for message in truth.messages {
        let activity = &message["activity"];
        let subject = activity["subject"].as_str();
        let next = match text(activity, "verb") {
            "assigned" => subject,
            "unassigned" => None,
            _ => continue,
        };
        if next == owner || (next.is_none() && subject != owner) {
            findings.add(5, format!("{id}: {activity} while the owner is {owner:?}"));
        }
        turns.push((text(&message["author"], "id"), owner, next));
        owner = next;
    }
    if truth.state["assignee"].as_str() != owner {
        findings.add(5, format!("{id}: its history ends with the owner {owner:?}: {}", truth.state));
    }
    turns
}

/// Of those who expected the same owner, each winner has a turn of their own.
pub fn one_winner(story: &Story<'_>, findings: &mut Findings) {
    let mut wins: BTreeMap<(&str, &str, Owner<'_>, Owner<'_>), usize> = BTreeMap::new();
    let mut tries = wins.clone();
    let mut places: BTreeMap<(&str, i64), &str> = BTreeMap::new();
    for operation in &story.operations {
        let Act::Assign { conversation, expected, to } = operation.act else { continue };
        let Some(person) = story.people.get(operation.who).filter(|_| expected != to) else { continue };
        let key = (conversation.as_str(), person.principal, expected.as_deref(), to.as_deref());
        match &operation.end {
            End::Fail(_) => {}
            End::Unknown => *tries.entry(key).or_default() += 1,
            End::Ok { answer, .. } => {
                *wins.entry(key).or_default() += 1;
                *tries.entry(key).or_default() += 1;
                if answer["assignee"].as_str() != to.as_deref() {
                    findings.add(5, format!("{} was given {to:?} and reads {answer}", operation.who));
                }
                if let Some(other) = places.insert((conversation, number(answer, "position")), operation.who) {
                    findings
                        .add(5, format!("{conversation}: {} and {other} won the same turn {answer}", operation.who));
                }
            }
        }
    }
    let names: BTreeMap<&str, &str> = story.people.values().map(|person| (person.principal, person.name)).collect();
    for (id, truth) in &story.truth {
        let mut had: BTreeMap<_, usize> = BTreeMap::new();
        for (author, from, to) in turns(id, truth, findings) {
            *had.entry((*id, author, from, to)).or_default() += 1;
            // Who answers takes on; everything else was asked for.
            let by_answer = to == Some(author) && from.is_none();
            let count = had[&(*id, author, from, to)];
            if !by_answer
                && names.contains_key(author)
                && count > tries.get(&(*id, author, from, to)).copied().unwrap_or(0)
            {
                findings.add(
                    6,
                    format!("{id}: {author} took it from {from:?} to {to:?}, which was refused or never asked"),
                );
            }
        }
        for (key, won) in wins.iter().filter(|(key, _)| key.0 == *id) {
            let turns = had.get(key).copied().unwrap_or(0);
            if *won > turns {
                findings.add(5, format!("{key:?} was won {won} times and happened {turns} times"));
            }
        }
    }
}

/// Whoever saw the conversation at one of its positions, or at one epoch of its ownership, saw the same owner.
pub fn one_owner(story: &Story<'_>, findings: &mut Findings) {
    let mut owners: BTreeMap<(&str, &str, i64), Owner<'_>> = BTreeMap::new();
    for state in states(story) {
        let (id, owner) = (text(state, "id"), state["assignee"].as_str());
        for field in ["position", "owner_epoch"] {
            let Some(at) = state[field].as_i64() else { continue };
            let known = *owners.entry((id, field, at)).or_insert(owner);
            if known != owner {
                findings.add(5, format!("{id} at {field} {at} belongs to {known:?} and to {owner:?}"));
            }
        }
    }
}

/// Every state of a conversation that an agent was shown.
fn states<'s>(story: &'s Story<'_>) -> Vec<&'s Value> {
    let agents = || story.people.values().filter(|person| person.side != crate::history::record::Side::Visitor);
    let heard = agents().flat_map(|p| &p.lines).flat_map(|line| &line.heard).map(|(_, frame)| &frame["conversation"]);
    let answers = story.operations.iter().filter_map(|operation| match (&operation.act, &operation.end) {
        (Act::Assign { .. }, End::Ok { answer, .. }) => Some(*answer),
        _ => None,
    });
    let ends = story.truth.values().map(|truth| truth.state);
    heard
        .filter(|v| v.is_object())
        .chain(answers)
        .chain(agents().flat_map(|p| p.inbox.iter().copied()))
        .chain(ends)
        .collect()
}
