//! Lists at the size of years: what they hold, how they are found, how long a page takes.

use super::filter::Filter;
use super::listing_store::{self, Place, Wanted};
use super::snooze_store;
use crate::db::{Db, Options, Snapshot};
use crate::hub::Visibility;
use crate::kernel::{ConversationId, Millis, Stopwatch, UserId};
use crate::params;
use crate::vault::PageKey;
use std::collections::BTreeSet;
use tempfile::TempDir;

const NOW: Millis = Millis(1_000_000_000);
const LIN: UserId = UserId(1);

/// Conversations with a spread of everything: of each hundred open ones 3 are Lin's, 20 are nobody's, 50 wait; tag 1 is on
/// every second, tag 2 on every thousandth; 5 in a hundred have a priority.
fn filled(count: i64) -> (TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("parlor.db"), PageKey::new([5; 32]));
    let db = Db::open(&Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) }).unwrap();
    db.write_blocking(move |tx| {
        tx.execute("INSERT INTO channels VALUES (1, 'k', 'web', 'n', 1, 1, '{}', 1, 1)", &[])?;
        for tag in 1..=2_i64 {
            let sql =
                "INSERT INTO tags (id, name, folded, colour, created_at, position) VALUES (?1, ?1, ?1, 'grey', 1, 1)";
            tx.execute(sql, params![tag])?;
        }
        for n in 1..=count {
            tx.execute("INSERT INTO customers VALUES (?1, 1, '', '', '', '', '{}', '', '', '', 1, 1, 1)", params![n])?;
            let assignee = match n % 100 {
                0..3 => Some(LIN.0),
                3..23 => None,
                other => Some(other),
            };
            let waiting = (n % 2 == 0).then_some(NOW.0 - (n * 7_919) % 900_000_000);
            let priority = if n % 20 == 0 { n / 20 % 4 + 1 } else { 0 };
            tx.execute(
                "INSERT INTO conversations (id, channel_id, customer_id, status, assignee_id, created_at, updated_at,
                   waiting_since_at, last_seq, last_public_seq, last_words_seq, customer_delivered, customer_read,
                   agent_delivered, agent_read, position, priority, snoozed, snoozed_by)
                 VALUES (?1, 1, ?1, ?2, ?3, ?4, ?4, ?5, 0, 0, 0, 0, 0, 0, 0, 1, ?6, ?7, ?7)",
                params![
                    n,
                    if n % 10 == 9 { "resolved" } else { "open" },
                    assignee,
                    NOW.0 - (n * 6_007) % 1_000_000_000,
                    waiting,
                    priority,
                    n % 50 == 7
                ],
            )?;
            for (tag, every) in [(1_i64, 2), (2, 1_000)] {
                if n % every == 0 {
                    tx.execute("INSERT INTO conversation_tags VALUES (?1, ?2)", params![n, tag])?;
                }
            }
            if n % 500 == 0 {
                tx.execute("INSERT INTO customer_attributes VALUES ('plan', '金 gold', ?1)", params![n])?;
            }
        }
        tx.analyse()
    })
    .unwrap();
    (folder, db)
}

const QUERIES: &[&str] = &[
    "",
    "sort=oldest",
    "sort=waiting",
    "sort=priority",
    "view=mine",
    "view=unassigned&sort=waiting",
    "view=snoozed",
    "view=resolved",
    "tag=tag_1",
    "tag=tag_2&sort=priority",
    "tag=tag_1,tag_2",
    "priority=urgent&sort=oldest",
    "priority=urgent,high&assignee=nobody",
    "waiting_s=899000",
    "waiting_s=3600&sort=waiting",
    "attribute=plan:%E9%87%91%20gold",
    "attribute=plan:nothing",
    "assignee=usr_50&sort=waiting",
    "channel=chn_1&priority=none&sort=priority",
    "channel=chn_2",
];

fn wanted<'a>(filter: &'a Filter, visibility: &'a Visibility) -> Wanted<'a> {
    Wanted { filter, me: LIN, visibility, now: NOW }
}

