//! Visitors are received: by the hours, by who is there, and word is left where nobody is.

use crate::world::{Agent, World};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

const DAY_MS: i64 = 86_400_000;

fn now_ms() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64
}

/// A week in UTC in which only this day, counted from today, has hours.
fn only_in(days: i64, from: &str, to: &str) -> Value {
    let weekday = (now_ms() / DAY_MS + 3 + days).rem_euclid(7);
    let day = |n: i64| if n == weekday { json!([{"from": from, "to": to}]) } else { json!([]) };
    json!({"enabled": true, "time_zone": "UTC", "week": (0..7).map(day).collect::<Vec<_>>(), "dates": []})
}

fn always() -> Value {
    let day = json!([{"from": "00:00", "to": "00:00"}]);
    json!({"enabled": true, "time_zone": "UTC", "week": vec![day; 7], "dates": []})
}

async fn set(olga: &Agent, part: &str, value: Value) {
    let mut settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    settings[part] = value;
    olga.patch("/channels/chn_1", &json!({"settings": settings})).await.ok(200);
}

#[tokio::test]
async fn the_hours_decide_what_a_visitor_is_told_and_changes_are_heard_at_once() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    assert_eq!(visitor.get("/visitor/reception").await.ok(200)["open"], true, "without hours it is open");
    let mut socket = visitor.socket().await;
    let other = olga.post("/channels", &json!({"name": "Another"})).await.ok(201);
    let mut elsewhere = world.visitor_of(other["key"].as_str().unwrap()).await.socket().await;

    set(&olga, "reception", json!({"closed_greeting": "We sleep."})).await;
    set(&olga, "greeting", json!("Hello!")).await;
    set(&olga, "hours", only_in(2, "09:00", "18:00")).await;
    let told = socket.until(|frame| frame["type"] == "reception.updated" && frame["reception"]["open"] == false).await;
    let opens_at = (now_ms() / DAY_MS + 2) * DAY_MS + 9 * 3_600_000;
    let closed =
        json!({"open": false, "here": false, "opens_at": opens_at, "closes_at": null, "greeting": "We sleep."});
    assert_eq!(told["reception"], closed);
    assert_eq!(visitor.get("/visitor/reception").await.ok(200), closed);

    set(&olga, "hours", always()).await;
    let told = socket.next_of("reception.updated").await["reception"].clone();
    assert_eq!((&told["open"], &told["here"], &told["greeting"]), (&json!(true), &json!(true), &json!("Hello!")));
    socket.hears_no("reception.updated", Duration::from_millis(2_500)).await;
    elsewhere.hears_no("reception.updated", Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_session_begins_with_how_one_is_received_and_not_with_the_houses_holidays() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut hours = only_in(3, "10:00", "12:00");
    hours["dates"] = json!([{"date": "2199-12-25", "name": "Board meeting"}]);
    set(&olga, "hours", hours).await;
    let key = olga.get("/channels/chn_1").await.ok(200)["key"].clone();
    let session = world.stranger().post("/visitor/session", &json!({"channel": key})).await.ok(200);
    assert_eq!(session["channel"]["reception"]["open"], false);
    assert_eq!(session["channel"]["settings"]["hours"]["dates"], json!([]));
    let face = world.stranger().get(&format!("/visitor/channel?key={}", key.as_str().unwrap())).await.ok(200);
    assert_eq!(face["reception"], session["channel"]["reception"]);
}

#[tokio::test]
async fn somebody_is_there_if_they_serve_the_channel_and_are_not_away() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    set(&olga, "reception", json!({"presence": true})).await;
    let visitor = world.visitor().await;
    let here = async || visitor.get("/visitor/reception").await.ok(200)["here"] == true;
    assert!(!here().await, "nobody has a socket");
    let mut socket = visitor.socket().await;

    let mut at_work = mia.socket().await;
    let came = socket.until(|frame| frame["type"] == "reception.updated" && frame["reception"]["here"] == true).await;
    assert_eq!(came["reception"]["open"], true);
    at_work.say(&json!({"type": "presence", "availability": "away"})).await;
    socket.until(|frame| frame["type"] == "reception.updated" && frame["reception"]["here"] == false).await;
    at_work.say(&json!({"type": "presence", "availability": "online"})).await;
    socket.until(|frame| frame["type"] == "reception.updated" && frame["reception"]["here"] == true).await;

    olga.patch("/channels/chn_1", &json!({"everyone": false, "members": []})).await.ok(200);
    socket.until(|frame| frame["type"] == "reception.updated" && frame["reception"]["here"] == false).await;
    let _at_work_again = mia.socket().await;
    assert!(!here().await, "Mia does not serve this channel");

    set(&olga, "hours", only_in(2, "09:00", "18:00")).await;
    let _owner = olga.socket().await;
    assert!(!here().await, "present, but it is closed");
}

