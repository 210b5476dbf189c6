//! Channels: made, set, closed, and who is a member.

use crate::world::{Agent, World, new_id};
use serde_json::{Value, json};

async fn the_channel(agent: &Agent) -> Value {
    agent.get("/channels").await.ok(200)["items"][0].take()
}

fn path(channel: &Value) -> String {
    format!("/channels/{}", channel["id"].as_str().unwrap())
}

#[tokio::test]
async fn members_see_a_channel_and_others_do_not() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    let channel = the_channel(&olga).await;
    assert_eq!(channel["everyone"], true);

    // Ben's socket starts over whenever that changes, and then hears or does not hear.
    let mut desk = ben.socket().await;
    olga.patch(&path(&channel), &json!({"everyone": false, "members": [olga.id]})).await.ok(200);
    assert_eq!(desk.closed().await, 1013);
    let mut desk = ben.socket().await;
    visitor.says("a secret").await;
    world.visitor().await.says("another").await;
    desk.hears_no("message.created", std::time::Duration::from_millis(300)).await;
    for gone in [path(&channel), format!("/conversations/{conversation}"), format!("/customers/{}", visitor.id)] {
        ben.get(&gone).await.refused(404, "not_found");
    }
    assert_eq!(ben.inbox("all").await, Vec::<Value>::new());
    assert_eq!(ben.get("/channels").await.ok(200)["items"], json!([]));
    assert_eq!(ben.get("/conversations/counts").await.ok(200)["all"], 0);

    olga.patch(&path(&channel), &json!({"members": [olga.id, ben.id]})).await.ok(200);
    assert_eq!(desk.closed().await, 1013);
    let mut desk = ben.socket().await;
    visitor.says("no secret").await;
    desk.sees("no secret").await;
    assert_eq!(ben.history(&conversation).await.len(), 4);
    // What does not change who may see disturbs nobody.
    olga.patch(&path(&channel), &json!({"name": "Store"})).await.ok(200);
    assert_eq!(desk.next_of("channel.updated").await["channel"]["name"], "Store");
    olga.patch(&path(&channel), &json!({"members": ["usr_999999"]})).await.refused(422, "input.invalid");
}

#[tokio::test]
async fn a_role_that_changes_changes_what_one_sees() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let channel = the_channel(&olga).await;
    olga.patch(&path(&channel), &json!({"everyone": false, "members": []})).await.ok(200);
    let visitor = world.visitor().await;
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    let mut desk = ben.socket().await;
    olga.patch(&format!("/users/{}", ben.id), &json!({"role": "supervisor"})).await.ok(200);
    assert_eq!(desk.closed().await, 1013);
    let mut desk = ben.socket().await;
    visitor.says("more").await;
    desk.sees("more").await;
    olga.patch(&format!("/users/{}", ben.id), &json!({"role": "agent"})).await.ok(200);
    assert_eq!(desk.closed().await, 1013);
    ben.get(&format!("/conversations/{conversation}")).await.refused(404, "not_found");
}

