//! Something is wrong: administrators see it, their webhooks hear it, and both learn when it is over.

use crate::faults::disk::Disk;
use crate::receiver::{HERE, Receiver};
use crate::world::{Agent, PATIENCE, World, answer, files_below};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const OK: &[&str] = &["200 OK"];

async fn raised(agent: &Agent, rule: &str) -> Option<Value> {
    let list = agent.get("/alerts/raised").await.ok(200);
    list["items"].as_array().unwrap().iter().find(|alert| alert["rule"] == rule).cloned()
}

/// Waits until the alert is raised, or is not.
async fn until_raised(agent: &Agent, rule: &str, wanted: bool) -> Option<Value> {
    let begun = Instant::now();
    loop {
        let found = raised(agent, rule).await;
        if found.is_some() == wanted {
            return found;
        }
        assert!(begun.elapsed() < 3 * PATIENCE, "{rule}: {found:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

async fn set(agent: &Agent, rule: &str, change: Value) {
    agent.patch(&format!("/alert-rules/{rule}"), &change).await.ok(200);
}

/// The disk of the machine that tests may be nearly full: nobody asked.
async fn hook(agent: &Agent, url: &str) -> (String, String) {
    for rule in ["disk.low", "disk.critical"] {
        set(agent, rule, json!({"enabled": false})).await;
    }
    let made = agent.post("/alert-webhooks", &json!({ "url": url })).await.ok(201);
    (made["webhook"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

/// The process uses more memory than nothing.
async fn raise(agent: &Agent) -> Value {
    set(agent, "memory.high", json!({"threshold": 0, "for_seconds": 0})).await;
    until_raised(agent, "memory.high", true).await.unwrap()
}

#[tokio::test]
async fn a_disk_that_fills_is_told_to_everybody_and_so_is_the_end_of_it() {
    let mut world = World::stopped(&[]);
    world.configure(HERE);
    let Some(disk) = Disk::mount(world.data(), 256) else { return eprintln!("NOT RUN: only root can mount a disk") };
    world.init();
    world.start().await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(&["500 Internal Server Error", "200 OK"]).await;
    let (_, secret) = hook(&olga, &receiver.url).await;
    set(&olga, "disk.low", json!({"enabled": true, "threshold": 20, "for_seconds": 0})).await;
    let ready = || async { answer(world.http.get(format!("{}/readyz", world.url))).await };
    assert_eq!(ready().await.ok(200)["status"], "ready");

    disk.fill();
    let alert = until_raised(&olga, "disk.low", true).await.unwrap();
    assert!(alert["value"].as_f64().unwrap() < 5.0 && alert["severity"] == "warning", "{alert}");
    // The first try was refused; the second says the same, signed anew.
    let (first, second) = (receiver.next_about("disk.low").await, receiver.next_about("disk.low").await);
    assert_eq!(first.body, second.body);
    assert_eq!(first.headers["parlor-delivery"], second.headers["parlor-delivery"]);
    assert!(first.is_signed_with(&secret) && second.is_signed_with(&secret) && !second.is_signed_with("another"));
    let told = second.json();
    assert_eq!(
        (&told["type"], &told["threshold"], &told["unit"]),
        (&json!("alert.raised"), &json!(20.0), &json!("percent"))
    );
    assert_eq!(told["began_at"], alert["began_at"]);
    sleep(Duration::from_secs(1)).await;
    let not_ready = ready().await.ok(503);
    let failing: Vec<&str> = not_ready["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["ok"] == false)
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert!(failing.contains(&"disk"), "{not_ready}");

    // Nothing can be written, and still somebody can say that they know.
    olga.post("/alerts/disk.low/acknowledge", &json!({})).await.ok(204);
    assert_eq!(raised(&olga, "disk.low").await.unwrap()["acknowledged_by"], olga.id);
    disk.free();
    until_raised(&olga, "disk.low", false).await;
    assert_eq!(receiver.next_about("disk.low").await.json()["type"], "alert.resolved");
    sleep(Duration::from_secs(1)).await;
    ready().await.ok(200);
    // What could not be written then was written later.
    let begun = Instant::now();
    loop {
        let kept = olga.get("/alerts").await.ok(200);
        let kept = kept["items"].as_array().unwrap().iter().find(|kept| kept["rule"] == "disk.low").cloned();
        if let Some(kept) = kept.filter(|kept| kept["resolved_at"].is_i64()) {
            assert_eq!((&kept["acknowledged_by"], &kept["began_at"]), (&json!(olga.id), &alert["began_at"]));
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it is not kept");
        sleep(Duration::from_millis(200)).await;
    }
    world.kill();
}

#[tokio::test]
async fn an_alert_outlives_a_crash_and_is_told_once() {
    let mut world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    hook(&olga, &receiver.url).await;
    let before = raise(&olga).await;
    assert_eq!(receiver.next().await.json()["type"], "alert.raised");
    sleep(Duration::from_secs(1)).await;
    world.kill();
    world.start().await;
    let olga = world.owner().await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(raised(&olga, "memory.high").await.unwrap()["began_at"], before["began_at"]);
    assert!(!receiver.has_more(), "told twice");
    // Who switches the rule off has resolved it.
    set(&olga, "memory.high", json!({"enabled": false})).await;
    until_raised(&olga, "memory.high", false).await;
    assert_eq!(receiver.next().await.json()["type"], "alert.resolved");
}

#[tokio::test]
async fn a_webhook_is_tried_and_goes_nowhere_else() {
    let mut world = World::stopped(&["--log-level", "debug"]);
    world.configure(HERE);
    world.init();
    world.start().await;
    let olga = world.owner().await;
    let mut elsewhere = Receiver::new(OK).await;
    let redirect = format!("302 Found\r\nlocation: {}", elsewhere.url);
    let mut receiver = Receiver::new(&[&redirect, "200 OK"]).await;
    let (id, secret) = hook(&olga, &receiver.url).await;
    let path = format!("/alert-webhooks/{id}/test");
    let refused = olga.post(&path, &json!({})).await.ok(200);
    assert_eq!((&refused["result"], &refused["status"]), (&json!("refused"), &json!(302)));
    assert_eq!(olga.post(&path, &json!({})).await.ok(200)["result"], "ok");
    let heard = receiver.next().await;
    assert!(heard.is_signed_with(&secret) && heard.json()["type"] == "alert.test");
    assert!(!elsewhere.has_more(), "a redirect was followed");
    let listed = olga.get("/alert-webhooks").await.ok(200);
    assert_eq!(listed["items"][0]["last"]["result"], "ok");
    assert!(!listed.to_string().contains(&secret), "{listed}");
    let (gone, _) = hook(&olga, "http://127.0.0.1:9/").await;
    assert_eq!(olga.post(&format!("/alert-webhooks/{gone}/test"), &json!({})).await.ok(200)["result"], "unreachable");
    // Removed, it hears nothing more; and neither address nor secret lies in the clear.
    olga.delete(&format!("/alert-webhooks/{id}")).await.ok(204);
    olga.delete(&format!("/alert-webhooks/{id}")).await.refused(404, "not_found");
    receiver.next().await;
    raise(&olga).await;
    sleep(Duration::from_secs(1)).await;
    assert!(!receiver.has_more());
    let mut files = files_below(&world.data());
    files.push(("log".into(), world.log().into_bytes()));
    for word in [secret.as_str(), &receiver.url] {
        let holds = |bytes: &[u8]| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(files.iter().all(|(_, bytes)| !holds(bytes)), "{word}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_this_machine_or_its_neighbours_unless_the_operator_says_so() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    let (_, port) = receiver.url.trim_end_matches("/hook").rsplit_once(':').unwrap();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "169.254.169.254", "10.1.2.3"] {
        let (id, _) = hook(&olga, &format!("http://{host}:{port}/hook")).await;
        let tried = olga.post(&format!("/alert-webhooks/{id}/test"), &json!({})).await.ok(200);
        assert_eq!((&tried["result"], &tried["status"]), (&json!("forbidden"), &json!(null)), "{host}");
        olga.delete(&format!("/alert-webhooks/{id}")).await.ok(204);
    }
    assert!(!receiver.has_more());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = World::new().await;
    let olga = world.owner().await;
    for url in ["", "alerts.example", "ftp://alerts.example/", "file:///etc/passwd"] {
        olga.post("/alert-webhooks", &json!({ "url": url })).await.refused(422, "input.invalid");
    }
    for n in 0..5 {
        hook(&olga, &format!("https://alerts.example/{n}")).await;
    }
    olga.post("/alert-webhooks", &json!({"url": "https://alerts.example/"})).await.refused(409, "webhook.too_many");
    for change in [json!({"threshold": -1}), json!({"threshold": 101}), json!({"for_seconds": 86_401})] {
        olga.patch("/alert-rules/disk.low", &change).await.refused(422, "input.invalid");
    }
    olga.patch("/alert-rules/store.failing", &json!({"threshold": 1})).await.refused(422, "input.invalid");
    olga.patch("/alert-rules/disk.low", &json!({"treshold": 1})).await.refused(400, "request.malformed");
    let rules = olga.patch("/alert-rules/descriptors.high", &json!({"threshold": 12.5})).await.ok(200);
    let rule = rules["items"].as_array().unwrap().iter().find(|rule| rule["id"] == "descriptors.high").unwrap();
    assert_eq!(
        (&rule["threshold"], &rule["default_threshold"], &rule["enabled"]),
        (&json!(12.5), &json!(80.0), &json!(true))
    );
}
