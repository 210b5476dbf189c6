//! Small histories, written by hand: a clean one, and one with each promise broken.

use crate::history::check;
use crate::history::record::{Act, Record, Side, What};
use crate::history::wire::Way;
use serde_json::{Value, json};

/// A visitor says two things, an agent answers, a follower listens; `a` takes over from nobody.
fn clean() -> Vec<Line> {
    let person = |principal: &str, side| What::Person {
        principal: principal.into(),
        side,
        channels: if side == Side::Visitor { vec![] } else { vec!["chn_1".into()] },
    };
    let send = |id: &str, conversation: Option<&str>, words: &str| Act::Send {
        id: id.into(),
        conversation: conversation.map(str::to_owned),
        kind: "text".into(),
        text: words.into(),
        attachments: vec![],
    };
    let assign = Act::Assign { conversation: "cnv_1".into(), expected: None, to: Some("usr_1".into()) };
    let mut all = vec![
        ("v", person("cus_1", Side::Visitor)),
        ("w", person("cus_2", Side::Visitor)),
        ("a", person("usr_1", Side::Agent)),
        ("b", person("usr_2", Side::Agent)),
        ("f", person("follower", Side::Follower)),
    ];
    for (line, who) in (1..).zip(["v", "w", "a", "b", "f"]) {
        all.push((who, What::Opened { line, way: Way::Socket, cursor: Some("e-0".into()) }));
        all.push((who, What::Welcome { line, reset: false, cursor: "e-0".into() }));
        all.push((who, What::Live { line, cursor: "e-0".into() }));
    }
    all.extend([
        ("v", What::Invoke { op: 1, act: send("id1", None, "hello") }),
        ("v", What::Ok { op: 1, answer: receipt("id1", 1, 2) }),
        ("v", What::Invoke { op: 2, act: send("id1", None, "hello") }),
        ("v", What::Ok { op: 2, answer: receipt("id1", 1, 2) }),
        ("v", What::Invoke { op: 3, act: send("id1", None, "other") }),
        ("v", What::Fail { op: 3, code: "message.id_reused".into() }),
        ("a", What::Invoke { op: 4, act: assign.clone() }),
        (
            "b",
            What::Invoke {
                op: 5,
                act: Act::Assign { conversation: "cnv_1".into(), expected: None, to: Some("usr_2".into()) },
            },
        ),
        ("a", What::Ok { op: 4, answer: json!({"id": "cnv_1", "assignee": "usr_1", "position": 4}) }),
        ("b", What::Fail { op: 5, code: "conversation.assignee_changed".into() }),
        ("a", What::Invoke { op: 6, act: send("id2", Some("cnv_1"), "hi") }),
        ("a", What::Ok { op: 6, answer: receipt("id2", 4, 5) }),
        ("v", What::Invoke { op: 7, act: send("id3", None, "thanks") }),
        ("v", What::Unknown { op: 7 }),
        ("b", What::Invoke { op: 8, act: Act::Read { conversation: "cnv_1".into(), seq: 4 } }),
        ("b", What::Ok { op: 8, answer: Value::Null }),
    ]);
    for (line, who) in (1..).zip(["v", "w", "a", "b", "f"]) {
        let frames: Vec<Value> = match who {
            "v" => vec![own(1, "hello", "customer", 2), own(2, "hi", "agent", 5), own(3, "thanks", "customer", 6)],
            "w" => vec![],
            _ => whole().iter().map(|message| told(message.clone())).collect(),
        };
        all.extend(frames.into_iter().map(|frame| (who, What::Heard { line, frame })));
    }
    let state = json!({"id": "cnv_1", "channel": "chn_1", "customer": {"id": "cus_1"}, "assignee": "usr_1", "last_seq": 5, "position": 4});
    all.push(("f", What::Truth { conversation: state.clone(), messages: whole() }));
    let inbox = |unread: i64| {
        let mut shown = state.clone();
        shown["unread"] = unread.into();
        What::Inbox { conversation: shown }
    };
    all.extend([("a", inbox(1)), ("b", inbox(1))]);
    all.extend(["v", "w", "a", "b", "f"].map(|who| (who, What::Stopped)));
    all
}

