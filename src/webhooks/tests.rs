//! The courier against a small receiver, with a clock that is moved by hand.

use super::Courier;
use super::commands::{self, Change};
use super::model::{DEAD_KEPT, Delivery, State, Wants, Webhook};
use super::{queries, store};
use crate::db::{Db, Options};
use crate::hub::{Announcement, Audience, Feed, Feeds, Hub};
use crate::kernel::{Actor, Clock, Ctx, Event, Millis, Role, UserId, WebhookId};
use crate::post::{Post, Reach, Settings};
use crate::vault::PageKey;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Happened(i64);

impl Event for Happened {
    fn kind(&self) -> &'static str {
        "customer.updated"
    }
    fn subject(&self) -> (i64, i64) {
        (self.0, 0)
    }
}

/// Number 3 is of something that is gone.
fn feed() -> Feed {
    Feed {
        kind: "customer.updated",
        live: |_| Announcement::Nothing,
        replay: |_, event| {
            Ok(match event.subject.0 {
                3 => Announcement::Nothing,
                n => Announcement::to_agents(Audience::AllAgents, format!(r#"{{"n":{n}}}"#)),
            })
        },
    }
}

struct World {
    _folder: TempDir,
    db: Db,
    hub: Hub,
    clock: Clock,
    post: Post,
    ctx: Ctx,
}

fn world(now: Millis) -> World {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let (path, key) = (folder.path().join("parlor.db"), PageKey::new([3; 32]));
    let options = Options { path: &path, key: &key, readers: 1, new_epoch: "e".into(), now: Millis(1) };
    let db = Db::open(&options).unwrap();
    let clock = Clock::manual(now);
    let hub = Hub::new("e".into(), Feeds::new([feed()]), clock.clone());
    let here = Settings { allow: vec!["127.0.0.1/32".parse().unwrap()] };
    let post = Post::new(Reach::new(&here), clock.clone()).unwrap();
    let ctx = Ctx::new(Actor::User { id: UserId(1), role: Role::Owner }, Millis(1));
    World { _folder: folder, db, hub, clock, post, ctx }
}

impl World {
    fn subscribe(&self, url: String) -> WebhookId {
        let ctx = self.ctx;
        self.db.write_blocking(move |tx| commands::create(tx, &ctx, &url, &Wants::default(), "s")).unwrap().id
    }

    fn happen(&self, n: i64) {
        self.db.write_blocking(move |tx| tx.emit(Millis(1), Happened(n))).unwrap();
    }

    fn courier(&self) -> Courier {
        Courier::start(&self.db, &self.hub, &self.post, &self.clock).unwrap()
    }

    fn until(&self, id: WebhookId, wanted: impl Fn(&Webhook) -> bool) {
        let begun = crate::kernel::Stopwatch::start();
        while !wanted(&self.db.read_blocking(move |s| store::get(s, id)).unwrap()) {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
    }

    fn dead(&self, id: WebhookId) -> Vec<Delivery> {
        let ctx = self.ctx;
        let find =
            move |s: &crate::db::Snapshot<'_>| queries::deliveries(s, &ctx, id, Some(State::Dead), i64::MAX, 100);
        self.db.read_blocking(find).unwrap().items
    }
}

/// Answers each request by what `answer` makes of its number; tells the numbers in the bodies.
fn receiver(answer: impl Fn(usize) -> &'static str + Send + 'static) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (tell, heard) = channel();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let (mut stream, mut bytes, mut chunk) = (stream.unwrap(), Vec::new(), [0; 1_000]);
            while !bytes.ends_with(b"}") {
                let read = stream.read(&mut chunk).unwrap();
                bytes.extend_from_slice(&chunk[..read]);
            }
            let text = String::from_utf8(bytes).unwrap();
            let _ = tell.send(text.split("\"n\":").nth(1).unwrap().trim_end_matches('}').to_owned());
            let head = answer(n);
            let _ = stream
                .write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").as_bytes());
        }
    });
    (url, heard)
}

fn next(heard: &Receiver<String>) -> String {
    heard.recv_timeout(PATIENCE).unwrap()
}

