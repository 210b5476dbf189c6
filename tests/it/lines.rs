//! What is particular to lines over plain HTTP. What all lines have in common is tested over each of them: `make test-rust`.

use crate::world::{Agent, Door, Visitor, World, new_id};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

const HELLO: &str = r#"{"type":"hello","protocol":1}"#;

fn hello() -> Value {
    serde_json::from_str(HELLO).unwrap()
}

/// A polled line of this visitor's and its first batch.
async fn polled(visitor: &Visitor) -> (Door, Value) {
    let door = bearer(&visitor.door, &visitor.token);
    let first = door.post("/line/poll", &hello()).await.ok(200);
    (door, first)
}

fn bearer(door: &Door, token: &str) -> Door {
    let mut door = door.clone();
    door.headers.push(("authorization".into(), format!("Bearer {token}")));
    door
}

fn kinds(batch: &Value) -> Vec<&str> {
    batch["frames"].as_array().unwrap().iter().map(|frame| frame["type"].as_str().unwrap()).collect()
}

fn next(line: &Value) -> Value {
    json!({"line": line["line"], "after": line["batch"]})
}

#[tokio::test]
async fn a_lost_answer_is_said_again_and_nothing_twice() {
    let world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, first) = polled(&visitor).await;
    assert_eq!((first["batch"].as_i64(), kinds(&first)), (Some(1), vec!["welcome", "live"]));
    visitor.says("one").await;
    let second = door.post("/line/poll", &next(&first)).await.ok(200);
    assert_eq!(second["frames"][0]["message"]["text"], "one", "{second}");
    let again = door.post("/line/poll", &next(&first)).await.ok(200);
    assert_eq!(again, second);
    visitor.says("two").await;
    let third = door.post("/line/poll", &next(&second)).await.ok(200);
    assert_eq!((kinds(&third), &third["frames"][0]["message"]["text"]), (vec!["message.created"], &json!("two")));
    for wrong in [0, 1, 4] {
        let poll = json!({"line": first["line"], "after": wrong});
        door.post("/line/poll", &poll).await.refused(409, "line.out_of_step");
    }
}

#[tokio::test]
async fn one_may_poll_once_at_a_time_and_a_poll_that_was_broken_off_loses_nothing() {
    let world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, first) = polled(&visitor).await;
    let (patient, poll) = (door.clone(), next(&first));
    let waiting = tokio::spawn(async move { patient.post("/line/poll", &poll).await.ok(200) });
    // It must be there first.
    tokio::time::sleep(Duration::from_millis(300)).await;
    door.post("/line/poll", &next(&first)).await.refused(409, "line.out_of_step");
    visitor.says("for the one that waits").await;
    let heard = waiting.await.unwrap();
    assert_eq!(heard["frames"][0]["message"]["text"], "for the one that waits");
    let broken_off = timeout(Duration::from_millis(300), door.post("/line/poll", &next(&heard))).await;
    assert!(broken_off.is_err());
    visitor.says("said to nobody").await;
    let mut answer = door.post("/line/poll", &next(&heard)).await;
    // The server may notice a moment later that nobody waits.
    while answer.status == 409 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = door.post("/line/poll", &next(&heard)).await;
    }
    assert_eq!(answer.ok(200)["frames"][0]["message"]["text"], "said to nobody");
}

#[tokio::test]
async fn frames_are_answered_in_their_order_and_once() {
    let world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, line) = polled(&visitor).await;
    let ids = [new_id(), new_id(), new_id()];
    let send = |id: &String| json!({"type": "send", "id": id, "text": format!("message {id}")});
    let frames: Vec<Value> = [&ids[0], &ids[1], &ids[2], &ids[0]].map(send).to_vec();
    let said = json!({"line": line["line"], "frames": frames});
    let answer = door.post("/line/frames", &said).await.ok(200);
    let acks = answer["frames"].as_array().unwrap();
    let seqs: Vec<(&str, i64)> =
        acks.iter().map(|ack| (ack["id"].as_str().unwrap(), ack["seq"].as_i64().unwrap())).collect();
    let start = seqs[0].1;
    assert_eq!(seqs, [(&*ids[0], start), (&*ids[1], start + 1), (&*ids[2], start + 2), (&*ids[0], start)]);
    // The whole post once more, as after an answer that was lost.
    assert_eq!(door.post("/line/frames", &said).await.ok(200), answer);
    assert_eq!(
        visitor.history().await.iter().filter(|m| m["text"].as_str().unwrap().starts_with("message ")).count(),
        3
    );
}

