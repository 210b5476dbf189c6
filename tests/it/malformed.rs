//! What no honest client sends. Nothing of it may be the server's fault, and nobody else notices.

use crate::world::{Agent, OPEN_DOORS, Socket, Visitor, World, answer, new_id};
use serde_json::{Value, json};
use std::time::Duration;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

fn text_frame(bytes: &[u8]) -> Message {
    Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true))
}

#[tokio::test]
async fn frames_that_are_no_text_close_the_socket() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    chat.raw(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(chat.closed().await, 1003);
    let mut chat = visitor.socket().await;
    chat.raw(text_frame(b"\xff\xfe{}")).await;
    assert_eq!(chat.closed().await, 1007);
    let mut early = Socket::open(&world.url, &[]).await;
    early.raw(text_frame(b"{\"type\":\"hello\xc3\x28\"}")).await;
    assert_eq!(early.closed().await, 1007);
    let mut early = Socket::open(&world.url, &[]).await;
    early.raw(Message::text("not json")).await;
    assert_eq!(early.closed().await, 1007);
}

#[tokio::test]
async fn without_a_hello_or_a_name_nobody_is_let_in() {
    let world = World::new().await;
    for (hello, code) in [
        (json!({"type": "hello", "protocol": 1}), 4401),
        (json!({"type": "hello", "protocol": 1, "token": "plv_unknown"}), 4401),
        (json!({"type": "hello", "protocol": 1, "token": "plt_unknown"}), 4401),
        (json!({"type": "hello", "protocol": 2}), 1008),
        (json!({"type": "send", "protocol": 1}), 1008),
    ] {
        let mut socket = Socket::open(&world.url, &[]).await;
        socket.say(&hello).await;
        assert_eq!(socket.closed().await, code, "{hello}");
    }
    // Ten seconds of silence.
    assert_eq!(Socket::open(&world.url, &[]).await.closed().await, 4408);
}

#[tokio::test]
async fn a_frame_that_cannot_be_used_is_answered_and_the_talk_goes_on() {
    let world = World::configured(OPEN_DOORS).await;
    let (visitor, olga) = (world.visitor().await, world.owner().await);
    for mut socket in [visitor.socket().await, olga.socket().await] {
        for bad in [
            json!({"type": "nonsense"}),
            json!({"type": "send", "id": "no uuid", "text": "x"}),
            json!({"type": "send", "id": new_id(), "text": 7}),
            json!({"type": "mark", "conversation": 1, "read": 1}),
            json!({"type": "typing", "active": "yes"}),
            json!({"type": 1}),
            json!([1, 2]),
        ] {
            socket.say(&bad).await;
            let told = socket.until(|f| f["type"] == "error" || f["type"] == "reject").await;
            assert_eq!(told["code"], "request.malformed", "{bad} {told}");
        }
    }
    let cursors = ["nonsense", "-", "x-1", "99999999999999999999-5", ""];
    for cursor in cursors {
        let (socket, told) = visitor.socket_from(cursor).await;
        assert!(socket.welcome["reset"] == true && told.is_empty(), "{cursor}");
    }
}

/// Numbers that are always the same for a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn value(&mut self, known: &[&str]) -> Value {
        match self.roll(16) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!(i64::MAX),
            4 => json!(u64::MAX),
            5 => json!(1.5e300),
            6 => json!(""),
            7 => json!("\u{0}\u{202e}\u{feff}'\";--%s%00../"),
            8 => json!("x".repeat(20_000)),
            9 => json!(["att_1", -1, null]),
            10 => json!({"a": {"b": []}}),
            11 => json!(i64::MIN),
            12 => json!(new_id()),
            _ => json!(*self.pick(known)),
        }
    }
}

