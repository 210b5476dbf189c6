//! What is over goes, from everywhere, and nothing else does.

use super::{Applied, Everything, Policy, apply, commands, queries};
use crate::attachments::Files;
use crate::channels::commands::{CreateChannel, UpdateChannel};
use crate::channels::{self, ChannelSettings, FieldKind, PrechatField, PrechatSettings};
use crate::conversations::commands::{PostMessage, post, reopen, resolve};
use crate::conversations::{Kind, MessageLimits, References, expiry, holds};
use crate::customers;
use crate::db::{Db, Options, Snapshot, cut_log, pages_in_clear};
use crate::jobs::Consumer;
use crate::kernel::{Actor, ChannelId, Clock, ConversationId, Ctx, CustomerId, Error, Millis, Result, Role, UserId};
use crate::prechat::{self, Given};
use crate::recording::{Limits, Recordings};
use crate::search;
use crate::vault::{KeySource, Vault};
use tempfile::TempDir;

const FOR_EVER: Policy =
    Policy { conversations_days: 0, customers_days: 0, events_days: 0, recordings_days: 0, channels: Vec::new() };

fn day(n: i64) -> Millis {
    Millis(Millis::days(n))
}

struct House {
    folder: TempDir,
    vault: Vault,
    db: Db,
    files: Files,
    recordings: Recordings,
    said: u128,
}

impl House {
    fn new() -> House {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::File(folder.path().join("master.key"));
        let (vault, _) = Vault::create(folder.path(), &source, Millis(1)).unwrap();
        let (path, key) = (folder.path().join("parlor.db"), vault.page_key("main"));
        let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: day(1) };
        let db = Db::open(&options).unwrap();
        let files = Files::open(folder.path().join("attachments"), vault.sealer("attachments")).unwrap();
        let (clock, limits) = (Clock::system(), Limits::default());
        let recordings = Recordings::open(folder.path(), &vault, &db, &clock, &files, limits).unwrap();
        House { folder, vault, db, files, recordings, said: 0 }
    }

    fn owner(now: Millis) -> Ctx {
        Ctx::new(Actor::User { id: UserId(1), role: Role::Owner }, now)
    }

    fn channel(&self, key: &str) -> ChannelId {
        let new = CreateChannel { name: "Shop".into(), key: key.into() };
        let made = move |tx: &mut crate::db::Tx<'_>| channels::commands::create(tx, &House::owner(day(1)), &new);
        self.db.write_blocking(made).unwrap().id
    }

    fn visitor(&self, channel: ChannelId, now: Millis) -> Ctx {
        let device =
            customers::Device { browser: "".into(), os: "".into(), kind: "desktop".into(), language: "en".into() };
        let create = move |tx: &mut crate::db::Tx<'_>| {
            customers::commands::create(tx, &House::owner(now), channel, "en", &device)
        };
        let customer = self.db.write_blocking(create).unwrap();
        Ctx::new(Actor::Visitor { customer, channel }, now)
    }

    fn says(&mut self, visitor: Ctx, text: &str) -> ConversationId {
        self.said += 1;
        let (client_id, text, limits) = (self.said.to_be_bytes(), text.to_owned(), MessageLimits::default());
        let say = move |tx: &mut crate::db::Tx<'_>| {
            let (kind, attachments, refers) = (Kind::Text, Vec::new(), References::default());
            let text = text.clone();
            let message = PostMessage { conversation: None, kind, client_id, text, attachments, refers, limits };
            post(tx, &visitor, &message)
        };
        self.db.write_blocking(say).unwrap().key.conversation()
    }

    /// Somebody says this, and it is resolved at once.
    fn resolved(&mut self, channel: ChannelId, text: &str, now: Millis) -> (CustomerId, ConversationId) {
        let visitor = self.visitor(channel, now);
        let conversation = self.says(visitor, text);
        self.db.write_blocking(move |tx| resolve(tx, &House::owner(now), conversation)).unwrap();
        let Actor::Visitor { customer, .. } = visitor.actor else { unreachable!() };
        (customer, conversation)
    }

    fn keeps(&self, policy: Policy) {
        self.db.write_blocking(move |tx| commands::update(tx, &House::owner(day(1)), &policy)).unwrap();
    }

    fn applied(&self, now: Millis) -> Applied {
        let all =
            Everything { db: &self.db, files: &self.files, recordings: &self.recordings, is_here: &|_| false, now };
        apply(&all, &mut |_| Ok(())).unwrap()
    }

    fn exists(&self, id: ConversationId) -> bool {
        let find = move |snapshot: &Snapshot<'_>| crate::conversations::queries::find(snapshot, id);
        self.db.read_blocking(find).unwrap().is_some()
    }

    fn kinds_after(&self, position: i64) -> Vec<String> {
        let events = self.db.read_blocking(move |snapshot| snapshot.events_after(position, 1_000)).unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }
}

