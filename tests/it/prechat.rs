//! What is asked before a conversation, and what becomes of the answers.

use crate::world::{Agent, Visitor, World, new_id};
use serde_json::{Value, json};

/// With the tags of its departments.
async fn asks(olga: &Agent) -> (String, String) {
    let tag =
        async |name: &str| olga.post("/tags", &json!({"name": name})).await.ok(201)["id"].as_str().unwrap().to_owned();
    let (sales, help) = (tag("Sales").await, tag("Help").await);
    let mut settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    settings["prechat"] = json!({
        "enabled": true,
        "lead": "A few questions first.",
        "fields": [
            {"id": "name", "kind": "name", "label": "Name", "required": true},
            {"id": "mail", "kind": "email", "label": "E-mail", "required": true},
            {"id": "tel", "kind": "phone", "label": "Phone"},
            {"id": "order", "kind": "text", "label": "Order number"},
            {"id": "about", "kind": "choice", "label": "What is it about?", "required": true,
             "options": [{"text": "Buying", "tag": sales}, {"text": "A problem", "tag": help}, {"text": "Other"}]},
        ],
        "consent": {"text": "I agree that you keep this.", "link_text": "Privacy", "url": "https://acme.example/privacy"},
    });
    olga.patch("/channels/chn_1", &json!({"settings": settings})).await.ok(200);
    (sales, help)
}

fn good() -> Value {
    json!({
        "answers": {"name": "Ana", "mail": "ana@example.org", "about": "A problem", "order": " 4711 "},
        "consent": "I agree that you keep this.",
    })
}

async fn says(visitor: &Visitor, text: &str) -> String {
    visitor.says(text).await["conversation"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_conversation_begins_with_the_answers_and_an_old_chat_is_told_what_is_missing() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (_, help) = asks(&olga).await;
    let visitor = world.visitor().await;
    let first = new_id();
    // By REST and by socket: neither gets past the questions.
    visitor.says_with_id(&first, "hello").await.refused(409, "prechat.required");
    let mut socket = visitor.socket().await;
    let refused = socket.send(&json!({"type": "send", "id": new_id(), "text": "hello"})).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("reject"), &json!("prechat.required")));
    assert!(olga.inbox("all").await.is_empty(), "nothing was stored");

    let form = visitor.get("/visitor/prechat").await.ok(200);
    assert_eq!(form["needed"], true);
    assert_eq!(form["fields"].as_array().unwrap().len(), 5);
    assert_eq!(form["fields"][4]["options"][0], json!({"text": "Buying", "tag": null}), "tags are the house's");
    visitor.post("/visitor/prechat", &good()).await.ok(204);
    assert_eq!(visitor.get("/visitor/prechat").await.ok(200)["needed"], false);

    let receipt = visitor.says_with_id(&first, "hello").await.ok(201);
    let conversation = receipt["conversation"].as_str().unwrap();
    let seen = olga.get(&format!("/conversations/{conversation}")).await.ok(200);
    assert_eq!(seen["tags"], json!([help]));
    assert_eq!((&seen["customer"]["name"], &seen["customer"]["email"]), (&json!("Ana"), &json!("ana@example.org")));
    let filled = olga.get(&format!("/conversations/{conversation}/prechat")).await.ok(200)["filled"].clone();
    let answers = json!([
        {"label": "Name", "text": "Ana"},
        {"label": "E-mail", "text": "ana@example.org"},
        {"label": "Order number", "text": "4711"},
        {"label": "What is it about?", "text": "A problem"},
    ]);
    assert_eq!(filled["answers"], answers);
    assert_eq!(filled["consent"], "I agree that you keep this. Privacy (https://acme.example/privacy)");
    assert!(filled["at"].as_i64().unwrap() > 0);

    // It goes on without questions; a retry is a retry.
    assert_eq!(visitor.says_with_id(&first, "hello").await.ok(201), receipt);
    visitor.says("still there?").await;
}

