//! Words that are said often: shared ones, one's own, and who may keep which.

use crate::world::{Agent, World};
use serde_json::{Value, json};

fn shared(title: &str, shortcut: &str) -> Value {
    json!({"scope": "shared", "folder": "Delivery / Returns", "title": title, "shortcut": shortcut, "text": "Hello {{customer.name|there}}"})
}

fn personal(title: &str, shortcut: &str) -> Value {
    json!({"scope": "personal", "title": title, "shortcut": shortcut, "text": "Best regards"})
}

async fn titles(agent: &Agent) -> Vec<String> {
    let list = agent.get("/quick-replies").await.ok(200);
    list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

fn path(reply: &Value) -> String {
    format!("/quick-replies/{}", reply["id"].as_str().unwrap())
}

#[tokio::test]
async fn supervisors_keep_the_shared_ones_and_everybody_their_own() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (sam, mia) = (olga.hires(&world, "Sam", "supervisor").await, olga.hires(&world, "Mia", "agent").await);
    let refund = sam.post("/quick-replies", &shared("Refund", "/Refund")).await.ok(201);
    assert_eq!(
        (&refund["folder"], &refund["shortcut"], &refund["scope"], &refund["used"]),
        (&json!("Delivery/Returns"), &json!("refund"), &json!("shared"), &json!(0))
    );
    mia.post("/quick-replies", &shared("Mine for all", "")).await.refused(403, "role.insufficient");
    let regards = mia.post("/quick-replies", &personal("Regards", "br")).await.ok(201);
    assert_eq!(titles(&mia).await, ["Regards", "Refund"]);
    assert_eq!(titles(&sam).await, ["Refund"], "what is somebody's own is nobody else's business");

    sam.patch(&path(&regards), &json!({"title": "Taken"})).await.refused(404, "not_found");
    sam.delete(&path(&regards)).await.refused(404, "not_found");
    sam.post(&format!("{}/used", path(&regards)), &json!({})).await.refused(404, "not_found");
    mia.patch(&path(&refund), &json!({"title": "Mine"})).await.refused(403, "role.insufficient");
    mia.delete(&path(&refund)).await.refused(403, "role.insufficient");
    let changed = sam.patch(&path(&refund), &json!({"title": "退款", "folder": ""})).await.ok(200);
    assert_eq!(
        (&changed["title"], &changed["folder"], &changed["text"]),
        (&json!("退款"), &json!(""), &refund["text"])
    );
}

#[tokio::test]
async fn a_shortcut_means_one_thing_and_what_is_wrong_is_named() {
    let world = World::new().await;
    let olga = world.owner().await;
    let one = olga.post("/quick-replies", &shared("One", "hi")).await.ok(201);
    let wrong = olga.post("/quick-replies", &shared("Two", "HI")).await.refused(422, "input.invalid");
    assert_eq!(wrong["fields"], json!([{"field": "shortcut", "code": "taken"}]));
    olga.post("/quick-replies", &personal("My own", "hi")).await.ok(201);
    let two = olga.post("/quick-replies", &shared("Two", "")).await.ok(201);
    olga.post("/quick-replies", &shared("Three", "")).await.ok(201);
    olga.patch(&path(&two), &json!({"shortcut": "hi"})).await.refused(422, "input.invalid");
    olga.patch(&path(&one), &json!({"shortcut": "hi"})).await.ok(200);
    let empty = json!({"scope": "shared", "title": " ", "text": ""});
    let wrong = olga.post("/quick-replies", &empty).await.refused(422, "input.invalid");
    let fields = json!([{"field": "title", "code": "required"}, {"field": "text", "code": "required"}]);
    assert_eq!(wrong["fields"], fields);
    olga.post("/quick-replies", &json!({"scope": "everybody", "title": "x", "text": "x"}))
        .await
        .refused(400, "request.malformed");
}

#[tokio::test]
async fn what_was_deleted_comes_back_and_the_screens_follow() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let mut desk = mia.socket().await;
    let refund = olga.post("/quick-replies", &shared("Refund", "refund")).await.ok(201);
    assert_eq!(desk.next_of("quick_reply.updated").await["quick_reply"]["text"], refund["text"]);
    olga.delete(&path(&refund)).await.ok(204);
    assert_eq!(desk.next_of("quick_reply.deleted").await["quick_reply"], refund["id"]);
    assert!(titles(&mia).await.is_empty());
    olga.patch(&path(&refund), &json!({"title": "x"})).await.refused(404, "not_found");

    // Its shortcut is free now, and it cannot come back over the one who took it.
    let other = olga.post("/quick-replies", &shared("Other", "refund")).await.ok(201);
    let restore = format!("{}/restore", path(&refund));
    olga.post(&restore, &json!({})).await.refused(422, "input.invalid");
    olga.delete(&path(&other)).await.ok(204);
    mia.post(&restore, &json!({})).await.refused(403, "role.insufficient");
    olga.post(&restore, &json!({})).await.ok(200);
    olga.post(&restore, &json!({})).await.refused(404, "not_found");
    assert_eq!(titles(&mia).await, ["Refund"]);
}

#[tokio::test]
async fn one_s_own_are_told_to_oneself_alone_and_uses_are_counted() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let (mut olgas, mut mias) = (olga.socket().await, mia.socket().await);
    let own = mia.post("/quick-replies", &personal("Regards", "")).await.ok(201);
    let for_all = olga.post("/quick-replies", &shared("Refund", "")).await.ok(201);
    assert_eq!(mias.next_of("quick_reply.updated").await["quick_reply"]["id"], own["id"]);
    assert_eq!(olgas.next_of("quick_reply.updated").await["quick_reply"]["id"], for_all["id"]);
    for _ in 0..3 {
        mia.post(&format!("{}/used", path(&for_all)), &json!({})).await.ok(204);
    }
    let list = mia.get("/quick-replies").await.ok(200);
    let used = list["items"].as_array().unwrap().iter().find(|item| item["id"] == for_all["id"]).unwrap();
    assert_eq!(used["used"], 3);
    assert!(used["last_used_at"].is_i64());
}
