//! What is found, and what the index survives.

use super::{Indexer, Search, index, queries, store, tokens};
use crate::channels;
use crate::conversations::commands::{PostMessage, post};
use crate::conversations::{Kind, MessageLimits, References};
use crate::customers;
use crate::db::{Db, Options, SideStore};
use crate::jobs::Consumer;
use crate::kernel::{Actor, ConversationId, Ctx, ErrorKind, Millis, Role, UserId};
use crate::vault::PageKey;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tempfile::TempDir;

/// The kinds of lines that people write: with and without spaces, mixed scripts, numbers, addresses, repeated characters.
const LINES: &[&str] = &[
    "很快，好吃，味道足，量大",
    "没有送水没有送水没有送水",
    "非常快，态度好。",
    "我的订单AB-12345什么时候到？",
    "退款退款！！快点退 款",
    "请问iPhone 15可以退貨吗",
    "很快。快递小哥不错",
    "哈哈哈哈哈哈",
    "I am still waiting on my card?",
    "Can I track my card while it is in the process of delivery?",
    "写信到 lin.wang@example.com 或者打 ０２１－５５５５",
    "カタカナとひらがなの混ざった文です",
    "환불해 주세요",
    "𠮷野家的牛丼",
    "José paid 12,50 € for the naïve café",
    "一",
    "退",
    "",
    "😀👍",
];

fn key() -> PageKey {
    PageKey::new([7; 32])
}

fn indexed(lines: &[&str]) -> (TempDir, SideStore) {
    let folder = tempfile::tempdir().unwrap();
    let file = SideStore::open(&folder.path().join("search.db"), &key(), store::SCHEMA).unwrap();
    file.write(|tx| {
        store::begin(tx, "epoch")?;
        (1..).zip(lines).try_for_each(|(position, line)| store::insert(tx, position, &tokens::for_index(line)))
    })
    .unwrap();
    (folder, file)
}

/// Numbers of the lines that are found, first line = 1, newest first.
fn found(file: &SideStore, query: &str) -> Vec<i64> {
    let Some(wanted) = tokens::for_query(query) else { return Vec::new() };
    file.read(|snapshot| store::list_matching(snapshot, &wanted, i64::MAX, 100)).unwrap()
}

fn containing(lines: &[&str], needle: &str) -> Vec<i64> {
    let mut numbers: Vec<i64> = (1..).zip(lines).filter(|(_, line)| line.contains(needle)).map(|(n, _)| n).collect();
    numbers.reverse();
    numbers
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{2ffff}')
}

/// Every part of every line that is `length` Chinese characters in a row.
fn parts(lines: &[&str], length: usize) -> BTreeSet<String> {
    let runs = lines.iter().flat_map(|line| line.split(|c| !is_chinese(c)));
    let chars: Vec<Vec<char>> = runs.map(|run| run.chars().collect()).collect();
    chars.iter().flat_map(|run| run.windows(length)).map(|window| window.iter().collect()).collect()
}

#[test]
fn every_chinese_part_finds_exactly_the_lines_that_contain_it() {
    let (_folder, file) = indexed(LINES);
    for length in 1..=6 {
        let parts = parts(LINES, length);
        assert!(parts.len() > 3, "length {length}");
        for part in parts {
            assert_eq!(found(&file, &part), containing(LINES, &part), "{part}");
        }
    }
}

#[test]
fn what_no_line_contains_in_a_row_is_not_found() {
    let (_folder, file) = indexed(LINES);
    let chars: Vec<String> = parts(LINES, 1).into_iter().collect();
    let pairs: Vec<String> = parts(LINES, 2).into_iter().collect();
    let mut absent = 0;
    // Every pair lengthened by every character: most of these stand nowhere, but all of their pairs may.
    for pair in &pairs {
        for char in &chars {
            let needle = format!("{pair}{char}");
            let expected = containing(LINES, &needle);
            absent += usize::from(expected.is_empty());
            assert_eq!(found(&file, &needle), expected, "{needle}");
        }
    }
    assert!(absent > 2_000, "{absent}");
    assert_eq!(found(&file, "很快递"), Vec::<i64>::new(), "the run ends at the full stop");
    assert_eq!(found(&file, "款退"), vec![5]);
}