#[tokio::test]
async fn the_next_conversation_is_asked_anew_but_not_what_is_known() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (sales, _) = asks(&olga).await;
    let mut settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    settings["reopen_hours"] = json!(0);
    olga.patch("/channels/chn_1", &json!({"settings": settings})).await.ok(200);
    let visitor = world.visitor().await;
    visitor.post("/visitor/prechat", &good()).await.ok(204);
    let first_id = new_id();
    let first = visitor.says_with_id(&first_id, "one").await.ok(201);
    olga.post(&format!("/conversations/{}/resolve", first["conversation"].as_str().unwrap()), &json!({})).await.ok(200);

    visitor.says_with_id(&new_id(), "two").await.refused(409, "prechat.required");
    assert_eq!(visitor.says_with_id(&first_id, "one").await.ok(201), first, "a late retry of what is stored");
    let form = visitor.get("/visitor/prechat").await.ok(200);
    let ids: Vec<&str> = form["fields"].as_array().unwrap().iter().map(|field| field["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["tel", "order", "about"]);
    // Who says to be another does not become them.
    let eve = json!({"answers": {"name": "Eve", "mail": "eve@example.org", "about": "Buying"}, "consent": "I agree that you keep this."});
    visitor.post("/visitor/prechat", &eve).await.ok(204);
    let second = says(&visitor, "two").await;
    let seen = olga.get(&format!("/conversations/{second}")).await.ok(200);
    assert_eq!((&seen["customer"]["email"], &seen["tags"]), (&json!("ana@example.org"), &json!([sales])));
    assert_ne!(json!(second), first["conversation"]);
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_of_it_is_kept() {
    let world = World::new().await;
    let olga = world.owner().await;
    asks(&olga).await;
    let visitor = world.visitor().await;
    let refuse = async |part: &str, value: Value, field: &str, code: &str| {
        let mut given = good();
        match part {
            "consent" => given["consent"] = value,
            _ => given["answers"][part] = value,
        }
        let refused = visitor.post("/visitor/prechat", &given).await.refused(422, "input.invalid");
        assert_eq!(refused["fields"], json!([{"field": field, "code": code}]), "{given}");
    };
    refuse("name", json!("  "), "answers.name", "required").await;
    refuse("name", json!("x".repeat(81)), "answers.name", "too_long").await;
    refuse("mail", json!("ana"), "answers.mail", "invalid").await;
    refuse("tel", json!("call me"), "answers.tel", "invalid").await;
    refuse("order", json!("x".repeat(1_001)), "answers.order", "too_long").await;
    refuse("about", json!("Nothing"), "answers.about", "invalid").await;
    refuse("colour", json!("red"), "answers.colour", "unknown").await;
    refuse("consent", Value::Null, "consent", "required").await;
    let mut other = good();
    other["consent"] = json!("I agree to less.");
    visitor.post("/visitor/prechat", &other).await.refused(409, "prechat.changed");
    assert_eq!(visitor.get("/visitor/prechat").await.ok(200)["needed"], true);
    assert!(
        visitor.get("/visitor/prechat").await.ok(200)["fields"].to_string().contains("mail"),
        "no address was kept"
    );

    let mut settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    settings["prechat"]["fields"][0]["id"] = json!("Not an id");
    let refused = olga.patch("/channels/chn_1", &json!({"settings": settings})).await.refused(422, "input.invalid");
    assert_eq!(refused["fields"][0]["field"], "settings.prechat.fields");
}

#[tokio::test]
async fn answers_outlive_a_kill_and_a_deleted_tag_is_no_hindrance() {
    let mut world = World::new().await;
    let olga = world.owner().await;
    let (_, help) = asks(&olga).await;
    let visitor = world.visitor().await;
    visitor.post("/visitor/prechat", &good()).await.ok(204);
    world.kill();
    world.start().await;
    let olga = Agent { id: olga.id.clone(), ..world.owner().await };
    olga.delete(&format!("/tags/{help}")).await.ok(204);
    let visitor = Visitor { door: crate::world::Door { url: world.url.clone(), ..visitor.door }, ..visitor };
    let conversation = says(&visitor, "hello").await;
    let seen = olga.get(&format!("/conversations/{conversation}")).await.ok(200);
    assert_eq!(seen["tags"], json!([]));
    let filled = olga.get(&format!("/conversations/{conversation}/prechat")).await.ok(200);
    assert_eq!(filled["filled"]["answers"][3]["text"], "A problem");
}

#[tokio::test]
async fn a_channel_that_asks_nothing_takes_no_answers() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    visitor.post("/visitor/prechat", &good()).await.refused(409, "prechat.off");
    let conversation = says(&visitor, "hello").await;
    assert_eq!(olga.get(&format!("/conversations/{conversation}/prechat")).await.ok(200)["filled"], Value::Null);
}
