//! The lists of the inbox: the SQL behind a [`Filter`].
//!
//! A list is walked in the order it is shown in, by an index of that order, and what does not fit is passed over. Where
//! one condition alone leaves few (a tag, an assignee …), those are looked up instead and put in order. Either way a page
//! costs little, whatever is asked of however many conversations.

use super::filter::{Filter, Holder, Sort, State};
use super::model::{Conversation, Priority, Status};
use super::store::{CONVERSATION, conversation};
use crate::db::{Snapshot, Value};
use crate::hub::Visibility;
use crate::kernel::{ConversationId, Error, Millis, Result, UserId};
use crate::params;

/// So many are looked up and sorted; more are walked past. A page of 50 then passes over about as many of 100,000.
const NARROW_MAX: i64 = 1_500;

/// A filter with whoever asks, and when.
pub struct Wanted<'a> {
    pub filter: &'a Filter,
    pub me: UserId,
    pub visibility: &'a Visibility,
    pub now: Millis,
}

/// Where a page ended: in which part of the order, and the key there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    segment: usize,
    key: i64,
    id: ConversationId,
}

impl Place {
    pub fn text(self) -> String {
        format!("{}.{}.{}", self.segment, self.key, self.id.0)
    }

    pub fn parse(text: &str) -> Result<Place> {
        let numbers: Option<Vec<i64>> = text.split('.').map(|part| part.parse().ok()).collect();
        match numbers.as_deref() {
            Some(&[segment @ 0..=9, key, id]) => Ok(Place { segment: segment as usize, key, id: ConversationId(id) }),
            _ => Err(Error::malformed("\"after\" must be the \"next\" of a page before")),
        }
    }
}

/// A part of an order: what comes first by one key, then what comes after it by another.
struct Segment {
    index: &'static str,
    condition: String,
    key: &'static str,
    descending: bool,
    key_of: fn(&Conversation) -> i64,
}

impl Segment {
    fn by_activity(condition: &str, descending: bool) -> Segment {
        let (condition, key_of) = (condition.to_owned(), |c: &Conversation| c.updated_at.0);
        Segment { index: "conversations_activity", condition, key: "updated_at", descending, key_of }
    }
}

fn segments(sort: Sort) -> Vec<Segment> {
    match sort {
        Sort::Newest => vec![Segment::by_activity("", true)],
        Sort::Oldest => vec![Segment::by_activity("", false)],
        Sort::Waiting => vec![
            Segment {
                index: "conversations_waiting",
                condition: " AND waiting_since_at IS NOT NULL".to_owned(),
                key: "waiting_since_at",
                descending: false,
                key_of: |c| c.waiting_since_at.unwrap_or(Millis(0)).0,
            },
            Segment::by_activity(" AND waiting_since_at IS NULL", true),
        ],
        Sort::Priority => {
            let ranked = Priority::ALL.into_iter().rev().filter(|priority| priority.rank() > 0);
            let segment = |priority: Priority| Segment {
                index: "conversations_priority",
                condition: format!(" AND priority > 0 AND priority = {}", priority.rank()),
                key: "priority",
                descending: false,
                key_of: |c| c.priority.rank(),
            };
            ranked.map(segment).chain([Segment::by_activity(" AND priority = 0", true)]).collect()
        }
    }
}

/// Up to `limit` conversations strictly after `after`, each with its place.
pub fn list(
    snapshot: &Snapshot<'_>,
    wanted: &Wanted<'_>,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<(Conversation, Place)>> {
    let narrow = narrowest(snapshot, wanted)?;
    let mut found = Vec::new();
    let start = after.map_or(0, |place| place.segment);
    for (number, segment) in segments(wanted.filter.sort).iter().enumerate().skip(start) {
        let from = after.filter(|place| place.segment == number);
        let rows = list_segment(snapshot, wanted, segment, from, narrow.as_ref(), limit - found.len())?;
        found.extend(rows.into_iter().map(|c| {
            let place = Place { segment: number, key: (segment.key_of)(&c), id: c.id };
            (c, place)
        }));
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

fn list_segment(
    snapshot: &Snapshot<'_>,
    wanted: &Wanted<'_>,
    segment: &Segment,
    from: Option<Place>,
    narrow: Option<&Narrow>,
    limit: usize,
) -> Result<Vec<Conversation>> {
    let Segment { condition, key, descending, .. } = segment;
    let (order, than, first) = if *descending { ("DESC", "<", i64::MAX) } else { ("ASC", ">", i64::MIN) };
    let sql = format!(
        "SELECT {CONVERSATION} FROM {}{condition}{} AND ({key}, id) {than} (?1, ?2)
         ORDER BY {key} {order}, id {order} LIMIT ?3",
        source(wanted.filter, segment.index, narrow),
        conditions(wanted),
    );
    let (key, id) = from.map_or((first, first), |place| (place.key, place.id.0));
    let limit = limit as i64;
    let mut values: Vec<Value<'_>> = params![key, id, limit].to_vec();
    values.extend(attribute_values(wanted.filter));
    snapshot.list(&sql, &values, conversation)
}

/// How many, up to `max`: a badge says "999+", and counting on would cost more with every year of history.
pub fn count(snapshot: &Snapshot<'_>, wanted: &Wanted<'_>, max: i64) -> Result<i64> {
    let narrow = narrowest(snapshot, wanted)?;
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM {}{} LIMIT ?3) AS bounded",
        source(wanted.filter, "conversations_activity", narrow.as_ref()),
        conditions(wanted),
    );
    let mut values: Vec<Value<'_>> = params![0_i64, 0_i64, max].to_vec();
    values.extend(attribute_values(wanted.filter));
    snapshot.get(&sql, &values, |row| row.get(0))
}