#[test]
fn by_default_nothing_goes() {
    let mut house = House::new();
    let channel = house.channel("a");
    let (_, old) = house.resolved(channel, "old", day(2));
    house.resolved(channel, "newest", day(2));
    assert_eq!(house.applied(day(20_000)), Applied::default());
    assert!(house.exists(old));
}

#[test]
fn what_is_over_goes_and_nothing_that_is_young_open_held_or_of_another_channel() {
    let mut house = House::new();
    let (shop, bank) = (house.channel("a"), house.channel("b"));
    let (customer, old) = house.resolved(shop, "old", day(10));
    let (_, held) = house.resolved(shop, "held", day(10));
    house.db.write_blocking(move |tx| holds::hold(tx, &House::owner(day(11)), held, "a lawsuit")).unwrap();
    let (_, young) = house.resolved(shop, "young", day(75));
    let (_, elsewhere) = house.resolved(bank, "elsewhere", day(10));
    let open = house.says(house.visitor(shop, day(10)), "open");
    let (_, reopened) = house.resolved(shop, "reopened", day(10));
    house.db.write_blocking(move |tx| reopen(tx, &House::owner(day(12)), reopened)).unwrap();
    let (_, newest) = house.resolved(shop, "newest", day(10));

    let policy = Policy { conversations_days: 30, customers_days: 60, channels: vec![(bank, 90)], ..FOR_EVER };
    house.keeps(policy.clone());
    let due = house.db.read_blocking(move |s| queries::preview(s, &House::owner(day(80)), &policy)).unwrap();
    let counted: Vec<_> = due.iter().map(|due| (due.channel, due.conversations, due.before)).collect();
    // The newest is counted too: it goes when there is a newer one.
    assert_eq!(counted, [(shop, 2, day(50)), (bank, 0, day(-10))]);

    let position = house.db.read_blocking(|snapshot| snapshot.position()).unwrap();
    let gone = house.applied(day(80));
    assert_eq!((gone.conversations, gone.messages, gone.customers), (1, 3, 1));
    assert!(!house.exists(old));
    for kept in [held, young, elsewhere, open, reopened, newest] {
        assert!(house.exists(kept), "{kept}");
    }
    assert_eq!(house.kinds_after(position), ["conversation.deleted", "conversations.purged", "customer.deleted"]);
    let found = house.db.read_blocking(move |snapshot| customers::find(snapshot, customer)).unwrap();
    assert!(found.is_none());
    // What is released goes, and nothing goes twice.
    house.db.write_blocking(move |tx| holds::release(tx, &House::owner(day(80)), held)).unwrap();
    assert_eq!(house.applied(day(80)), Applied { conversations: 1, messages: 5, customers: 1, ..gone });
    assert_eq!(house.applied(day(80)), Applied::default());
    assert_eq!(house.applied(day(101)).conversations, 1, "the other channel's time is over too");
}