#[test]
fn what_is_not_taken_for_three_days_is_given_up_once_it_was_tried_and_the_next_has_its_turn() {
    let world = world(Millis(1).plus(Millis::days(3)));
    let (url, heard) = receiver(|n| if n < 2 { "500 Oh" } else { "200 OK" });
    let id = world.subscribe(url);
    (1..=4).for_each(|n| world.happen(n));
    let courier = world.courier();
    assert_eq!([next(&heard), next(&heard), next(&heard)], ["1", "2", "4"], "3 is gone");
    world.until(id, |webhook| webhook.cursor == 4);
    courier.stop();
    let dead = world.dead(id);
    assert_eq!(dead.iter().map(|dead| (dead.position, dead.attempts)).collect::<Vec<_>>(), [(2, 1), (1, 1)]);
    let webhook = world.db.read_blocking(move |s| store::get(s, id)).unwrap();
    assert_eq!((webhook.cursor, webhook.failures), (4, 0));
}

#[test]
fn before_that_it_waits_also_over_a_restart() {
    let world = world(Millis(Millis::days(1)));
    let (url, heard) = receiver(|_| "500 Oh");
    let id = world.subscribe(url);
    world.happen(1);
    for attempts in 1..=2 {
        let courier = world.courier();
        assert_eq!(next(&heard), "1");
        // Kept at once, and not only when it ends.
        world.until(id, |webhook| webhook.failures == attempts);
        let waiting = world.db.read_blocking(move |s| store::find_waiting(s, id)).unwrap().unwrap();
        assert_eq!((waiting.position, waiting.attempts), (1, attempts));
        courier.stop();
        let webhook = world.db.read_blocking(move |s| store::get(s, id)).unwrap();
        assert!(webhook.next_at > world.clock.now() && webhook.failures == attempts, "{webhook:?}");
        world.clock.advance(Millis::hours(2));
    }
    assert!(world.dead(id).is_empty());
}

#[test]
fn what_an_older_round_did_settles_nothing() {
    let world = world(Millis(1));
    let id = world.subscribe("http://127.0.0.1:9/".into());
    let ctx = world.ctx;
    let settle = |round, cursor| {
        let settled = commands::Settled { cursor, ..Default::default() };
        world.db.write_blocking(move |tx| commands::settle(tx, id, round, &settled)).unwrap()
    };
    assert!(settle(0, 5));
    world.db.write_blocking(move |tx| commands::change(tx, &ctx, id, &Change::default())).unwrap();
    assert!(!settle(0, 9));
    assert_eq!(world.db.read_blocking(move |s| store::get(s, id)).unwrap().cursor, 5);
}

#[test]
fn only_the_newest_that_were_given_up_are_kept() {
    let world = world(Millis(1));
    let id = world.subscribe("http://127.0.0.1:9/".into());
    let dead = |position| Delivery {
        position,
        kind: "customer.updated".into(),
        state: State::Dead,
        attempts: 1,
        first_at: Millis(1),
        at: Millis(1),
        result: "refused".into(),
        status: Some(500),
        took_ms: 1,
        answer: String::new(),
    };
    let settled =
        commands::Settled { deliveries: (1..=DEAD_KEPT as i64 + 5).map(dead).collect(), ..Default::default() };
    world.db.write_blocking(move |tx| commands::settle(tx, id, 0, &settled)).unwrap();
    let count = world.db.read_blocking(move |s| store::count_dead(s, id)).unwrap();
    assert_eq!(count, DEAD_KEPT as i64);
    assert!(world.db.read_blocking(move |s| store::find_delivery(s, id, 5)).unwrap().is_none());
}

#[test]
fn a_webhook_that_has_still_to_hear_of_it_keeps_the_log() {
    let world = world(Millis(1));
    let id = world.subscribe("http://127.0.0.1:9/".into());
    let unsettled = || world.db.read_blocking(super::unsettled_after).unwrap();
    assert_eq!(unsettled(), Some(0));
    let ctx = world.ctx;
    let paused = Change { active: Some(false), ..Change::default() };
    world.db.write_blocking(move |tx| commands::change(tx, &ctx, id, &paused)).unwrap();
    assert_eq!(unsettled(), None, "nobody knows how long a pause lasts");
}
