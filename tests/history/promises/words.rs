//! 1, 2 and 6: what was acknowledged is there once, a repetition changes nothing, what was refused is not there.

use super::Findings;
use crate::history::record::{Act, Side};
use crate::history::story::{End, Story, number, text};
use serde_json::Value;
use std::collections::BTreeMap;

struct Try<'r> {
    begun: usize,
    kind: &'r str,
    words: &'r str,
    attachments: &'r [String],
    end: &'r End<'r>,
}

/// By sender and client id.
type Tries<'r> = BTreeMap<(&'r str, &'r str), Vec<Try<'r>>>;

fn tries<'s>(story: &'s Story<'_>) -> Tries<'s> {
    let mut tries = Tries::new();
    for operation in &story.operations {
        if let Act::Send { id, kind, text, attachments, .. } = operation.act {
            let one = Try { begun: operation.begun, kind, words: text, attachments, end: &operation.end };
            tries.entry((operation.who, id)).or_default().push(one);
        }
    }
    tries
}

/// By author and client id.
type Rows<'r> = BTreeMap<(&'r str, &'r str), Vec<&'r Value>>;

fn rows<'s>(story: &'s Story<'_>) -> Rows<'s> {
    let mut rows = Rows::new();
    for message in story.truth.values().flat_map(|truth| truth.messages) {
        if message["client_id"].is_string() {
            rows.entry((text(&message["author"], "id"), text(message, "client_id"))).or_default().push(message);
        }
    }
    rows
}

fn principal<'s>(story: &'s Story<'_>, who: &str) -> &'s str {
    story.people.get(who).map_or("", |person| person.principal)
}

fn attached(row: &Value) -> &[Value] {
    row["attachments"].as_array().map_or(&[], Vec::as_slice)
}

fn same(attempt: &Try<'_>, row: &Value) -> bool {
    text(row, "text") == attempt.words
        && text(row, "kind") == attempt.kind
        && attached(row).iter().map(|file| text(file, "id")).eq(attempt.attachments.iter().map(String::as_str))
}

pub fn acknowledged(story: &Story<'_>, findings: &mut Findings) {
    let (tries, rows) = (tries(story), rows(story));
    for ((who, id), attempts) in &tries {
        let kept = rows.get(&(principal(story, who), *id)).map_or(&[][..], Vec::as_slice);
        for attempt in attempts {
            let End::Ok { answer, .. } = attempt.end else { continue };
            let side = story.people.get(who).map_or(Side::Agent, |person| person.side);
            let place = story.message(side, text(answer, "conversation"), number(answer, "seq"));
            match kept {
                [row] if !same(attempt, row) => findings.add(1, format!("{who} {id}: stored with other words: {row}")),
                [row] if place != Some(row) => {
                    findings.add(1, format!("{who} {id}: the receipt {answer} points elsewhere than {row}"));
                }
                [row] if attached(row).iter().any(|file| file["intact"] == false) => {
                    findings.add(1, format!("{who} {id}: a file is not what was sent: {row}"));
                }
                [_] => {}
                [] => findings.add(1, format!("{who} {id}: acknowledged with {answer}, and lost")),
                many => findings.add(1, format!("{who} {id}: there {} times", many.len())),
            }
        }
    }
    let principals: BTreeMap<&str, &str> = story.people.values().map(|p| (p.principal, p.name)).collect();
    for ((author, id), row) in rows.iter().flat_map(|(key, rows)| rows.iter().map(move |row| (key, row))) {
        let Some(who) = principals.get(author) else { continue };
        let said = tries.get(&(*who, *id)).is_some_and(|attempts| attempts.iter().any(|attempt| same(attempt, row)));
        if !said {
            findings.add(1, format!("{who} never said {row}"));
        }
    }
}

pub fn repeated(story: &Story<'_>, findings: &mut Findings) {
    for ((who, id), attempts) in tries(story) {
        let mut first: Option<(&Try<'_>, &Value)> = None;
        for attempt in &attempts {
            let End::Ok { answer, .. } = attempt.end else { continue };
            let Some((said, receipt)) = first else {
                first = Some((attempt, answer));
                continue;
            };
            let differs = ["conversation", "seq", "order", "at", "position"]
                .iter()
                .any(|field| receipt[*field] != answer[*field]);
            if differs {
                findings.add(2, format!("{who} {id}: two receipts: {receipt} and {answer}"));
            }
            if (said.words, said.kind, said.attachments) != (attempt.words, attempt.kind, attempt.attachments) {
                findings.add(2, format!("{who} {id}: two different messages under one id were taken"));
            }
        }
    }
    for ((author, id), rows) in rows(story) {
        if rows.len() > 1 {
            findings.add(2, format!("{author} {id}: {} rows", rows.len()));
        }
    }
}

pub fn refused(story: &Story<'_>, findings: &mut Findings) {
    let (tries, rows, heard) = (tries(story), rows(story), story.first_heard());
    for ((who, id), attempts) in &tries {
        let key = (principal(story, who), *id);
        for row in rows.get(&key).into_iter().flatten() {
            // Only what was asked for before somebody heard it can be what they heard.
            let heard = heard.get(&key).copied().unwrap_or(usize::MAX);
            let causes = attempts.iter().filter(|attempt| attempt.begun < heard && same(attempt, row));
            let refusals = causes.map(|attempt| if let End::Fail(code) = attempt.end { Some(*code) } else { None });
            if let Some(codes @ [_, ..]) = refusals.collect::<Option<Vec<&str>>>().as_deref() {
                findings.add(6, format!("{who} {id}: refused with {codes:?}, and there all the same: {row}"));
            }
        }
    }
}
