//! Every row of docs/protocol.md, "Limits": what happens at the edge, and what goes on beside it.

use crate::client::{Client, texts};
use crate::world::{Answer, OPEN_DOORS, OWNER, PASSWORD, Socket, Visitor, World, new_id};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

fn url_host(world: &World) -> &str {
    world.url.strip_prefix("http://").unwrap()
}

async fn post(visitor: &Visitor, message: Value) -> Answer {
    let mut message = message;
    message["client_id"] = new_id().into();
    visitor.post("/visitor/messages", &message).await
}

#[tokio::test]
async fn a_text_may_have_16_kib_and_none_only_with_a_file() {
    let world = World::new().await;
    let (visitor, mut chat) = (world.visitor().await, world.visitor().await.socket().await);
    visitor.says(&"界".repeat(16_384 / 3)).await;
    for text in ["x".repeat(16_385), "界".repeat(5_462), String::new()] {
        let problem = post(&visitor, json!({"text": text})).await.refused(422, "input.invalid");
        assert_eq!(problem["fields"][0]["field"], "text");
        let reject = chat.send(&json!({"type": "send", "id": new_id(), "text": text})).await;
        assert_eq!((&reject["type"], &reject["code"]), (&"reject".into(), &"input.invalid".into()));
        assert!(reject.get("retry_after").is_none(), "a retry is useless");
    }
    let file = visitor.upload("/visitor/attachments", "a.txt", "text/plain", b"words".to_vec()).await.ok(201);
    post(&visitor, json!({"text": "", "attachments": [file["id"]]})).await.ok(201);
    assert_eq!(visitor.history().await.len(), 2);
}

#[tokio::test]
async fn a_message_takes_ten_files_and_not_eleven() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let uploads = (0..11).map(|_| visitor.upload("/visitor/attachments", "a.txt", "text/plain", b"words".to_vec()));
    let ids: Vec<Value> = join_all(uploads).await.into_iter().map(|upload| upload.ok(201)["id"].clone()).collect();
    post(&visitor, json!({"text": "all", "attachments": ids})).await.refused(422, "input.invalid");
    post(&visitor, json!({"text": "some", "attachments": ids[..10]})).await.ok(201);
}

#[tokio::test]
async fn a_message_takes_as_many_files_as_the_setting_says() {
    let world = World::limited("message_attachments = 11").await;
    let visitor = world.visitor().await;
    let uploads = (0..12).map(|_| visitor.upload("/visitor/attachments", "a.txt", "text/plain", b"words".to_vec()));
    let ids: Vec<Value> = join_all(uploads).await.into_iter().map(|upload| upload.ok(201)["id"].clone()).collect();
    post(&visitor, json!({"text": "all", "attachments": ids})).await.refused(422, "input.invalid");
    post(&visitor, json!({"text": "some", "attachments": ids[..11]})).await.ok(201);
}

#[tokio::test]
async fn too_large_a_file_or_picture_is_413_whether_it_says_so_or_not() {
    let world = World::configured("[limits]\nattachment_bytes = 100000\nimage_pixels = 10000").await;
    let visitor = world.visitor().await;
    let (path, code) = ("/visitor/attachments", "attachment.too_large");
    visitor.upload(path, "a", "text/plain", vec![b'x'; 100_000]).await.ok(201);
    visitor.upload(path, "a", "text/plain", vec![b'x'; 100_001]).await.refused(413, code);
    let endless = futures_util::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1_000])));
    let request = visitor.http.post(format!("{}/api/v1{path}", visitor.url)).bearer_auth(&visitor.token);
    match request.body(reqwest::Body::wrap_stream(endless)).send().await {
        Ok(response) => assert_eq!(response.status(), 413),
        // It was cut while still sending.
        Err(error) => assert!(error.is_request() || error.is_body(), "{error}"),
    }
    let png = |width, height| {
        let mut bytes = Cursor::new(Vec::new());
        image::DynamicImage::new_luma8(width, height).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    visitor.upload(path, "a.png", "image/png", png(100, 100)).await.ok(201);
    visitor.upload(path, "b.png", "image/png", png(100, 101)).await.refused(413, code);
    assert!(files_of(&world).len() <= 2, "what was refused is gone");
}

