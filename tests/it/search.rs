//! Agents find messages again.

use crate::world::{Agent, PATIENCE, World};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

async fn find(agent: &Agent, words: &str, more: &str) -> Value {
    let query: String = words.bytes().map(|byte| format!("%{byte:02x}")).collect();
    agent.get(&format!("/search?q={query}{more}")).await.ok(200)
}

async fn texts(agent: &Agent, words: &str) -> Vec<String> {
    let found = find(agent, words, "").await;
    found["items"].as_array().unwrap().iter().map(|f| f["message"]["text"].as_str().unwrap().to_owned()).collect()
}

/// The index follows the store a moment later.
async fn finds(agent: &Agent, words: &str, expected: &[&str]) {
    let since = Instant::now();
    loop {
        let found = texts(agent, words).await;
        if found == expected {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "{words}: {found:?}, not {expected:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
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
    finds(&olga, "difficult", &["a difficult refund"]).await;

    let check = async |olga: &Agent| {
        finds(olga, "退", &["退货请填表", chinese]).await;
        finds(olga, "退款", &[chinese]).await;
        finds(olga, "款退", &[]).await;
        finds(olga, "refund", &["a difficult refund", "The Refund of my order"]).await;
        finds(olga, "refu", &["a difficult refund", "The Refund of my order"]).await;
        finds(olga, "fund", &[]).await;
        finds(olga, "order refund", &["The Refund of my order"]).await;
        finds(olga, "1042", &[chinese]).await;
        finds(olga, "nowhere", &[]).await;
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
    finds(&olga, "restart", &["written after the restart"]).await;
}

#[tokio::test]
async fn one_finds_only_what_one_may_see() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let channel = olga.post("/channels", &json!({"name": "Secret"})).await.ok(201);
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    olga.patch(&path, &json!({"everyone": false, "members": []})).await.ok(200);
    world.visitor().await.says("an open treasure").await;
    world.visitor_of(channel["key"].as_str().unwrap()).await.says("a hidden treasure").await;
    finds(&olga, "treasure", &["a hidden treasure", "an open treasure"]).await;
    finds(&ben, "treasure", &["an open treasure"]).await;
    finds(&ben, "hidden", &[]).await;
    olga.patch(&path, &json!({"members": [ben.id]})).await.ok(200);
    finds(&ben, "hidden", &["a hidden treasure"]).await;
}

#[tokio::test]
async fn findings_are_paged_newest_first() {
    let world = World::new().await;
    let olga = world.owner().await;
    let conversation = world.visitor().await.says("hello").await["conversation"].as_str().unwrap().to_owned();
    for n in 0..11 {
        olga.says(&conversation, &format!("treasure number {n}")).await;
    }
    finds(&olga, "treasure 10", &["treasure number 10"]).await;
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
