//! What was acknowledged stays, whatever happens to the server.
//!
//! SIGKILL leaves the system's file cache alone, so this cannot tell `synchronous=FULL` from less: the simulated power cuts
//! of `src/db` do. Here it is about answers before the commit, repetitions, order, and what restarts do to clients.

use crate::client::{Client, Sent, post_until_acknowledged, texts};
use crate::faults::disk::Disk;
use crate::faults::strace::Strace;
use crate::world::{Agent, OPEN_DOORS, OWNER, PASSWORD, PATIENCE, Visitor, World, new_id};
use futures_util::future::join_all;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Blown when everybody should finish their sentence.
#[derive(Clone, Default)]
struct Whistle(Arc<AtomicBool>);

impl Whistle {
    fn blow(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_blown(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Who, what was said, and how each connection ended.
type Chat = (Visitor, Vec<Sent>, Vec<u16>);

/// People who talk without a pause until the whistle.
struct Talk {
    whistle: Whistle,
    chats: Vec<JoinHandle<Chat>>,
    desk: JoinHandle<Client>,
    /// Texts that everybody together has sent, when they have finished.
    told: Arc<std::sync::atomic::AtomicUsize>,
}

async fn begin_talk(world: &World, olga: &Agent, by_socket: usize, by_post: usize) -> Talk {
    let (whistle, mut client) = (Whistle::default(), Client::agent(olga).await);
    let told = Arc::new(std::sync::atomic::AtomicUsize::new(usize::MAX));
    let mut chats = Vec::new();
    for n in 0..by_socket + by_post {
        let (visitor, whistle) = (world.visitor().await, whistle.clone());
        chats.push(tokio::spawn(async move {
            let mut client = Client::visitor(&visitor);
            if n < by_socket {
                let words = |c: &Client| (!whistle.is_blown()).then(|| (None, words(n, c.sent.len())));
                let done = |c: &Client| whistle.is_blown() && c.all_acknowledged() && c.screen.texts == c.sent.len();
                client.live(words, done).await;
            }
            while n >= by_socket && !whistle.is_blown() {
                let (id, text) = (new_id(), words(n, client.sent.len()));
                let receipt = post_until_acknowledged(&visitor, &id, &text).await;
                client.sent.push(Sent { id, text, conversation: None, receipt });
            }
            (visitor, client.sent, client.ends)
        }));
    }
    let expected = told.clone();
    let desk = tokio::spawn(async move {
        client.live(|_| None, |client| client.screen.texts >= expected.load(Ordering::Relaxed)).await;
        client
    });
    Talk { whistle, chats, desk, told }
}

fn words(who: usize, n: usize) -> String {
    format!("{who}: 第 {n} 句 — sentence {n} {}\u{1f600}\r\n ", "好".repeat(n % 40))
}

impl Talk {
    /// Everybody finishes; then all memories are compared. How much was said, and how each connection ended.
    async fn compare(self, olga: &Agent) -> (usize, Vec<u16>) {
        self.whistle.blow();
        let chats: Vec<_> = join_all(self.chats).await.into_iter().map(Result::unwrap).collect();
        let all = chats.iter().map(|(_, sent, _)| sent.len()).sum();
        self.told.store(all, Ordering::Relaxed);
        let desk = timeout(Duration::from_secs(20), self.desk).await.expect("the desk hears all").unwrap();
        assert_eq!(desk.screen.texts, all);
        for (visitor, sent, _) in &chats {
            compare_one(olga, &desk, visitor, sent).await;
        }
        (all, chats.into_iter().flat_map(|(_, _, ends)| ends).collect())
    }
}

async fn compare_one(olga: &Agent, desk: &Client, visitor: &Visitor, sent: &[Sent]) {
    let Some(first) = sent.first() else { return };
    let said: Vec<&str> = sent.iter().map(|s| s.text.as_str()).collect();
    let conversation = first.receipt["conversation"].as_str().unwrap();
    let own = visitor.history().await;
    assert!(texts(&own) == said, "the visitor's history is what was said, once and in order");
    for (n, (message, sent)) in own.iter().zip(sent).enumerate() {
        assert_eq!(message["seq"], n + 1);
        for field in ["seq", "order", "at"] {
            assert_eq!(message[field], sent.receipt[field], "{message} {}", sent.receipt);
        }
        assert_eq!(message["client_id"], sent.id.as_str());
    }
    let seen = olga.history(conversation).await;
    assert!(seen.iter().enumerate().all(|(n, message)| message["seq"] == n + 1), "no gap for the agent");
    assert!(texts(&seen) == said, "the agent's order is the visitor's");
    assert!(desk.screen.texts_of(conversation) == said, "and was so while it happened");
    for again in sent.iter().step_by(sent.len().div_ceil(3)) {
        let receipt = visitor.says_with_id(&again.id, &again.text).await.ok(201);
        assert_eq!(receipt["seq"], again.receipt["seq"], "a repetition has the first one's receipt");
        visitor.says_with_id(&again.id, "something else").await.refused(409, "message.id_reused");
    }
    assert_eq!(visitor.history().await.len(), own.len());
}

/// A number from 0 to 1, unlike the last one.
fn chance() -> f64 {
    f64::from(uuid::Uuid::new_v4().as_fields().0) / f64::from(u32::MAX)
}

async fn settled() -> World {
    let mut world = World::stopped(&[]);
    world.configure(OPEN_DOORS);
    world.settle();
    world.init();
    world.start().await;
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_server_has_lost_nothing_that_it_acknowledged() {
    let kills = std::env::var("PARLOR_TEST_KILLS").map_or(4, |n| n.parse().unwrap());
    let mut world = settled().await;
    let olga = world.owner().await;
    let talk = begin_talk(&world, &olga, 6, 4).await;
    let mut longest_start = Duration::ZERO;
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_secs_f64(0.1 + 0.6 * chance())).await;
        world.kill();
        let begun = Instant::now();
        world.start().await;
        longest_start = longest_start.max(begun.elapsed());
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (all, ends) = talk.compare(&olga).await;
    println!("{kills} kills, {all} messages, {} lines broken, ready again in {longest_start:?} at most", ends.len());
    assert!(all > kills * 10 && ends.len() >= kills, "the kills met people talking");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_told_to_stop_finishes_what_it_has_begun() {
    let mut world = settled().await;
    let olga = world.owner().await;
    let talk = begin_talk(&world, &olga, 3, 2).await;
    let (quiet, slow) = (world.visitor().await, world.visitor().await);
    let mut quiet_chat = quiet.socket().await;
    let quiet_end = tokio::spawn(async move { quiet_chat.closed().await });
    // Half a request is there when the signal comes.
    let upload = tokio::spawn(async move {
        let parts = futures_util::stream::unfold(0, |n| async move {
            tokio::time::sleep(Duration::from_millis(150)).await;
            (n < 8).then(|| (Ok::<_, std::io::Error>(vec![b'x'; 1_000]), n + 1))
        });
        let request = slow.http.post(format!("{}/api/v1/visitor/attachments", slow.url)).bearer_auth(&slow.token);
        request.body(reqwest::Body::wrap_stream(parts)).send().await.map(|response| response.status().as_u16())
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    assert!(tokio::task::block_in_place(|| world.stop()), "exit code 0");
    let took = begun.elapsed();
    assert_eq!(quiet_end.await.unwrap(), 1001);
    assert_eq!(upload.await.unwrap().unwrap(), 201, "a request in flight is answered");
    world.start().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, ends) = talk.compare(&olga).await;
    assert!(ends.contains(&1001), "{ends:?}");
    assert!(took < Duration::from_secs(5), "browsers' idle connections hold nothing up: {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_new_words_keeps_the_old_ones_and_heals() {
    let mut world = World::stopped(&[]);
    let Some(disk) = Disk::mount(world.data(), 48) else {
        println!("not root: no disk to fill");
        return;
    };
    world.configure(OPEN_DOORS);
    world.init();
    world.start().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let mut chat = visitor.socket().await;
    let mut kept = vec!["before"];
    let conversation = visitor.says("before").await["conversation"].as_str().unwrap().to_owned();
    for round in 0..3 {
        disk.fill();
        let refused = until_refused(&visitor, &mut kept).await;
        assert_eq!((refused["status"].as_u64(), refused["code"].as_str()), (Some(503), Some("server.unavailable")));
        assert!(refused["retry_after"].is_i64());
        let send = serde_json::json!({"type": "send", "id": new_id(), "text": "by socket"});
        assert_eq!(chat.send(&send).await["code"], "server.unavailable");
        visitor
            .upload("/visitor/attachments", "a", "text/plain", vec![b'x'; 1 << 20])
            .await
            .refused(503, "server.unavailable");
        assert_eq!(texts(&visitor.history().await), kept);
        assert_eq!(texts(&olga.history(&conversation).await), kept);
        // There is no room for a session's row: it is kept in memory.
        let credentials = serde_json::json!({"email": OWNER, "password": PASSWORD});
        let sign_in = world.stranger().post("/session", &credentials).await;
        sign_in.ok(200);
        disk.free();
        let again = ["healed once", "healed twice", "healed thrice"][round];
        post_until_acknowledged(&visitor, &new_id(), again).await;
        kept.push(again);
        chat.sees(again).await;
        assert_eq!(texts(&visitor.history().await), kept);
    }
    world.kill();
    world.start().await;
    let olga = world.owner().await;
    assert_eq!(texts(&olga.history(&conversation).await), kept, "what was acknowledged, and nothing that was refused");
    drop(world);
    drop(disk);
}

/// The log's file may have room left that the disk no longer has.
async fn until_refused(visitor: &Visitor, kept: &mut Vec<&'static str>) -> Value {
    for _ in 0..5_000 {
        let text: &'static str = "x".repeat(8_000).leak();
        let answer = visitor.says_with_id(&new_id(), text).await;
        if answer.status != 201 {
            return answer.json();
        }
        kept.push(text);
    }
    panic!("a full disk refuses nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_could_not_sync_is_trusted_again_after_reopening() {
    let mut world = World::configured(OPEN_DOORS).await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let conversation = visitor.says("before").await["conversation"].as_str().unwrap().to_owned();
    let mut desk = olga.socket().await;
    let id = new_id();
    let Some(broken) = Strace::attach(world.pid(), Strace::NO_SYNC).await else {
        println!("no strace, or not allowed: nothing is broken");
        return;
    };
    for _ in 0..5 {
        visitor.says_with_id(&id, "doubtful").await.refused(503, "server.unavailable");
    }
    assert_eq!(texts(&olga.history(&conversation).await), ["before"]);
    drop(broken);
    let receipt =
        timeout(PATIENCE, post_until_acknowledged(&visitor, &id, "doubtful")).await.expect("a store that heals");
    assert_eq!(desk.sees("doubtful").await["message"]["order"], receipt["order"]);
    visitor.says("after").await;
    desk.sees("after").await;
    let expected = ["before", "doubtful", "after"];
    assert_eq!(texts(&visitor.history().await), expected);
    world.kill();
    world.start().await;
    assert_eq!(texts(&world.owner().await.history(&conversation).await), expected);
}