#[test]
fn who_is_here_or_has_written_since_stays() {
    let mut house = House::new();
    let channel = house.channel("a");
    house.keeps(Policy { customers_days: 5, ..FOR_EVER });
    let customer = |ctx: Ctx| match ctx.actor {
        Actor::Visitor { customer, .. } => customer,
        _ => unreachable!(),
    };
    let (here, gone, wrote) =
        (house.visitor(channel, day(2)), house.visitor(channel, day(2)), house.visitor(channel, day(2)));
    house.says(wrote, "hello");
    house.visitor(channel, day(2));
    let is_here = |id| id == customer(here);
    let all = Everything {
        db: &house.db,
        files: &house.files,
        recordings: &house.recordings,
        is_here: &is_here,
        now: day(9),
    };
    assert_eq!(apply(&all, &mut |_| Ok(())).unwrap().customers, 1);
    let find = |id| house.db.read_blocking(move |snapshot| customers::find(snapshot, id)).unwrap();
    assert!(find(customer(gone)).is_none());
    assert!(find(customer(here)).is_some() && find(customer(wrote)).is_some());
}

/// Broken off after any piece, it is finished at the next turn.
#[test]
fn a_deletion_that_is_broken_off_goes_on() {
    for breaks_after in 0..6 {
        let mut house = House::new();
        let channel = house.channel("a");
        let visitor = house.visitor(channel, day(2));
        let long = house.says(visitor, "first");
        for n in 0..600 {
            house.says(visitor, &format!("line {n}"));
        }
        house.db.write_blocking(move |tx| resolve(tx, &House::owner(day(2)), long)).unwrap();
        house.resolved(channel, "newest", day(90));
        house.keeps(Policy { conversations_days: 30, ..FOR_EVER });
        let all = Everything {
            db: &house.db,
            files: &house.files,
            recordings: &house.recordings,
            is_here: &|_| false,
            now: day(91),
        };
        let mut pieces = 0;
        let broken: Result<Applied> = apply(&all, &mut |_| {
            pieces += 1;
            if pieces > breaks_after { Err(Error::unavailable("killed")) } else { Ok(()) }
        });
        let so_far = broken.map_or(0, |applied| applied.messages);
        let then = house.applied(day(91)).messages;
        assert!(!house.exists(long));
        let none_left = house.db.write_blocking(|tx| expiry::delete_remains(tx, &Ctx::system(day(91)), 1)).unwrap();
        assert!(none_left.is_none() && so_far + then <= 603, "{so_far} and then {then}");
    }
}

/// Nobody finds the words any more: not in the store, not in the index, not even with the key in what the files hold.
#[test]
fn words_are_gone_from_every_page_of_both_files() {
    let mut house = House::new();
    let channel = house.channel("a");
    for n in 0..300 {
        house.resolved(channel, &format!("geheimnis{n} zebrafink {}", "x".repeat(n * 7)), day(2));
    }
    let (_, kept) = house.resolved(channel, "remembered words", day(90));
    let index = house.folder.path().join("search.db");
    let (_search, mut indexer) = search::open(index.clone(), {
        let vault = house.vault.clone();
        move || vault.page_key("search")
    });
    let catch_up = |indexer: &mut search::Indexer| loop {
        let cursor = indexer.cursor(&house.db).unwrap();
        let events = house.db.read_blocking(move |snapshot| snapshot.events_after(cursor, 500)).unwrap();
        if events.is_empty() {
            break;
        }
        indexer.consume(&house.db, &events).unwrap();
    };
    catch_up(&mut indexer);
    let (main_key, index_key) = (house.vault.page_key("main"), house.vault.page_key("search"));
    let holds = |path: &std::path::Path, key, word: &str| {
        let pages = pages_in_clear(path, key);
        pages.windows(word.len()).filter(|window| *window == word.as_bytes()).count()
    };
    house.keeps(Policy { conversations_days: 30, ..FOR_EVER });
    let main = house.folder.path().join("parlor.db");
    assert!(cut_log(&main, &main_key).unwrap() && cut_log(&index, &index_key).unwrap());
    assert!(holds(&main, &main_key, "geheimnis") >= 300, "the look finds what is there");
    assert!(holds(&index, &index_key, "zebrafink") > 0);

    assert_eq!(house.applied(day(91)).conversations, 300);
    catch_up(&mut indexer);
    assert!(cut_log(&main, &main_key).unwrap() && cut_log(&index, &index_key).unwrap());
    for word in ["geheimnis", "zebrafink"] {
        assert_eq!(holds(&main, &main_key, word), 0, "{word} in the store");
        assert_eq!(holds(&index, &index_key, word), 0, "{word} in the index");
    }
    assert!(holds(&main, &main_key, "remembered") > 0 && holds(&index, &index_key, "remembered") > 0);
    assert!(kept > ConversationId(300));
}