const FIELDS: &[&str] = &[
    "client_id",
    "text",
    "kind",
    "attachments",
    "assignee",
    "expected",
    "seq",
    "name",
    "email",
    "phone",
    "note",
    "attributes",
    "url",
    "title",
    "referrer",
    "conversation",
    "delivered",
    "read",
    "channel",
    "locale",
    "settings",
    "members",
    "availability",
    "role",
    "active",
    "type",
    "id",
    "password",
    "current",
    "time_zone",
];
const PATHS: &[&str] = &[
    "/setup",
    "/organisation",
    "/me",
    "/users",
    "/users/{}",
    "/channels",
    "/channels/{}",
    "/tokens",
    "/tokens/{}",
    "/conversations",
    "/conversations/counts",
    "/conversations/{}",
    "/conversations/{}/messages",
    "/conversations/{}/assign",
    "/conversations/{}/read",
    "/conversations/{}/resolve",
    "/conversations/{}/reopen",
    "/customers/{}",
    "/customers/{}/conversations",
    "/search",
    "/attachments",
    "/attachments/{}",
    "/visitor/session",
    "/visitor/channel",
    "/visitor/messages",
    "/visitor/identify",
    "/visitor/page",
    "/visitor/read",
    "/visitor/attachments/{}",
    "/%2e%2e/{}",
    "/nothing",
];
const WORDS: &[&str] = &[
    "cnv_1",
    "cnv_0",
    "cnv_-1",
    "cnv_9223372036854775807",
    "cnv_99999999999999999999",
    "usr_1",
    "cus_1",
    "chn_1",
    "att_1",
    "tok_1",
    "text",
    "note",
    "mine",
    "resolved",
    "en",
    "owner",
    "away",
    "%F0%9F%98%80",
    "%ff",
    "%00",
    "NEAR(a b)",
    "\"",
    "*",
    "-1",
    "0",
    "1e9",
];
const QUERIES: &[&str] = &["view", "channel", "after", "before", "limit", "q", "key"];

fn address(dice: &mut Dice) -> String {
    let encode = |word: &&str| word.replace(' ', "%20").replace('"', "%22");
    let path = dice.pick(PATHS).replace("{}", &encode(dice.pick(WORDS)));
    let mut query = String::new();
    for n in 0..dice.roll(4) {
        let value = encode(dice.pick(WORDS));
        query += &format!("{}{}={value}", if n == 0 { '?' } else { '&' }, dice.pick(QUERIES));
    }
    path + &query
}

fn object(dice: &mut Dice) -> Value {
    let count = dice.roll(6);
    (0..count).map(|_| (dice.pick(FIELDS).to_string(), dice.value(WORDS))).collect::<serde_json::Map<_, _>>().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_request_is_answered_and_none_is_the_servers_fault() {
    let times = std::env::var("PARLOR_TEST_FUZZ").map_or(1_500, |n| n.parse().unwrap());
    let world = World::configured(OPEN_DOORS).await;
    let (olga, visitor): (Agent, Visitor) = (world.owner().await, world.visitor().await);
    visitor.says("something to stumble over").await;
    let mut dice = Dice(0x5eed);
    for _ in 0..times {
        let door = if dice.roll(2) == 0 { &olga.door } else { &visitor.door };
        let method = dice.pick(&["GET", "POST", "PATCH", "PUT", "DELETE"]).parse().unwrap();
        let (address, body) = (address(&mut dice), object(&mut dice).to_string());
        // Sometimes broken off, so that it is no JSON.
        let cut = if dice.roll(8) == 0 {
            (0..=dice.roll(body.len())).rev().find(|n| body.is_char_boundary(*n)).unwrap()
        } else {
            body.len()
        };
        let mut request = door.http.request(method, format!("{}/api/v1{address}", door.url));
        for (name, value) in &door.headers {
            request = request.header(name, value);
        }
        let request = request.header("x-parlor-request", "1").header("content-type", "application/json");
        let answered = answer(request.body(body[..cut].to_owned())).await;
        let early = answered.status == 503 && address.starts_with("/search");
        assert!(answered.status < 500 || early, "{} {address} {body}: {}", answered.status, answered.json());
    }
    visitor.says("still served").await;
    assert!(!world.log().contains("panicked"), "{}", world.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_frame_is_survived() {
    let world = World::configured(OPEN_DOORS).await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    visitor.says("something to stumble over").await;
    let mut dice = Dice(0xf00d);
    for mut socket in [olga.socket().await, visitor.socket().await] {
        let kinds = ["send", "typing", "mark", "page", "presence", "hello", "tick", "ack", ""];
        for _ in 0..500 {
            let mut frame = object(&mut dice);
            frame["type"] = (*dice.pick(&kinds)).into();
            if dice.roll(2) == 0 {
                frame["id"] = new_id().into();
            }
            assert!(socket.try_say(&frame).await, "closed at {frame}");
        }
        // Whatever each was answered, none of them was the server's own fault.
        let last = new_id();
        socket
            .say(&json!({"type": "send", "id": last, "conversation": "cnv_1", "kind": "text", "text": "the last"}))
            .await;
        loop {
            let frame = socket.next().await;
            assert_ne!(frame["code"], "server.error", "{frame}");
            if frame["type"] == "ack" && frame["id"] == last.as_str() {
                break;
            }
        }
        socket.hears_no("error", Duration::from_millis(100)).await;
    }
    assert!(!world.log().contains("panicked"), "{}", world.log());
}
