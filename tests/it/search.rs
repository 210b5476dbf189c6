//! Finding what was said.

use crate::world::{Agent, PATIENCE, World};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Texts that are found, newest first; waits until there are `count`.
async fn finds(agent: &Agent, words: &str, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..100 {
        let answer = agent.get(&format!("/search?q={words}")).await;
        // The index opens a moment after the server.
        if answer.status == 503 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            continue;
        }
        let page = answer.ok(200);
        let text = |item: &Value| item["message"]["text"].as_str().unwrap().to_owned();
        texts = page["items"].as_array().unwrap().iter().map(text).collect();
        if texts.len() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(texts.len(), count, "{words}: {texts:?}");
    texts
}

#[tokio::test]
async fn what_was_said_is_found_and_survives_a_restart_and_the_loss_of_the_index() {
    let mut world = World::new().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let receipt = visitor.says("你好，订单AB-12345要退款").await;
    olga.notes(receipt["conversation"].as_str().unwrap(), "退款 agreed").await;
    assert_eq!(finds(&olga, "退款", 2).await, ["退款 agreed", "你好，订单AB-12345要退款"]);
    for words in ["款", "要退款", "ab-12345", "12345", "AB-12", "订单 123"] {
        let found = finds(&olga, words, if words == "款" { 2 } else { 1 }).await;
        assert_eq!(found.last().unwrap(), "你好，订单AB-12345要退款");
    }
    let page = olga.get("/search?q=agreed").await.ok(200);
    assert_eq!(page["items"][0]["conversation"]["id"], receipt["conversation"]);
    assert_eq!(page["items"][0]["message"]["kind"], "note");

    world.kill();
    for beside in ["search.db", "search.db-wal", "search.db-shm"] {
        let _ = std::fs::remove_file(world.data().join(beside));
    }
    std::fs::write(world.data().join("search.db"), b"not an index").unwrap();
    world.start().await;
    let olga = world.owner().await;
    finds(&olga, "退款", 2).await;
    world.kill();
    world.start().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    visitor.says("又一个退款").await;
    finds(&olga, "退款", 3).await;
}

#[tokio::test]
async fn only_what_one_may_see_is_found() {
    let world = World::new().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    visitor.says("退款").await;
    finds(&olga, "退款", 1).await;
    let lin = world.hire("Lin", "agent").await;
    finds(&lin, "退款", 1).await;
    let channels = olga.get("/channels").await.ok(200);
    let channel = channels["items"][0]["id"].as_str().unwrap().to_owned();
    let change = serde_json::json!({"everyone": false, "members": []});
    olga.patch(&format!("/channels/{channel}"), &change).await.ok(200);
    finds(&lin, "退款", 0).await;
    visitor.get("/search?q=退款").await.refused(401, "session.required");
}

#[tokio::test]
async fn a_query_has_a_size() {
    let world = World::new().await;
    let olga = world.owner().await;
    olga.get("/search?q=").await.refused(422, "input.invalid");
    olga.get(&format!("/search?q={}", "x".repeat(201))).await.refused(422, "input.invalid");
    assert_eq!(olga.get(&format!("/search?q={}", "退".repeat(200))).await.status, 200);
    olga.get("/search").await.refused(400, "request.malformed");
    olga.get("/search?q=x&after=y").await.refused(400, "request.malformed");
}

async fn find(agent: &Agent, words: &str, more: &str) -> Value {
    let query: String = words.bytes().map(|byte| format!("%{byte:02x}")).collect();
    agent.get(&format!("/search?q={query}{more}")).await.ok(200)
}

async fn texts(agent: &Agent, words: &str) -> Vec<String> {
    let found = find(agent, words, "").await;
    found["items"].as_array().unwrap().iter().map(|f| f["message"]["text"].as_str().unwrap().to_owned()).collect()
}

/// The index follows the store a moment later.
async fn answers(agent: &Agent, words: &str, expected: &[&str]) {
    let since = Instant::now();
    loop {
        let found = texts(agent, words).await;
        if found == expected {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{words}: {found:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn words_are_found_in_every_script() {
    let mut world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let chinese = "你好，我要退款，订单号 A-1042";
    let conversation = visitor.says(chinese).await["conversation"].as_str().unwrap().to_owned();
    visitor.says("The Refund of my order").await;
    olga.says(&conversation, "退货请填表").await;
    olga.notes(&conversation, "a difficult refund").await;
    answers(&olga, "difficult", &["a difficult refund"]).await;

    let check = async |olga: &Agent| {
        answers(olga, "退", &["退货请填表", chinese]).await;
        answers(olga, "退款", &[chinese]).await;
        answers(olga, "款退", &[]).await;
        answers(olga, "refund", &["a difficult refund", "The Refund of my order"]).await;
        answers(olga, "refu", &["a difficult refund", "The Refund of my order"]).await;
        answers(olga, "fund", &[]).await;
        answers(olga, "order refund", &["The Refund of my order"]).await;
        answers(olga, "1042", &[chinese]).await;
        answers(olga, "nowhere", &[]).await;
        // The index's own language means nothing here.
        for strange in ["\"", "refund OR order*", "NEAR(a b)", "-refund", "a:b", "(", "*", "'", "%"] {
            find(olga, strange, "").await;
        }
    };
    check(&olga).await;
    let found = find(&olga, "退款", "").await;
    assert_eq!(found["items"][0]["conversation"]["id"], conversation.as_str());
    assert_eq!(found["items"][0]["message"]["seq"], 2);
    olga.get("/search?q=").await.refused(422, "input.invalid");
    olga.get(&format!("/search?q={}", "x".repeat(201))).await.refused(422, "input.invalid");

    assert!(world.stop());
    world.start().await;
    let olga = world.owner().await;
    check(&olga).await;
    olga.notes(&conversation, "written after the restart").await;
    answers(&olga, "restart", &["written after the restart"]).await;
}

#[tokio::test]
async fn one_finds_only_what_one_may_see_at_the_moment() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let channel = olga.post("/channels", &json!({"name": "Secret"})).await.ok(201);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    olga.patch(&path, &json!({"everyone": false, "members": []})).await.ok(200);
    world.visitor().await.says("an open treasure").await;
    world.visitor_of(channel["key"].as_str().unwrap()).await.says("a hidden treasure").await;
    answers(&olga, "treasure", &["a hidden treasure", "an open treasure"]).await;
    answers(&ben, "treasure", &["an open treasure"]).await;
    answers(&ben, "hidden", &[]).await;
    olga.patch(&path, &json!({"members": [ben.id]})).await.ok(200);
    answers(&ben, "hidden", &["a hidden treasure"]).await;
}

#[tokio::test]
async fn findings_are_paged_newest_first() {
    let world = World::new().await;
    let olga = world.owner().await;
    let conversation = world.visitor().await.says("hello").await["conversation"].as_str().unwrap().to_owned();
    for n in 0..11 {
        olga.says(&conversation, &format!("treasure number {n}")).await;
    }
    answers(&olga, "treasure 10", &["treasure number 10"]).await;
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = find(&olga, "treasure", &format!("&limit=4{after}")).await;
        all.extend(page["items"].as_array().unwrap().iter().map(|f| f["message"]["text"].clone()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..11).rev().map(|n| format!("treasure number {n}")).collect();
    assert_eq!(all, expected);
}