type Line = (&'static str, What);

fn receipt(id: &str, seq: i64, position: i64) -> Value {
    json!({"client_id": id, "conversation": "cnv_1", "seq": seq, "order": position, "at": 7, "position": position})
}

/// Positions are one more than seqs.
fn whole() -> Vec<Value> {
    let message = |seq: i64, kind: &str, author: Value, id: Value, words: &str, activity: Value| {
        json!({"conversation": "cnv_1", "seq": seq, "order": seq + 1, "kind": kind, "author": author, "client_id": id,
               "text": words, "attachments": [], "activity": activity, "at": 7})
    };
    let (v, a) = (json!({"kind": "customer", "id": "cus_1"}), json!({"kind": "agent", "id": "usr_1"}));
    vec![
        message(1, "text", v.clone(), json!("id1"), "hello", Value::Null),
        message(
            2,
            "note",
            json!({"kind": "agent", "id": "usr_9"}),
            json!("id9"),
            "a note of somebody else",
            Value::Null,
        ),
        message(3, "activity", a.clone(), Value::Null, "", json!({"verb": "assigned", "subject": "usr_1"})),
        message(4, "text", a, json!("id2"), "hi", Value::Null),
        message(5, "text", v, json!("id3"), "thanks", Value::Null),
    ]
}

fn told(message: Value) -> Value {
    let position = message["seq"].as_i64().unwrap() + 1;
    json!({"type": "message.created", "position": position, "cursor": format!("e-{position}"), "message": message})
}

/// As the visitor counts.
fn own(seq: i64, words: &str, author: &str, position: i64) -> Value {
    json!({"type": "message.created", "position": position, "cursor": format!("e-{position}"), "message":
           {"conversation": "cnv_1", "seq": seq, "order": position, "kind": "text", "author": {"kind": author}, "text": words, "at": 7}})
}

/// The promises that a history breaks.
fn broken(history: Vec<Line>) -> Vec<u8> {
    let note = |(n, (who, what)): (usize, Line)| Record { at: n as u64, who: who.to_owned(), what };
    let records: Vec<Record> = history.into_iter().enumerate().map(note).collect();
    // What is judged may have been written down and read again.
    let lines: Vec<String> = records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
    let again: Vec<Record> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut found: Vec<u8> = check(&again).into_iter().map(|violation| violation.promise).collect();
    found.dedup();
    found
}

fn changed(change: impl Fn(&mut &'static str, &mut What)) -> Vec<u8> {
    let mut history = clean();
    history.iter_mut().for_each(|(who, what)| change(who, what));
    broken(history)
}

/// With the truth's messages changed, and what everybody heard accordingly if it can be.
fn with_truth(change: impl Fn(&mut Vec<Value>)) -> Vec<u8> {
    changed(|_, what| {
        if let What::Truth { messages, .. } = what {
            change(messages);
        }
    })
}

fn heard_by(whom: &'static str, change: impl Fn(&mut Vec<Line>)) -> Vec<u8> {
    let (mut theirs, mut rest): (Vec<Line>, Vec<Line>) =
        clean().into_iter().partition(|(who, what)| *who == whom && matches!(what, What::Heard { .. }));
    change(&mut theirs);
    // Before the end, and after everything they did themselves.
    let place = rest.iter().position(|(_, what)| matches!(what, What::Truth { .. })).unwrap();
    rest.splice(place..place, theirs);
    broken(rest)
}

#[test]
fn a_clean_history_breaks_nothing() {
    assert_eq!(broken(clean()), [] as [u8; 0]);
}

#[test]
fn a_lost_doubled_or_bent_message_breaks_the_first_promise() {
    assert!(with_truth(|messages| messages[3]["client_id"] = json!("id7")).contains(&1), "lost");
    assert!(with_truth(|messages| messages[0]["text"] = json!("Hello")).contains(&1), "bent");
    assert!(with_truth(|messages| messages[0]["attachments"] = json!([{"id": "att_1"}])).contains(&1), "another file");
    let invented = |messages: &mut Vec<Value>| messages[4]["client_id"] = json!("id8");
    assert!(with_truth(invented).contains(&1), "nobody said it");
    let doubled = changed(|_, what| {
        if let What::Truth { messages, conversation } = what {
            messages.push(messages[0].clone());
            (messages[5]["seq"], messages[5]["order"]) = (json!(6), json!(7));
            conversation["last_seq"] = json!(6);
        }
    });
    assert!(doubled.contains(&1) && doubled.contains(&2), "{doubled:?}");
}

#[test]
fn a_repetition_with_another_receipt_or_other_words_breaks_the_second() {
    let other = changed(|_, what| {
        if let What::Ok { op: 2, answer } = what {
            *answer = receipt("id1", 2, 5);
        }
    });
    assert!(other.contains(&2), "{other:?}");
    let taken = changed(|_, what| {
        if let What::Fail { op: op @ 3, .. } = what {
            *what = What::Ok { op: *op, answer: receipt("id1", 1, 2) };
        }
    });
    assert!(taken.contains(&2), "{taken:?}");
}

#[test]
fn a_hole_a_swap_or_a_repetition_on_a_line_breaks_the_third() {
    for whom in ["v", "a", "b"] {
        for change in [
            |heard: &mut Vec<Line>| drop(heard.remove(1)),
            |heard: &mut Vec<Line>| heard.swap(1, 2),
            |heard: &mut Vec<Line>| heard.insert(1, heard[1].clone()),
            |heard: &mut Vec<Line>| drop(heard.pop()),
        ] {
            assert_eq!(heard_by(whom, change).first(), Some(&3), "{whom}");
        }
    }
    assert!(with_truth(|messages| messages[2]["seq"] = json!(9)).contains(&3), "a gap in the store");
    assert!(with_truth(|messages| messages[2]["order"] = json!(2)).contains(&3), "`order` goes back");
    let away = changed(|who, what| {
        if *who == "b" && matches!(what, What::Stopped) {
            *what = What::Unknown { op: 7 };
        }
    });
    assert!(away.contains(&3), "somebody never came back");
}

/// The visitor's line broke after their acknowledged word and before they heard it; here is the next one.
fn back(position: i64, welcome: i64, replay: bool) -> Vec<u8> {
    let (line, cursor) = (9, |position: i64| format!("e-{position}"));
    let mut history = clean();
    let mut heard: Vec<Line> = Vec::new();
    history.retain(|(who, what)| match (*who, what) {
        ("v", What::Heard { frame, .. }) => {
            heard.push(("v", What::Heard { line, frame: frame.clone() }));
            false
        }
        _ => true,
    });
    let mut new: Vec<Line> = vec![
        ("v", What::Opened { line, way: Way::Socket, cursor: Some(cursor(1)) }),
        ("v", What::Welcome { line, reset: false, cursor: cursor(welcome) }),
    ];
    let live = ("v", What::Live { line, cursor: cursor(position) });
    if replay {
        new.extend(heard);
        new.push(live);
    } else {
        new.push(live);
        new.extend(heard);
    }
    let place = history.iter().position(|(_, what)| matches!(what, What::Truth { .. })).unwrap();
    history.splice(place..place, new);
    broken(history)
}

#[test]
fn who_comes_back_without_their_own_words_breaks_the_fourth() {
    assert_eq!(back(6, 1, true), [] as [u8; 0]);
    assert!(back(6, 1, false).contains(&4), "live before their own word was told");
    assert!(back(1, 1, true).contains(&4), "live at a place before it");
    assert!(back(6, 0, true).contains(&4), "welcomed before the cursor they brought");
    assert!(back(6, 7, true).contains(&4), "told again what lies before the welcome");
    let forgetful = |messages: Vec<Value>| {
        let mut history = clean();
        let place = history.iter().position(|(_, what)| matches!(what, What::Truth { .. })).unwrap();
        history.insert(place, ("a", What::Loaded { since: 1_000, conversation: "cnv_1".into(), messages }));
        broken(history)
    };
    assert_eq!(forgetful(whole()), [] as [u8; 0]);
    assert!(forgetful(whole()[..3].to_vec()).contains(&4), "a load without an own word");
}

#[test]
fn two_winners_of_one_turn_break_the_fifth() {
    let both = changed(|_, what| {
        if let What::Fail { op: op @ 5, .. } = what {
            *what = What::Ok { op: *op, answer: json!({"id": "cnv_1", "assignee": "usr_2", "position": 4}) };
        }
    });
    assert_eq!(both, [5], "the second wins too");
    let epoch = changed(|_, what| match what {
        What::Ok { op: 4, answer } => answer["owner_epoch"] = json!(1),
        What::Inbox { conversation } => {
            (conversation["owner_epoch"], conversation["assignee"]) = (json!(1), json!("usr_2"))
        }
        _ => {}
    });
    assert!(epoch.contains(&5), "two owners of one epoch");
    let other = changed(|_, what| {
        if let What::Truth { conversation, .. } = what {
            conversation["assignee"] = json!("usr_2");
        }
    });
    assert!(other.contains(&5), "the end is not what the history says");
}

#[test]
fn what_was_refused_and_is_there_breaks_the_sixth() {
    let there = changed(|_, what| {
        if let What::Ok { op: op @ 6, .. } = what {
            *what = What::Fail { op: *op, code: "rate.limited".into() };
        }
    });
    assert!(there.contains(&6), "{there:?}: a refused message");
    let mut history = clean();
    let place = history.iter().position(|(_, what)| matches!(what, What::Unknown { op: 7 })).unwrap();
    history[place].1 = What::Fail { op: 7, code: "server.busy".into() };
    let again = |history: &[Line]| history.iter().position(|(_, what)| matches!(what, What::Truth { .. })).unwrap();
    let Some((_, What::Invoke { act, .. })) =
        history.iter().find(|(_, w)| matches!(w, What::Invoke { op: 7, .. })).cloned()
    else {
        panic!("it is there")
    };
    let retry =
        |op| [("v", What::Invoke { op, act: act.clone() }), ("v", What::Ok { op, answer: receipt("id3", 3, 6) })];
    let (mut early, mut late) = (history.clone(), history);
    early.splice(place + 1..place + 1, retry(20));
    assert_eq!(broken(early), [] as [u8; 0], "refused, asked again, taken");
    let end = again(&late);
    late.splice(end..end, retry(20));
    assert_eq!(broken(late), [6], "heard before it was asked for again");
    let taken = changed(|_, what| match what {
        What::Ok { op: op @ 4, .. } => *what = What::Fail { op: *op, code: "conversation.assignee_changed".into() },
        // An answer would take on by itself.
        What::Truth { messages, conversation } => {
            messages[2]["activity"]["subject"] = json!("usr_2");
            conversation["assignee"] = json!("usr_2");
        }
        _ => {}
    });
    assert!(taken.contains(&6), "{taken:?}: a refused assignment");
}

#[test]
fn a_follower_that_misses_something_breaks_the_seventh() {
    assert!(heard_by("f", |heard| drop(heard.pop())).contains(&7), "missed");
    let moved = heard_by("f", |heard| {
        let mut again = heard[4].clone();
        if let What::Heard { frame, .. } = &mut again.1 {
            frame["position"] = json!(8);
        }
        heard.push(again);
    });
    assert!(moved.contains(&7), "twice, under two positions");
}

/// With a webhook that was sent these.
fn sent(change: impl Fn(&mut Vec<(String, Value)>)) -> Vec<u8> {
    let delivery = |message: &Value| {
        let frame = told(message.clone());
        (frame["cursor"].as_str().unwrap().to_owned(), frame)
    };
    let mut deliveries: Vec<(String, Value)> = whole().iter().map(delivery).collect();
    // After a crash the last ones come again.
    deliveries.extend_from_within(3..);
    change(&mut deliveries);
    let mut history = clean();
    history.push(("h", What::Subscribed { channels: vec!["chn_1".into()] }));
    history.extend(deliveries.into_iter().map(|(id, frame)| ("h", What::Delivered { id, frame })));
    broken(history)
}

#[test]
fn a_webhook_that_misses_something_or_hears_it_out_of_order_or_under_another_id_breaks_the_seventh() {
    assert_eq!(sent(|_| ()), [] as [u8; 0]);
    assert_eq!(sent(|all| drop(all.remove(1))), [7], "missed");
    assert_eq!(sent(|all| all.swap(1, 2)), [7], "out of order");
    assert_eq!(sent(|all| all[5].0 = "e-77".into()), [7], "again, under another id");
    assert_eq!(sent(|all| all[1].0 = "e-2".into()), [7], "two under one id");
    assert_eq!(sent(|all| all.clear()), [7], "nothing at all");
}

#[test]
fn a_wrong_unread_breaks_the_eighth() {
    let wrong = |delta: i64| {
        changed(move |who, what| {
            if let (&mut "b", What::Inbox { conversation }) = (who, what) {
                conversation["unread"] = json!(conversation["unread"].as_i64().unwrap() + delta);
            }
        })
    };
    assert_eq!((wrong(1), wrong(-1)), (vec![8], vec![8]));
}

#[test]
fn hearing_what_is_others_breaks_the_ninth() {
    let elsewhere = |whom: &'static str, frame: Value| {
        let line = 1 + ["v", "w", "a", "b", "f"].iter().position(|who| *who == whom).unwrap() as u64;
        let mut history = clean();
        let place = history.iter().position(|(_, what)| matches!(what, What::Truth { .. })).unwrap();
        history.insert(place, (whom, What::Heard { line, frame }));
        broken(history)
    };
    assert!(elsewhere("w", own(1, "hello", "customer", 7)).contains(&9), "another visitor's message");
    assert!(elsewhere("v", told(whole()[1].clone())).contains(&9), "a note");
    assert!(elsewhere("v", told(whole()[2].clone())).contains(&9), "an internal activity");
    let state =
        json!({"type": "conversation.updated", "position": 7, "cursor": "e-7", "conversation": {"id": "cnv_2"}});
    assert!(elsewhere("a", state.clone()).contains(&9), "a conversation of another channel");
    assert!(elsewhere("w", state).contains(&9));
    let foreign = changed(|who, what| {
        if let ("b", What::Person { channels, .. }) = (*who, what) {
            *channels = vec!["chn_2".into()];
        }
    });
    assert!(foreign.contains(&9), "an agent of another channel");
}