fn page(snapshot: &Snapshot<'_>, filter: &Filter, after: Option<Place>, limit: usize) -> Vec<(ConversationId, Place)> {
    let rows = listing_store::list(snapshot, &wanted(filter, &Visibility::Everything), after, limit).unwrap();
    rows.into_iter().map(|(c, place)| (c.id, place)).collect()
}

#[test]
fn page_by_page_is_the_whole_list_and_the_count_is_its_length() {
    let (_folder, db) = filled(2_000);
    for query in QUERIES {
        let filter = Filter::parse(query).unwrap();
        let look = move |snapshot: &Snapshot<'_>| {
            let whole: Vec<ConversationId> = page(snapshot, &filter, None, 10_000).iter().map(|(id, _)| *id).collect();
            let mut pieces: Vec<ConversationId> = Vec::new();
            let mut after = None;
            loop {
                let next = page(snapshot, &filter, after, 7);
                pieces.extend(next.iter().map(|(id, _)| *id));
                match next.last() {
                    Some((_, place)) => after = Some(Place::parse(&place.text()).unwrap()),
                    None => break,
                }
            }
            let count = listing_store::count(snapshot, &wanted(&filter, &Visibility::Everything), 10_000).unwrap();
            Ok((whole, pieces, count))
        };
        let (whole, pieces, count) = db.read_blocking(look).unwrap();
        assert_eq!(pieces, whole, "{query}");
        assert_eq!(count, whole.len() as i64, "{query}");
        assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len(), "{query}: twice");
        let nothing = query.contains("nothing") || query.contains("chn_2");
        assert_eq!(whole.is_empty(), nothing, "{query}");
    }
}

#[test]
fn who_waits_longest_and_what_is_most_urgent_comes_first() {
    let (_folder, db) = filled(1_000);
    let look = |query: &str| {
        let filter = Filter::parse(query).unwrap();
        db.read_blocking(move |snapshot| {
            listing_store::list(snapshot, &wanted(&filter, &Visibility::Everything), None, 2_000)
        })
        .unwrap()
    };
    let waiting: Vec<i64> =
        look("sort=waiting").iter().map(|(c, _)| c.waiting_since_at.map_or(i64::MAX, |at| at.0)).collect();
    assert!(waiting.is_sorted() && waiting.contains(&i64::MAX));
    let ranks: Vec<i64> = look("sort=priority").iter().map(|(c, _)| -c.priority.rank()).collect();
    assert!(ranks.is_sorted() && ranks[0] == -4 && ranks.contains(&0));
    let newest: Vec<i64> = look("").iter().map(|(c, _)| -c.updated_at.0).collect();
    assert!(newest.is_sorted());
}

#[test]
fn what_is_due_is_found_by_its_index() {
    let (_folder, db) = filled(100);
    let plan = db
        .read_blocking(|snapshot| {
            let explain = format!("EXPLAIN QUERY PLAN {}", snooze_store::DUE);
            snapshot.list(&explain, params![1_i64, 1_i64], |row| row.get::<String>(3))
        })
        .unwrap();
    assert!(plan.len() == 1 && plan[0].contains("conversations_due (snoozed_until>?"), "{plan:?}");
}

/// `cargo test --release -- --ignored a_page_of_a_hundred_thousand --nocapture` says how long each takes.
#[test]
#[ignore = "a measurement: it fills a store with 100,000 conversations"]
fn a_page_of_a_hundred_thousand() {
    let (_folder, db) = filled(100_000);
    for query in QUERIES {
        let filter = Filter::parse(query).unwrap();
        let times = db.read_blocking(move |snapshot| {
            let mut times = Vec::new();
            for _ in 0..20 {
                let begun = Stopwatch::start();
                let found = page(snapshot, &filter, None, 51).len();
                let listed = begun.elapsed();
                let begun = Stopwatch::start();
                let counted = listing_store::count(snapshot, &wanted(&filter, &Visibility::Everything), 1_000).unwrap();
                times.push((listed, begun.elapsed(), found, counted));
            }
            times.sort();
            Ok(times)
        });
        let times = times.unwrap();
        let (listed, counted, found, count) = times[times.len() / 2];
        println!("{query:45} {found:3} in {listed:>10.2?}   {count:4} counted in {counted:>10.2?}");
    }
}