#[tokio::test]
async fn word_is_left_with_an_address_that_nothing_known_is_lost_for() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let leave = async |body: Value| visitor.post("/visitor/contact", &body).await;
    for (body, code) in [
        (json!({"name": "Ana"}), "required"),
        (json!({"name": "Ana", "email": "ana"}), "invalid"),
        (json!({"email": format!("{}@example.org", "a".repeat(250))}), "too_long"),
    ] {
        let refused = leave(body).await.refused(422, "input.invalid");
        assert_eq!(refused["fields"][0], json!({"field": "email", "code": code}));
    }
    let left = leave(json!({"name": " Ana ", "email": "ana@example.org"})).await.ok(200);
    assert_eq!(left, json!({"id": visitor.id, "name": "Ana", "email": "ana@example.org"}));
    // Whatever a form says later: what is known stays.
    let again = leave(json!({"name": "Eve", "email": "eve@example.org"})).await.ok(200);
    assert_eq!(again, left);

    let conversation = visitor.says("Please call me back.").await["conversation"].clone();
    let held = olga.get(&format!("/conversations/{}", conversation.as_str().unwrap())).await.ok(200);
    assert_eq!(held["customer"]["email"], "ana@example.org");
    assert_eq!(held["status"], "open");
}

#[tokio::test]
async fn what_cannot_be_hours_is_refused_by_name() {
    let world = World::new().await;
    let olga = world.owner().await;
    let settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    let refuse = async |change: Value, field: &str| {
        let mut wrong = settings.clone();
        wrong["hours"].as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = olga.patch("/channels/chn_1", &json!({"settings": wrong})).await.refused(422, "input.invalid");
        assert_eq!(refused["fields"][0]["field"], format!("settings.hours.{field}"), "{change}");
    };
    refuse(json!({"time_zone": "Mars/Base"}), "time_zone").await;
    refuse(json!({"week": [[], []]}), "week").await;
    refuse(json!({"week": [[{"from": "9", "to": "18:00"}], [], [], [], [], [], []]}), "week").await;
    refuse(json!({"dates": [{"date": "2026-02-30"}]}), "dates").await;
    refuse(json!({"dates": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]}), "dates").await;
    let dates: Vec<Value> = (0..201).map(|n| json!({"date": format!("{}-01-01", 2000 + n)})).collect();
    refuse(json!({"dates": dates}), "dates").await;
}

#[tokio::test]
async fn who_waits_is_told_how_many_are_before_them() {
    let world = World::new().await;
    let olga = world.owner().await;
    set(&olga, "reception", json!({"queue": true})).await;
    let visitors = [world.visitor().await, world.visitor().await, world.visitor().await];
    let mut conversations = Vec::new();
    let mut sockets = Vec::new();
    for visitor in &visitors {
        sockets.push(visitor.socket().await);
        conversations.push(visitor.says("hello").await["conversation"].as_str().unwrap().to_owned());
    }
    for (ahead, socket) in sockets.iter_mut().enumerate() {
        socket.until(|frame| frame["type"] == "queue.updated" && frame["ahead"] == ahead).await;
    }
    assert_eq!(visitors[2].get("/visitor/queue").await.ok(200), json!({"ahead": 2}));
    assert_eq!(world.visitor().await.get("/visitor/queue").await.ok(200), json!({"ahead": null}));

    // Whoever is taken on, answered or put aside waits no more; the others move up.
    let assign = json!({"assignee": olga.id});
    olga.post(&format!("/conversations/{}/assign", conversations[0]), &assign).await.ok(200);
    sockets[0].until(|frame| frame["type"] == "queue.updated" && frame["ahead"].is_null()).await;
    sockets[2].until(|frame| frame["type"] == "queue.updated" && frame["ahead"] == 1).await;
    olga.says(&conversations[1], "Hello!").await;
    sockets[2].until(|frame| frame["type"] == "queue.updated" && frame["ahead"] == 0).await;

    set(&olga, "reception", json!({"queue": false})).await;
    sockets[2].until(|frame| frame["type"] == "queue.updated" && frame["ahead"].is_null()).await;
}