fn files_of(world: &World) -> Vec<std::path::PathBuf> {
    crate::world::files_below(&world.data().join("attachments")).into_iter().map(|(path, _)| path).collect()
}

#[tokio::test]
async fn a_visitor_sends_only_so_many_files_and_is_told_before_the_first_byte() {
    let world = World::limited("visitor_uploads = { times = 2, seconds = 600 }").await;
    let visitor = world.visitor().await;
    let path = "/visitor/attachments";
    for _ in 0..2 {
        visitor.upload(path, "a.txt", "text/plain", b"words".to_vec()).await.ok(201);
    }
    visitor.upload(path, "a.txt", "text/plain", b"words".to_vec()).await.refused(429, "rate.limited");
    let (head, host) = (
        format!(
            "POST /api/v1{path} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {}\r\ncontent-length: 5\r\n\r\n",
            visitor.token
        ),
        url_host(&world).to_owned(),
    );
    let heard = tokio::task::spawn_blocking(move || slowly(&host, &head, 0).0).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 429"), "{heard}");
    world.visitor().await.upload(path, "a.txt", "text/plain", b"words".to_vec()).await.ok(201);
}

#[tokio::test]
async fn a_body_has_256_kib_and_a_depth_of_32() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    post(&visitor, json!({"text": "x", "more": "y".repeat(256 << 10)})).await.refused(413, "request.too_large");
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    for (depth, status) in [(30, 201), (32, 400), (100_000, 400)] {
        let body = format!(r#"{{"client_id":"{}","text":"x","more":{}}}"#, new_id(), nested(depth));
        let request = visitor.http.post(format!("{}/api/v1/visitor/messages", visitor.url)).bearer_auth(&visitor.token);
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{depth}");
    }
}

#[tokio::test]
async fn a_frame_has_64_kib_and_a_message_64_fragments() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    chat.raw(Message::text("x".repeat((64 << 10) + 1))).await;
    assert_eq!(chat.closed().await, 1009);

    let piece =
        |opcode, last, text: &str| Message::Frame(Frame::message(text.as_bytes().to_vec(), OpCode::Data(opcode), last));
    let mut chat = visitor.socket().await;
    let whole = json!({"type": "send", "id": new_id(), "text": "in pieces 好"}).to_string();
    let pieces: Vec<&str> = whole.split_inclusive(|_| true).collect();
    let (head, tail) = pieces.split_at(63);
    chat.raw(piece(Data::Text, false, head[0])).await;
    for one in &head[1..] {
        chat.raw(piece(Data::Continue, false, one)).await;
    }
    chat.raw(piece(Data::Continue, true, &tail.concat())).await;
    chat.sees("in pieces 好").await;

    let before = resident_kib(world.pid());
    for _ in 0..8 {
        let mut flood = visitor.socket().await;
        flood.raw(piece(Data::Text, false, "x")).await;
        for _ in 0..64 {
            flood.raw(piece(Data::Continue, false, "")).await;
        }
        assert_eq!(flood.closed().await, 1008);
    }
    let grown = resident_kib(world.pid()).saturating_sub(before);
    assert!(grown < 30_000, "{grown} KiB more");
    visitor.says("still there").await;
}

/// Memory that a process really has.
fn resident_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_visitor_writes_twenty_in_ten_seconds_by_any_door_together() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    for n in 0..10 {
        visitor.says(&format!("post {n}")).await;
        assert_eq!(chat.send(&json!({"type": "send", "id": new_id(), "text": "frame"})).await["type"], "ack");
    }
    // One is regained each half second.
    let posts = join_all((0..8).map(|_| post(&visitor, json!({"text": "too much"})))).await;
    let refused = posts.into_iter().filter(|answer| answer.status != 201).collect::<Vec<_>>();
    assert!(refused.len() >= 5, "{}", refused.len());
    for answer in refused {
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(answer.refused(429, "rate.limited")["retry_after"], 1);
    }
    for _ in 0..8 {
        chat.say(&json!({"type": "send", "id": new_id(), "text": "too much"})).await;
    }
    let reject = chat.next_of("reject").await;
    assert_eq!((&reject["code"], &reject["retry_after"]), (&"rate.limited".into(), &1.into()));
    world.visitor().await.says("somebody else may").await;
}