#[tokio::test]
async fn settings_are_checked_and_shown_to_visitors_without_the_sites() {
    let world = World::new().await;
    let olga = world.owner().await;
    let channel = the_channel(&olga).await;
    let with = |field: &str, value: Value| {
        let mut settings = channel["settings"].clone();
        settings[field] = value;
        json!({ "settings": settings })
    };
    for (field, value, status) in [
        ("colour", json!("red"), 422),
        ("origins", json!(["*"]), 422),
        ("origins", json!(["https://x.example/path"]), 422),
        ("origins", json!(["https://x.example; script-src *"]), 422),
        ("greeting", json!("x".repeat(1_001)), 422),
        ("title", json!("x".repeat(61)), 422),
        ("reopen_hours", json!(1_000_000), 422),
        ("reopen_hours", json!(-1), 400),
        ("position", json!("top"), 400),
        ("theme", json!("pink"), 400),
        ("unheard_of", json!(1), 400),
    ] {
        let answer = olga.patch(&path(&channel), &with(field, value.clone())).await.ok(status);
        if status == 422 {
            assert_eq!(answer["fields"][0]["field"], format!("settings.{field}"), "{value}");
        }
    }
    for name in ["", "  ", &"x".repeat(81), "Shop\0", "Shop\r\nBcc"] {
        olga.patch(&path(&channel), &json!({"name": name})).await.refused(422, "input.invalid");
        olga.post("/channels", &json!({"name": name})).await.refused(422, "input.invalid");
    }
    assert_eq!(the_channel(&olga).await, channel, "nothing of that was stored");

    let sites = json!(["https://shop.example", "http://localhost:3000"]);
    let changed = olga.patch(&path(&channel), &with("origins", sites.clone())).await.ok(200);
    assert_eq!(changed["settings"]["origins"], sites);
    let face = world.stranger().get(&format!("/visitor/channel?key={}", world.channel_key)).await.ok(200);
    assert_eq!((&face["name"], &face["organisation"]), (&json!("Shop"), &json!("Acme")));
    assert_eq!(face["settings"]["origins"], json!([]));
    let chat = crate::world::answer(world.http.get(format!("{}/c/{}", world.url, world.channel_key))).await;
    let policy = chat.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'self' https://shop.example http://localhost:3000"), "{policy}");
}

#[tokio::test]
async fn a_closed_channel_lets_nobody_in_until_it_opens_again() {
    let world = World::new().await;
    let olga = world.owner().await;
    let channel = the_channel(&olga).await;
    let visitor = world.visitor().await;
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    olga.patch(&path(&channel), &json!({"active": false})).await.ok(200);
    let stranger = world.stranger();
    let key = json!({"channel": world.channel_key});
    stranger.post("/visitor/session", &key).await.refused(404, "not_found");
    visitor.post("/visitor/session", &key).await.refused(404, "not_found");
    stranger.get(&format!("/visitor/channel?key={}", world.channel_key)).await.refused(404, "not_found");
    visitor.get("/visitor/messages").await.refused(401, "session.expired");
    visitor.says_with_id(&new_id(), "anybody?").await.refused(401, "session.expired");
    let mut socket = crate::world::Socket::open(&world.url, &[]).await;
    socket.say(&json!({"type": "hello", "protocol": 1, "token": visitor.token})).await;
    assert_eq!(socket.closed().await, 4401);
    // Agents keep the history.
    assert_eq!(olga.history(&conversation).await.len(), 2);

    olga.patch(&path(&channel), &json!({"active": true})).await.ok(200);
    visitor.says("back again").await;
    assert_eq!(visitor.history().await.len(), 2);
}

#[tokio::test]
async fn a_returning_visitor_is_recognised_on_their_channel_only() {
    let world = World::new().await;
    let olga = world.owner().await;
    let other = olga.post("/channels", &json!({"name": "Other"})).await.ok(201);
    let visitor = world.visitor().await;
    visitor.says("hello").await;
    let again = visitor.post("/visitor/session", &json!({"channel": world.channel_key})).await.ok(200);
    assert_eq!((&again["token"], &again["visitor"]["id"]), (&json!(visitor.token), &json!(visitor.id)));
    let elsewhere = visitor.post("/visitor/session", &json!({"channel": other["key"]})).await.ok(200);
    assert_ne!(elsewhere["token"], visitor.token.as_str());
    assert_ne!(elsewhere["visitor"]["id"], visitor.id.as_str());
    let mut unknown = visitor.door.clone();
    unknown.headers = vec![("authorization".into(), "Bearer plv_unknown".into())];
    let fresh = unknown.post("/visitor/session", &json!({"channel": world.channel_key})).await.ok(200);
    assert_ne!(fresh["visitor"]["id"], visitor.id.as_str());
    world.stranger().post("/visitor/session", &json!({"channel": "wc_unknown"})).await.refused(404, "not_found");
}