#[test]
fn words_numbers_and_addresses_are_found_as_people_type_them() {
    let (_folder, file) = indexed(LINES);
    for (query, expected) in [
        ("ab-12345", vec![4]),
        ("AB12", vec![]),
        ("12345", vec![4]),
        ("123", vec![4]),
        ("订单 12345", vec![4]),
        ("lin.wang@example.com", vec![11]),
        ("wang@ex", vec![11]),
        ("021-5555", vec![11]),
        ("card", vec![10, 9]),
        ("CARD still", vec![9]),
        ("my car", vec![10, 9]),
        ("jose", vec![15]),
        ("NAÏVE CAFE", vec![15]),
        ("iphone 退", vec![6]),
        ("退貨", vec![6]),
        ("退货", vec![]),
        ("ｶﾀｶﾅ", vec![12]),
        ("환불", vec![13]),
        ("牛丼", vec![14]),
        ("nothing like it", vec![]),
        ("\" OR *", vec![]),
    ] {
        assert_eq!(found(&file, query), expected, "{query}");
    }
}

#[test]
fn parts_are_asked_newest_first_and_a_page_may_span_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = SideStore::open(&folder.path().join("search.db"), &key(), store::SCHEMA).unwrap();
    let positions: Vec<i64> = (0..40).map(|n| n * 50_000 + 1).collect();
    file.write(|tx| {
        store::begin(tx, "epoch")?;
        positions.iter().try_for_each(|at| {
            let rare = if at % 700_000 == 1 { "rare" } else { "" };
            store::insert(tx, *at, &tokens::for_index(&format!("退款 common {rare}")))
        })
    })
    .unwrap();
    for words in ["退款", "comm", "退款 comm"] {
        let newest_first: Vec<i64> = positions.iter().rev().copied().collect();
        assert_eq!(found(&file, words), newest_first, "{words}");
        let wanted = tokens::for_query(words).unwrap();
        let page = file.read(|s| store::list_matching(s, &wanted, positions[30], 7)).unwrap();
        assert_eq!(page, newest_first[10..17], "{words}");
    }
    assert_eq!(found(&file, "rare comm"), [1_400_001, 700_001, 1]);
    assert_eq!(found(&file, "rare nothing"), Vec::<i64>::new());
}

#[test]
fn a_part_that_begins_seldom_changes_the_schema_that_readers_know() {
    let folder = tempfile::tempdir().unwrap();
    let file = SideStore::open(&folder.path().join("search.db"), &key(), store::SCHEMA).unwrap();
    file.write(|tx| store::begin(tx, "epoch")).unwrap();
    let (bits, mut versions) = (17, BTreeSet::new());
    for part in 0..40_i64 {
        file.write(|tx| store::insert(tx, (part << bits) + 1, &tokens::for_index("退款"))).unwrap();
        versions.insert(file.read(|s| s.get("PRAGMA schema_version", &[], |row| row.get::<i64>(0))).unwrap());
    }
    assert_eq!(versions.len(), 3, "tables of sixteen parts are made at a time");
    assert_eq!(found(&file, "退款").len(), 40);
    let asked = |part| file.read(move |s| store::has_part(s, part)).unwrap();
    assert!(asked(39) && !asked(40), "tables without words are not asked");
}

/// A store with a visitor who writes and an owner who searches.
struct World {
    folder: TempDir,
    db: Db,
    visitor: Ctx,
    owner: Ctx,
    said: u128,
}