#[tokio::test]
async fn a_visitor_that_floods_is_told_and_then_shown_the_door() {
    let world = World::new().await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    for _ in 0..200 {
        if !chat.try_say(&json!({"type": "typing", "active": true})).await {
            break;
        }
    }
    assert_eq!(chat.next_of("error").await["code"], "rate.limited");
    assert_eq!(chat.closed().await, 1008);
    visitor.get("/visitor/messages").await.refused(429, "rate.limited");
}

#[tokio::test]
async fn an_agent_writes_as_often_as_the_setting_says() {
    let world = World::configured("[limits]\nagent_messages = { times = 3, seconds = 60 }").await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let conversation = visitor.says("hello").await["conversation"].clone();
    for _ in 0..3 {
        olga.says(conversation.as_str().unwrap(), "answer").await;
    }
    let message = json!({"client_id": new_id(), "text": "more"});
    let path = format!("/conversations/{}/messages", conversation.as_str().unwrap());
    olga.post(&path, &message).await.refused(429, "rate.limited");
    let frame = json!({"type": "send", "id": new_id(), "conversation": conversation, "kind": "text", "text": "more"});
    assert_eq!(olga.socket().await.send(&frame).await["code"], "rate.limited");
}

#[tokio::test]
async fn an_address_brings_thirty_new_visitors_a_minute_and_old_ones_come_back() {
    let world = World::new().await;
    let first = world.visitor().await;
    let body = json!({"channel": world.channel_key});
    let mut seen = Vec::new();
    for _ in 0..40 {
        seen.push(world.stranger().post("/visitor/session", &body).await.status);
    }
    let refused = seen.iter().filter(|status| **status == 429).count();
    assert!((9..=11).contains(&refused), "{seen:?}");
    assert_eq!(first.post("/visitor/session", &body).await.ok(200)["token"], first.token.as_str());
}

#[tokio::test]
async fn a_token_counts_as_known_only_at_its_own_channel_and_is_shown_only_so_often() {
    let world =
        World::limited("new_visitors = { times = 2, seconds = 600 }\nvisitor_requests = { times = 5, seconds = 600 }")
            .await;
    let other = world.owner().await.post("/channels", &json!({"name": "Second"})).await.ok(201);
    let visitor = world.visitor().await;
    let elsewhere = json!({"channel": other["key"]});
    visitor.post("/visitor/session", &elsewhere).await.ok(200);
    visitor.post("/visitor/session", &elsewhere).await.refused(429, "rate.limited");
    let home = json!({"channel": world.channel_key});
    for _ in 0..5 {
        assert_eq!(visitor.post("/visitor/session", &home).await.ok(200)["visitor"]["id"], visitor.id.as_str());
    }
    visitor.post("/visitor/session", &home).await.refused(429, "rate.limited");
}

#[tokio::test]
async fn a_password_is_tried_ten_times_and_only_so_many_are_hashed_at_once() {
    let world = World::configured("[limits]\npassword_hashes = 1\npassword_hashes_waiting = 2").await;
    let door = world.stranger();
    let wrong = |email: String| {
        let door = door.clone();
        async move { door.post("/session", &json!({"email": email, "password": "not-this-password-1"})).await }
    };
    let many = join_all((0..30).map(|n| wrong(format!("p{n}@acme.example")))).await;
    let busy = many.iter().filter(|answer| answer.status == 429).count();
    assert!(busy > 0 && many.iter().any(|answer| answer.status == 401), "{busy} of 30");
    many.into_iter().filter(|a| a.status == 429).for_each(|answer| drop(answer.refused(429, "server.busy")));
    for _ in 0..10 {
        wrong(OWNER.to_owned()).await.refused(401, "session.wrong_credentials");
    }
    let right = json!({"email": OWNER, "password": PASSWORD});
    let answer = door.post("/session", &right).await.refused(429, "rate.limited");
    assert!(answer["retry_after"].as_i64().unwrap() > 30);
}

