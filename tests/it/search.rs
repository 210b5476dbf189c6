//! Finding what was said.

use crate::world::{Agent, World};
use serde_json::Value;
use std::time::Duration;

/// Texts that are found, newest first; waits until there are `count`.
async fn finds(agent: &Agent, words: &str, count: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for _ in 0..100 {
        let page = agent.get(&format!("/search?q={words}")).await.ok(200);
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