/// Open conversations, of nobody or of this person, with a customer's message they have not read.
pub fn count_with_unread(snapshot: &Snapshot<'_>, me: UserId, visibility: &Visibility, max: i64) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) FROM (
           SELECT 1 FROM conversations WHERE status = 'open' AND snoozed = 0{}
             AND (assignee_id IS NULL OR assignee_id = ?1) AND waiting_since_at IS NOT NULL
             AND last_seq > COALESCE((SELECT seq FROM conversation_reads
                                      WHERE user_id = ?1 AND conversation_id = conversations.id), 0)
           LIMIT ?2) AS bounded",
        visible(visibility)
    );
    snapshot.get(&sql, params![me, max], |row| row.get(0))
}

/// A condition that leaves few, as a query for their ids, with how many it leaves.
struct Narrow {
    ids: String,
    count: i64,
}

fn narrowest(snapshot: &Snapshot<'_>, wanted: &Wanted<'_>) -> Result<Option<Narrow>> {
    let Filter { state, assignee, tags, priorities, waiting_s, attribute, sort, .. } = wanted.filter;
    let (status, snoozed) = stored(*state);
    let own = |index: &str, condition: String| {
        format!("SELECT id FROM conversations INDEXED BY {index} WHERE status = '{status}' AND {condition}")
    };
    let mut candidates: Vec<String> = tags
        .iter()
        .map(|tag| format!("SELECT conversation_id FROM conversation_tags WHERE tag_id = {}", tag.0))
        .collect();
    // By activity their own index has them in order already.
    if let Some(holder) = assignee
        && !matches!(sort, Sort::Newest | Sort::Oldest)
    {
        let condition = format!("snoozed = {snoozed} AND {}", held_by(*holder, wanted.me));
        candidates.push(own("conversations_owner", condition));
    }
    if !priorities.is_empty() && !priorities.contains(&Priority::None) {
        let condition = format!("snoozed = {snoozed} AND priority > 0 AND {}", of_priority(priorities));
        candidates.push(own("conversations_priority", condition));
    }
    if let Some(seconds) = waiting_s {
        let condition = format!("snoozed = {snoozed} AND {}", waiting_before(wanted.now, *seconds));
        candidates.push(own("conversations_waiting", condition));
    }
    if attribute.is_some() {
        candidates.push(
            "SELECT theirs.id FROM customer_attributes AS said
               CROSS JOIN conversations AS theirs INDEXED BY conversations_customer ON theirs.customer_id = said.customer_id
               WHERE said.name = ?4 AND said.value = ?5"
                .to_owned(),
        );
    }
    let mut best: Option<Narrow> = None;
    for ids in candidates {
        let most = best.as_ref().map_or(NARROW_MAX + 1, |best| best.count);
        let sql = format!("SELECT COUNT(*) FROM (SELECT 1 FROM ({ids}) AS ids LIMIT ?3) AS bounded");
        let mut values: Vec<Value<'_>> = params![0_i64, 0_i64, most].to_vec();
        values.extend(attribute_values(wanted.filter).filter(|_| ids.contains("?4")));
        let count = snapshot.get(&sql, &values, |row| row.get(0))?;
        if count < most {
            best = Some(Narrow { ids, count });
        }
    }
    Ok(best)
}