/// What was answered before a conversation goes with it, and with whoever never began one.
#[test]
fn answers_go_with_the_conversation_or_with_whoever_gave_them() {
    let mut house = House::new();
    let channel = house.channel("a");
    let field = PrechatField {
        id: "about".into(),
        kind: FieldKind::Text,
        label: "About".into(),
        required: true,
        options: Vec::new(),
    };
    let prechat = PrechatSettings { enabled: true, fields: vec![field], ..PrechatSettings::default() };
    let settings = ChannelSettings { prechat, ..ChannelSettings::default() };
    let change = UpdateChannel { settings: Some(settings), ..UpdateChannel::default() };
    let asks =
        move |tx: &mut crate::db::Tx<'_>| channels::commands::update(tx, &House::owner(day(1)), channel, &change);
    house.db.write_blocking(asks).unwrap();
    let answers = |visitor: Ctx, word: &'static str| {
        let given = Given { answers: [("about".to_owned(), word.to_owned())].into(), consent: None };
        house.db.write_blocking(move |tx| prechat::commands::answer(tx, &visitor, &given)).unwrap();
    };
    let (wrote, silent) = (house.visitor(channel, day(2)), house.visitor(channel, day(2)));
    answers(wrote, "geheimnis");
    answers(silent, "zebrafink");
    let conversation = house
        .db
        .write_blocking(move |tx| {
            let conversation = prechat::commands::enter(tx, &wrote)?.id;
            resolve(tx, &House::owner(day(2)), conversation)?;
            Ok(conversation)
        })
        .unwrap();
    house.resolved(channel, "newest", day(90));
    let (main, key) = (house.folder.path().join("parlor.db"), house.vault.page_key("main"));
    let holds = |word: &str| {
        assert!(cut_log(&main, &key).unwrap());
        pages_in_clear(&main, &key).windows(word.len()).any(|window| window == word.as_bytes())
    };
    assert!(holds("geheimnis") && holds("zebrafink"), "the look finds what is there");
    house.keeps(Policy { conversations_days: 30, customers_days: 60, ..FOR_EVER });
    let gone = house.applied(day(91));
    assert_eq!((gone.conversations, gone.customers), (1, 2));
    assert!(!house.exists(conversation));
    assert!(!holds("geheimnis") && !holds("zebrafink"));
}

#[test]
fn the_log_is_shortened_but_for_what_search_needs() {
    let mut house = House::new();
    let channel = house.channel("a");
    house.resolved(channel, "old", day(2));
    house.resolved(channel, "young", day(300));
    house.keeps(Policy { events_days: 183, ..FOR_EVER });
    let newest = house.db.read_blocking(|snapshot| snapshot.position()).unwrap();
    let looked_at = house.applied(day(300)).events;
    assert!(looked_at > 3);
    let kinds = house.kinds_after(0);
    assert_eq!(kinds[..4], ["message.created", "message.created", "message.created", "conversation.updated"]);
    let (swept, head) =
        house.db.read_blocking(|snapshot| Ok((snapshot.swept_position()?, snapshot.position()?))).unwrap();
    assert_eq!((swept, head), (looked_at as i64, newest), "an older cursor begins anew");
    assert_eq!(house.applied(day(300)).events, 0);
}