impl World {
    fn new(epoch: &str) -> World {
        let device =
            customers::Device { browser: "".into(), os: "".into(), kind: "desktop".into(), language: "zh".into() };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("parlor.db");
        let options = Options { path: &path, key: &key(), readers: 1, new_epoch: epoch.into(), now: Millis(1) };
        let db = Db::open(&options).unwrap();
        let owner = Ctx::new(Actor::User { id: UserId(1), role: Role::Owner }, Millis(1));
        let visitor = db
            .write_blocking(move |tx| {
                let new = channels::commands::CreateChannel { name: "Shop".into(), key: "wc_1".into() };
                let channel = channels::commands::create(tx, &owner, &new)?.id;
                let customer = customers::commands::create(tx, &owner, channel, "zh-CN", &device)?;
                Ok(Ctx::new(Actor::Visitor { customer, channel }, Millis(2)))
            })
            .unwrap();
        World { folder, db, visitor, owner, said: 0 }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("search.db")
    }

    fn post(&mut self, ctx: Ctx, conversation: Option<ConversationId>, kind: Kind, text: &str) -> ConversationId {
        self.said += 1;
        let (client_id, text, limits) = (self.said.to_be_bytes(), text.to_owned(), MessageLimits::default());
        let receipt = self.db.write_blocking(move |tx| {
            let (attachments, refers) = (Vec::new(), References::default());
            post(
                tx,
                &ctx,
                &PostMessage { conversation, kind, client_id, text: text.clone(), attachments, refers, limits },
            )
        });
        receipt.unwrap().key.conversation()
    }

    fn visitor_says(&mut self, text: &str) -> ConversationId {
        self.post(self.visitor, None, Kind::Text, text)
    }

    fn search(&self, search: &Search, text: &str) -> Vec<String> {
        self.page(search, text, None, 50).0
    }

    fn page(&self, search: &Search, text: &str, after: Option<&str>, limit: usize) -> (Vec<String>, Option<String>) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let page = runtime.block_on(queries::query(&self.db, search, self.owner, text, after, limit)).unwrap();
        (page.items.into_iter().map(|(_, message)| message.text).collect(), page.next)
    }

    /// Does what the consumer's thread does until nothing is left.
    fn catch_up(&self, indexer: &mut Indexer) {
        loop {
            let cursor = indexer.cursor(&self.db).unwrap();
            let events = self.db.read_blocking(move |snapshot| snapshot.events_after(cursor, 3)).unwrap();
            if events.is_empty() {
                return;
            }
            indexer.consume(&self.db, &events).unwrap();
        }
    }
}