/// Sends a head, then the body a piece each half second; everything that came back until the server closed.
fn slowly(host: &str, head: &str, pieces: usize) -> (String, Duration) {
    let mut line = TcpStream::connect(host).unwrap();
    line.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let begun = Instant::now();
    let _ = line.write_all(head.as_bytes());
    let (mut heard, mut buffer) = (String::new(), [0; 4_096]);
    for n in 0..60 {
        if n < pieces && line.write_all(b"x").is_err() {
            break;
        }
        match line.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => heard += &String::from_utf8_lossy(&buffer[..length]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    (heard, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn who_speaks_too_slowly_is_cut_off() {
    let world = World::configured("[limits]\nheader_seconds = 1\nbody_grace_seconds = 1").await;
    let visitor = world.visitor().await;
    let authorization = format!("authorization: Bearer {}\r\n", visitor.token);
    let heads = [
        ("head", "GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ".to_owned()),
        (
            "json",
            format!(
                "POST /api/v1/visitor/messages HTTP/1.1\r\nhost: a\r\n{authorization}content-type: application/json\r\ncontent-length: 5000\r\n\r\n"
            ),
        ),
        (
            "file",
            format!(
                "POST /api/v1/visitor/attachments HTTP/1.1\r\nhost: a\r\n{authorization}content-length: 5000\r\n\r\n"
            ),
        ),
    ];
    let host = url_host(&world).to_owned();
    let tries = heads.map(|(name, head)| {
        let host = host.clone();
        tokio::task::spawn_blocking(move || (name, slowly(&host, &head, 60)))
    });
    for one in tries {
        let (name, (heard, took)) = one.await.unwrap();
        assert!(heard.starts_with("HTTP/1.1 408"), "{name}: {heard}");
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
    }
}

#[tokio::test]
async fn there_is_room_for_so_many_sockets_greeted_or_not() {
    let world = World::configured("[limits]\nsockets = 3").await;
    let visitor = world.visitor().await;
    let first = visitor.socket().await;
    let silent = [Socket::open(&world.url, &[]).await, Socket::open(&world.url, &[]).await];
    let mut fourth = Socket::open(&world.url, &[]).await;
    assert_eq!(fourth.closed().await, 1013);
    visitor.says("requests go on").await;
    drop((first, silent));
    tokio::time::sleep(Duration::from_millis(500)).await;
    visitor.socket().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_nothing_is_let_go_and_delays_nobody() {
    let world = World::configured(OPEN_DOORS).await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let mut wedged = olga.socket().await;
    let mut awake = Client::agent(&olga).await;
    let (text, all) = ("x".repeat(16_000), 1_500);
    let begun = Instant::now();
    let awake = tokio::spawn(async move {
        awake.live(|_| None, |c| c.screen.texts == all).await;
        (awake, begun.elapsed())
    });
    let mut chat = Client::visitor(&visitor);
    chat.live(
        |c| (c.sent.len() < all).then(|| (None, format!("{}{text}", c.sent.len()))),
        |c| c.sent.len() == all && c.all_acknowledged(),
    )
    .await;
    let sent = begun.elapsed();
    let (awake, heard) = awake.await.unwrap();
    println!("{all} long messages sent in {sent:?}, heard in {heard:?}");
    assert!(heard < sent + Duration::from_secs(5));

    let (mut cursor, mut seen) = (wedged.welcome["cursor"].as_str().unwrap().to_owned(), 0);
    let code = loop {
        match wedged.next_or_close().await {
            Ok(frame) => {
                seen += usize::from(frame["type"] == "message.created");
                cursor = frame["cursor"].as_str().map_or(cursor, str::to_owned);
            }
            Err(code) => break code,
        }
    };
    assert!(seen < all, "it could not have had everything");
    assert_eq!(code, 1013);
    let conversation = chat.sent[0].receipt["conversation"].as_str().unwrap();
    let (back, missed) = olga.socket_from(&cursor).await;
    let missed: Vec<Value> = if back.welcome["reset"] == true {
        // So many long texts are loaded, not told.
        olga.history(conversation).await.split_off(seen)
    } else {
        missed.into_iter().filter(|f| f["type"] == "message.created").map(|f| f["message"].clone()).collect()
    };
    let history = awake.screen.texts_of(conversation);
    assert_eq!(seen + missed.len(), awake.screen.conversations[conversation].len(), "nothing is lost");
    assert!(history.ends_with(&texts(&missed)));
}
