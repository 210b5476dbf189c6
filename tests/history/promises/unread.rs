//! 8: `unread` is the number of the customer's texts after what one has read.

use super::Findings;
use crate::history::record::Act;
use crate::history::story::{End, Person, Story, number, text};
use serde_json::Value;

/// The server counts no further.
const COUNTED_MAX: usize = 100;

pub fn counted(story: &Story<'_>, findings: &mut Findings) {
    for person in story.people.values() {
        for shown in &person.inbox {
            let Some(truth) = story.truth.get(text(shown, "id")) else { continue };
            let after = |seq: i64| {
                let theirs = |m: &&Value| text(m, "kind") == "text" && text(&m["author"], "kind") == "customer";
                let count = truth.messages.iter().filter(theirs).filter(|m| number(m, "seq") > seq).count();
                count.min(COUNTED_MAX) as i64
            };
            let (surely, perhaps) = read_by(story, person, text(shown, "id"));
            let unread = number(shown, "unread");
            if unread > after(surely) || unread < after(perhaps) {
                let what = format!("{}: read {surely} to {perhaps}, so {} unread", person.name, after(surely));
                findings.add(8, format!("{what}, but told {unread} of {shown}"));
            }
        }
    }
}

/// How far somebody has read for certain, and at most.
fn read_by(story: &Story<'_>, person: &Person<'_>, conversation: &str) -> (i64, i64) {
    let (mut surely, mut perhaps) = (0, 0);
    for operation in story.operations.iter().filter(|operation| operation.who == person.name) {
        let (seq, done) = match (operation.act, &operation.end) {
            (_, End::Fail(_)) => continue,
            (Act::Read { conversation: id, seq }, end) if id == conversation => (*seq, matches!(end, End::Ok { .. })),
            // Who writes has read what stands before.
            (Act::Send { conversation: Some(id), .. }, End::Ok { answer, .. }) if id == conversation => {
                (number(answer, "seq"), true)
            }
            (Act::Send { conversation: Some(id), .. }, _) if id == conversation => (i64::MAX, false),
            _ => continue,
        };
        perhaps = perhaps.max(seq);
        if done {
            surely = surely.max(seq);
        }
    }
    (surely, perhaps)
}