#[test]
fn texts_and_notes_are_found_newest_first_page_by_page() {
    let mut world = World::new("one");
    let conversation = world.visitor_says("退款 1");
    world.post(world.owner, Some(conversation), Kind::Note, "note: 退款 2");
    for n in 3..=7 {
        world.visitor_says(&format!("退款 {n}"));
    }
    world.visitor_says("something else");
    let (search, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    assert_eq!(world.search(&search, "退款").len(), 7);
    let (first, next) = world.page(&search, "退款", None, 3);
    assert_eq!(first, ["退款 7", "退款 6", "退款 5"]);
    let (second, next) = world.page(&search, "退款", next.as_deref(), 3);
    assert_eq!(second, ["退款 4", "退款 3", "note: 退款 2"]);
    let (third, next) = world.page(&search, "退款", next.as_deref(), 3);
    assert_eq!((third, next), (vec!["退款 1".to_owned()], None));
    assert!(world.search(&search, "!!").is_empty());
}

#[test]
fn what_one_may_not_see_is_not_found() {
    let mut world = World::new("one");
    for n in 0..120 {
        world.visitor_says(&format!("退款 {n}"));
    }
    let (search, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    assert_eq!(world.search(&search, "退款").len(), 50);
    // An agent who is no member of the channel, and the visitor, whose door this is not.
    let lock = |tx: &mut crate::db::Tx<'_>| {
        let change = channels::commands::UpdateChannel { everyone: Some(false), ..Default::default() };
        let owner = Ctx::new(Actor::User { id: UserId(1), role: Role::Owner }, Millis(3));
        channels::commands::update(tx, &owner, crate::kernel::ChannelId(1), &change).map(drop)
    };
    world.db.write_blocking(lock).unwrap();
    world.owner = Ctx::new(Actor::User { id: UserId(2), role: Role::Agent }, Millis(3));
    assert_eq!(world.page(&search, "退款", None, 10), (vec![], None));
    world.owner = world.visitor;
    assert_eq!(world.page(&search, "退款", None, 10), (vec![], None));
}

#[test]
fn it_goes_on_where_it_stopped_and_indexes_nothing_twice() {
    let mut world = World::new("one");
    world.visitor_says("第一句");
    let (_, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    drop(indexer);
    world.visitor_says("第二句");
    let (search, mut indexer) = index::open(world.path(), key);
    let cursor = indexer.cursor(&world.db).unwrap();
    assert!(cursor > 0);
    world.catch_up(&mut indexer);
    assert_eq!(world.search(&search, "句"), ["第二句", "第一句"]);
}

#[test]
fn it_is_made_again_if_missing_damaged_of_another_store_or_under_another_key() {
    let mut world = World::new("one");
    world.visitor_says("第一句");
    let check = |world: &World| {
        let (search, mut indexer) = index::open(world.path(), key);
        world.catch_up(&mut indexer);
        assert_eq!(world.search(&search, "第一"), ["第一句"]);
    };
    check(&world);

    std::fs::remove_file(world.path()).unwrap();
    for beside in ["search.db-wal", "search.db-shm"] {
        let _ = std::fs::remove_file(world.folder.path().join(beside));
    }
    check(&world);

    let mut bytes = std::fs::read(world.path()).unwrap();
    bytes[100] ^= 1;
    std::fs::write(world.path(), bytes).unwrap();
    check(&world);

    std::fs::write(world.path(), b"").unwrap();
    check(&world);

    let (_, mut foreign) = index::open(world.path(), || PageKey::new([8; 32]));
    world.catch_up(&mut foreign);
    drop(foreign);
    check(&world);

    let mut other = World::new("two");
    other.visitor_says("另一句");
    let (search, mut indexer) = index::open(world.path(), key);
    other.catch_up(&mut indexer);
    assert_eq!(other.search(&search, "另一"), ["另一句"], "and not what stood there in the other");
    drop((search, indexer));
    check(&world);
}

/// Lets the readers' threads end and copies the log into the file, then spoils every page from the `first` on.
#[test]
fn a_query_that_fails_without_damage_does_not_cost_the_index() {
    let mut world = World::new("one");
    world.visitor_says("退款");
    let (search, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    let before = indexer.cursor(&world.db).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let broken = tokens::Query { expression: "\"".into(), whole_words: None };
    let failed = runtime.block_on(search.matching(broken, i64::MAX, 10)).unwrap_err();
    assert!(failed.kind == ErrorKind::Internal && !failed.is_damage, "{failed}");
    assert!(before > 0 && indexer.cursor(&world.db).unwrap() == before);
}

/// Of so many pages the first ones stay whole.
fn damage(path: &std::path::Path, whole: impl Fn(usize) -> usize) {
    let log = path.with_extension("db-wal");
    while log.exists() {
        drop(SideStore::open(path, &key(), store::SCHEMA).unwrap());
    }
    let mut bytes = std::fs::read(path).unwrap();
    assert!(bytes.len() > 20 * 4_096);
    let whole = whole(bytes.len() / 4_096);
    bytes.chunks_mut(4_096).skip(whole).for_each(|page| page[2_000] ^= 1);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_page_that_only_a_query_meets_is_noticed_and_the_index_made_again() {
    let mut world = World::new("one");
    for n in 0..400 {
        world.visitor_says(&format!("第{n}句 {}", "退款要求".repeat(n % 40)));
    }
    let (_, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    drop(indexer);
    damage(&world.path(), |pages| pages - 8);

    let (search, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let failed = runtime.block_on(queries::query(&world.db, &search, world.owner, "退款", None, 50));
    assert!(failed.unwrap_err().is_damage);
    world.catch_up(&mut indexer);
    assert_eq!(world.search(&search, "退款").len(), 50);

    drop((search, indexer));
    damage(&world.path(), |_| 1);
    let (search, mut indexer) = index::open(world.path(), key);
    world.catch_up(&mut indexer);
    assert_eq!(world.search(&search, "退款").len(), 50);
}