/// The table and the first conditions, so that the wanted way in is the only one.
fn source(filter: &Filter, index: &str, narrow: Option<&Narrow>) -> String {
    let (status, snoozed) = stored(filter.state);
    let of_one = index == "conversations_activity" && filter.assignee.is_some();
    let index = if of_one { "conversations_owner" } else { index };
    match narrow {
        // A plus keeps a column from choosing an index.
        Some(Narrow { ids, .. }) => {
            format!("conversations WHERE id IN ({ids}) AND +status = '{status}' AND +snoozed = {snoozed}")
        }
        None => {
            format!("conversations INDEXED BY {index} WHERE status = '{status}' AND snoozed = {snoozed}")
        }
    }
}

fn stored(state: State) -> (&'static str, i64) {
    match state {
        State::Open => (Status::Open.as_str(), 0),
        State::Snoozed => (Status::Open.as_str(), 1),
        State::Resolved => (Status::Resolved.as_str(), 0),
    }
}

/// Ids are our own integers, so they may stand in the text.
fn conditions(wanted: &Wanted<'_>) -> String {
    let Filter { assignee, channel, tags, priorities, waiting_s, attribute, .. } = wanted.filter;
    let mut sql = visible(wanted.visibility);
    if let Some(holder) = assignee {
        sql += &format!(" AND {}", held_by(*holder, wanted.me));
    }
    if let Some(channel) = channel {
        sql += &format!(" AND channel_id = {}", channel.0);
    }
    for tag in tags {
        sql += &format!(
            " AND (SELECT 1 FROM conversation_tags WHERE conversation_id = conversations.id AND tag_id = {}) IS NOT NULL",
            tag.0
        );
    }
    if !priorities.is_empty() {
        sql += &format!(" AND {}", of_priority(priorities));
    }
    if let Some(seconds) = waiting_s {
        sql += &format!(" AND {}", waiting_before(wanted.now, *seconds));
    }
    if attribute.is_some() {
        sql += " AND (SELECT 1 FROM customer_attributes AS said WHERE said.name = ?4 AND said.value = ?5
                       AND said.customer_id = conversations.customer_id) IS NOT NULL";
    }
    sql
}

fn visible(visibility: &Visibility) -> String {
    let Visibility::Channels(channels) = visibility else { return String::new() };
    let mut ids: Vec<i64> = channels.iter().map(|channel| channel.0).collect();
    ids.sort_unstable();
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    format!(" AND channel_id IN ({})", ids.join(", "))
}

fn held_by(holder: Holder, me: UserId) -> String {
    match holder {
        Holder::Nobody => "assignee_id IS NULL".to_owned(),
        Holder::Me => format!("assignee_id = {}", me.0),
        Holder::User(user) => format!("assignee_id = {}", user.0),
    }
}

fn of_priority(priorities: &[Priority]) -> String {
    let ranks: Vec<String> = priorities.iter().map(|priority| priority.rank().to_string()).collect();
    format!("priority IN ({})", ranks.join(", "))
}

fn waiting_before(now: Millis, seconds: i64) -> String {
    format!("waiting_since_at IS NOT NULL AND waiting_since_at <= {}", now.0 - seconds * 1_000)
}

fn attribute_values(filter: &Filter) -> impl Iterator<Item = Value<'_>> {
    filter.attribute.iter().flat_map(|(name, said)| [Value::Text(name), Value::Text(said)])
}

#[cfg(test)]
mod tests {
    use super::super::snooze_store;
    use super::*;
    use crate::db::{Db, Options};
    use crate::kernel::Stopwatch;
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
        let db =
            Db::open(&Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) }).unwrap();
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
        "waiting_s=15000",
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

    fn page(
        snapshot: &Snapshot<'_>,
        filter: &Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Vec<(ConversationId, Place)> {
        let rows = super::list(snapshot, &wanted(filter, &Visibility::Everything), after, limit).unwrap();
        rows.into_iter().map(|(c, place)| (c.id, place)).collect()
    }

    #[test]
    fn page_by_page_is_the_whole_list_and_the_count_is_its_length() {
        let (_folder, db) = filled(2_000);
        for query in QUERIES {
            let filter = Filter::parse(query).unwrap();
            let look = move |snapshot: &Snapshot<'_>| {
                let whole: Vec<ConversationId> =
                    page(snapshot, &filter, None, 10_000).iter().map(|(id, _)| *id).collect();
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
                let count = super::count(snapshot, &wanted(&filter, &Visibility::Everything), 10_000).unwrap();
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
                super::list(snapshot, &wanted(&filter, &Visibility::Everything), None, 2_000)
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
                    let counted = super::count(snapshot, &wanted(&filter, &Visibility::Everything), 1_000).unwrap();
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
}