#[tokio::test]
async fn a_bad_post_is_refused_and_a_bad_frame_is_answered() {
    let world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, line) = polled(&visitor).await;
    let say = async |frames: Value| door.post("/line/frames", &json!({"line": line["line"], "frames": frames})).await;
    say(json!([])).await.refused(422, "input.invalid");
    say(json!(vec![json!({"type": "tick"}); 65])).await.refused(422, "input.invalid");
    say(json!("tick")).await.refused(400, "request.malformed");
    say(json!([{"type": "send", "text": "x".repeat(65 << 10)}])).await.refused(413, "request.too_large");
    let answered =
        say(json!([{"type": "dance"}, 7, {"type": "tick"}, {"type": "send", "id": new_id(), "text": ""}])).await;
    let answered = answered.ok(200);
    let told: Vec<_> = answered["frames"].as_array().unwrap().iter().map(|f| (&f["type"], &f["code"])).collect();
    let (error, reject) = (json!("error"), json!("reject"));
    let (malformed, invalid) = (json!("request.malformed"), json!("input.invalid"));
    assert_eq!(told, [(&error, &malformed), (&error, &malformed), (&reject, &invalid)]);
    for bad in
        [json!({}), json!({"line": line["line"]}), json!({"type": "hello"}), json!({"type": "hallo", "protocol": 1})]
    {
        door.post("/line/poll", &bad).await.refused(400, "request.malformed");
    }
}

#[tokio::test]
async fn only_its_secret_is_a_line_and_only_who_is_known_gets_one() {
    let mut world = World::new().await;
    let (visitor, _) = world.begun().await;
    let stranger = world.stranger();
    for path in ["/line/poll", "/line/stream"] {
        stranger.post(path, &hello()).await.refused(401, "session.required");
        // A token in the hello is not looked at.
        let hello = json!({"type": "hello", "protocol": 1, "token": visitor.token});
        stranger.post(path, &hello).await.refused(401, "session.required");
    }
    let unknown =
        json!({"line": "lin_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "after": 1, "frames": [{"type": "tick"}]});
    stranger.post("/line/poll", &unknown).await.refused(404, "line.unknown");
    stranger.post("/line/frames", &unknown).await.refused(404, "line.unknown");
    let (door, line) = polled(&visitor).await;
    world.kill();
    world.start().await;
    let door = Door { url: world.stranger().url, ..door };
    door.post("/line/poll", &next(&line)).await.refused(404, "line.unknown");
}

#[tokio::test]
async fn an_agents_cookie_opens_a_line_for_our_own_pages_only() {
    let world = World::new().await;
    let owner: Agent = world.owner().await;
    assert_eq!(kinds(&owner.post("/line/poll", &hello()).await.ok(200)), ["welcome", "live"]);
    let bare = |origin: &str, marked: bool| {
        let mut request = owner.http.post(format!("{}/api/v1/line/poll", owner.url)).json(&hello());
        for (name, value) in owner.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("origin")) {
            request = request.header(name, value);
        }
        if marked {
            request = request.header("x-parlor-request", "1");
        }
        crate::world::answer(request.header("origin", origin))
    };
    bare(&owner.url, true).await.ok(200);
    bare(&owner.url, false).await.refused(403, "request.forged");
    bare("http://evil.example", true).await.refused(403, "request.forged");
}

#[tokio::test]
async fn whoever_is_shut_out_neither_hears_nor_says_anything_more() {
    let world = World::new().await;
    let owner = world.owner().await;
    let lin = world.hire("Lin", "agent").await;
    let (visitor, conversation) = world.begun().await;
    let line = lin.post("/line/poll", &hello()).await.ok(200);
    owner.patch(&format!("/users/{}", lin.id), &json!({"active": false})).await.ok(200);
    visitor.says("not for Lin any more").await;
    let send =
        json!({"type": "send", "id": new_id(), "conversation": conversation, "kind": "text", "text": "still here"});
    let said = lin.post("/line/frames", &json!({"line": line["line"], "frames": [send]})).await.ok(200);
    assert_eq!((kinds(&said), &said["frames"][0]["code"]), (vec!["close"], &json!(4401)));
    let end = lin.post("/line/poll", &next(&line)).await.ok(200);
    assert_eq!((kinds(&end), &end["frames"][0]["code"]), (vec!["close"], &json!(4401)));
    lin.post("/line/poll", &next(&line)).await.refused(404, "line.unknown");
    assert!(owner.history(&conversation).await.iter().all(|message| message["text"] != "still here"));
}

#[tokio::test]
async fn who_says_goodbye_is_gone_at_once() {
    let world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, line) = polled(&visitor).await;
    let poll = next(&line);
    let (patient, polled) = (door.clone(), poll.clone());
    let waiting = tokio::spawn(async move { patient.post("/line/poll", &polled).await.ok(200) });
    // The poll must be there before the end.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let bye = json!({"line": line["line"], "frames": [{"type": "close"}]});
    assert_eq!(door.post("/line/frames", &bye).await.ok(200)["frames"][0]["code"], 1000);
    assert_eq!(waiting.await.unwrap()["frames"][0]["code"], 1000);
    door.post("/line/poll", &poll).await.refused(404, "line.unknown");
}

#[tokio::test]
async fn lines_take_seats_like_sockets_and_give_them_back() {
    let world = World::limited("sockets_per_address = 3").await;
    let (visitor, _) = world.begun().await;
    let door = bearer(&visitor.door, &visitor.token);
    let mut streams = Vec::new();
    for _ in 0..3 {
        let request =
            door.http.post(format!("{}/api/v1/line/stream", door.url)).bearer_auth(&visitor.token).json(&hello());
        let mut stream = request.send().await.unwrap();
        assert_eq!(stream.status(), 200);
        assert!(stream.chunk().await.unwrap().is_some());
        streams.push(stream);
    }
    door.post("/line/poll", &hello()).await.refused(429, "server.busy");
    streams.clear();
    let mut answer = door.post("/line/poll", &hello()).await;
    for _ in 0..100 {
        if answer.status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        answer = door.post("/line/poll", &hello()).await;
    }
    answer.ok(200);
}

#[tokio::test]
async fn a_server_that_stops_says_so_on_every_line() {
    let mut world = World::new().await;
    let (visitor, _) = world.begun().await;
    let (door, first) = polled(&visitor).await;
    let request = door.http.post(format!("{}/api/v1/line/stream", door.url)).bearer_auth(&visitor.token).json(&hello());
    let mut stream = request.send().await.unwrap();
    stream.chunk().await.unwrap().unwrap();
    let mut socket = visitor.socket().await;
    let poll = next(&first);
    let waiting = tokio::spawn(async move { door.post("/line/poll", &poll).await.ok(200) });
    // The poll must be there before the end.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(world.stop(), "{}", world.log());
    assert_eq!(socket.closed().await, 1001);
    let end = waiting.await.unwrap();
    assert_eq!((kinds(&end), &end["frames"][0]["code"]), (vec!["close"], &json!(1001)));
    let mut rest = Vec::new();
    while let Ok(Some(chunk)) = stream.chunk().await {
        rest.extend_from_slice(&chunk);
    }
    assert!(String::from_utf8_lossy(&rest).contains(r#""code":1001"#));
}
