//! What happens reaches the programs that asked for it: in order, at least once, under one id, whatever becomes of either side.

use crate::receiver::{HERE, Heard, Receiver, SILENCE};
use crate::world::{Agent, PATIENCE, Visitor, World, new_id};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const OK: &[&str] = &["200 OK"];

async fn hook(agent: &Agent, url: &str, kinds: &[&str]) -> (String, String) {
    let made = agent.post("/webhooks", &json!({"url": url, "kinds": kinds})).await.ok(201);
    (made["webhook"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

async fn webhook(agent: &Agent, id: &str) -> Value {
    let list = agent.get("/webhooks").await.ok(200);
    list["items"].as_array().unwrap().iter().find(|webhook| webhook["id"] == id).unwrap().clone()
}

/// Waits until the webhook is as wanted.
async fn until(agent: &Agent, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let found = webhook(agent, id).await;
        if wanted(&found) {
            return found;
        }
        assert!(begun.elapsed() < 2 * PATIENCE, "{found}");
        sleep(Duration::from_millis(100)).await;
    }
}

fn text(heard: &Heard) -> String {
    heard.json()["message"]["text"].as_str().unwrap().to_owned()
}

async fn hears(receiver: &mut Receiver, texts: &[&str]) -> Vec<Heard> {
    let mut all: Vec<Heard> = Vec::new();
    for expected in texts {
        let mut heard = receiver.next().await;
        // At least once: what a try that was given up has said may be said again.
        while all.last().is_some_and(|last| last.id() == heard.id()) {
            heard = receiver.next().await;
        }
        assert_eq!(text(&heard), *expected);
        all.push(heard);
    }
    all
}

/// Their conversation has begun, with an activity of its own, before anybody listens.
async fn talker(world: &World) -> Visitor {
    let visitor = world.visitor().await;
    visitor.says("before").await;
    visitor
}

async fn say(visitor: &Visitor, texts: &[&str]) {
    for text in texts {
        visitor.says(text).await;
    }
}

#[tokio::test]
async fn what_happens_is_told_as_the_socket_tells_it_in_order_and_signed() {
    let world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    world.visitor().await.says("before").await;
    let (id, secret) = hook(&olga, &receiver.url, &["message.created"]).await;
    let (mut socket, visitor) = (olga.socket().await, world.visitor().await);
    let conversation = visitor.says("one").await["conversation"].as_str().unwrap().to_owned();
    olga.notes(&conversation, "two").await;
    olga.says(&conversation, "three").await;
    let mut words = Vec::new();
    while words.len() < 3 {
        let heard = receiver.next().await;
        let frame = socket.next_of("message.created").await;
        assert_eq!(heard.json(), frame);
        assert_eq!(heard.id(), frame["cursor"].as_str().unwrap());
        assert!(heard.is_signed_with(&secret) && !heard.is_signed_with("another"));
        if heard.json()["message"]["kind"] != "activity" {
            words.push(text(&heard));
        }
    }
    assert_eq!(words, ["one", "two", "three"]);
    let fares = until(&olga, &id, |webhook| webhook["last"]["state"] == "taken").await;
    assert_eq!((&fares["failures"], &fares["dead"], &fares["waiting"]), (&json!(0), &json!(0), &json!(null)));
    assert!(!fares.to_string().contains(&secret));
}

#[tokio::test]
async fn one_that_fails_is_silent_or_dead_hears_everything_in_order_when_it_is_back_and_holds_up_nobody() {
    let world = World::configured(HERE).await;
    let olga = world.owner().await;
    let (mut lame, mut well) = (Receiver::new(&["500 Internal Server Error"]).await, Receiver::new(OK).await);
    let visitor = talker(&world).await;
    let (id, _) = hook(&olga, &lame.url, &["message.created"]).await;
    hook(&olga, &well.url, &["message.created"]).await;
    say(&visitor, &["one", "two", "three"]).await;
    hears(&mut well, &["one", "two", "three"]).await;
    let first = lame.next().await;
    let fares = until(&olga, &id, |webhook| webhook["waiting"]["status"] == 500).await;
    assert_eq!((&fares["waiting"]["result"], &fares["failures"]), (&json!("refused"), &json!(1)));
    assert!(fares["next_at"].as_i64().unwrap() > fares["waiting"]["at"].as_i64().unwrap() + 3_500);
    // Tried again by itself, with the same id and, as nothing changed, the same body.
    let second = lame.next().await;
    assert_eq!((first.id(), &first.body), (second.id(), &second.body));
    until(&olga, &id, |webhook| webhook["waiting"]["attempts"] == 2).await;

    lame.die().await;
    olga.post(&format!("/webhooks/{id}/retry"), &json!({})).await.ok(200);
    until(&olga, &id, |webhook| webhook["waiting"]["result"] == "unreachable").await;
    lame.answer(SILENCE);
    lame.come_back().await;
    olga.post(&format!("/webhooks/{id}/retry"), &json!({})).await.ok(200);
    assert_eq!(lame.next().await.id(), first.id());
    until(&olga, &id, |webhook| webhook["waiting"]["result"] == "timeout").await;
    say(&visitor, &["four"]).await;
    hears(&mut well, &["four"]).await;

    lame.answer("204 No Content");
    olga.post(&format!("/webhooks/{id}/retry"), &json!({})).await.ok(200);
    let all = hears(&mut lame, &["one", "two", "three", "four"]).await;
    assert_eq!(all[0].id(), first.id());
    let last = all[3].json()["position"].as_i64();
    let fares = until(&olga, &id, |webhook| webhook["position"].as_i64() >= last).await;
    assert_eq!((&fares["failures"], &fares["waiting"]), (&json!(0), &json!(null)));
    let taken = olga.get(&format!("/webhooks/{id}/deliveries?state=taken")).await.ok(200);
    let attempts: Vec<i64> =
        taken["items"].as_array().unwrap().iter().map(|taken| taken["attempts"].as_i64().unwrap()).collect();
    assert!(attempts[..3] == [1, 1, 1] && attempts[3] >= 5, "newest first: {attempts:?}");
    assert!(!well.has_more());
}

#[tokio::test]
async fn a_crash_leaves_nothing_out() {
    let mut world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    let visitor = talker(&world).await;
    let (id, _) = hook(&olga, &receiver.url, &["message.created"]).await;
    say(&visitor, &["one"]).await;
    hears(&mut receiver, &["one"]).await;
    receiver.answer("503 Service Unavailable\r\nretry-after: 600");
    say(&visitor, &["two"]).await;
    let two = receiver.next().await;
    let before = until(&olga, &id, |webhook| webhook["waiting"]["status"] == 503).await;
    let asked = before["next_at"].as_i64().unwrap() - before["waiting"]["at"].as_i64().unwrap();
    assert!((480_000..720_000).contains(&asked), "as long as the receiver asked for: {asked}");
    say(&visitor, &["three"]).await;
    world.kill();
    world.start().await;
    let olga = world.owner().await;
    assert_eq!(webhook(&olga, &id).await["waiting"], before["waiting"], "what is tried again is known");
    receiver.answer("200 OK");
    olga.post(&format!("/webhooks/{id}/retry"), &json!({})).await.ok(200);
    let all = hears(&mut receiver, &["two", "three"]).await;
    assert_eq!(all[0].id(), two.id());
    // And after an orderly end, what was taken is not sent again. Heard is not taken yet: the answer must arrive.
    let last = all[1].json()["position"].as_i64().unwrap();
    until(&olga, &id, |webhook| webhook["position"].as_i64() >= Some(last)).await;
    world.stop();
    world.start().await;
    world.visitor().await.says("four").await;
    let next = receiver.next().await.json();
    assert_eq!((&next["message"]["kind"], &next["message"]["seq"]), (&json!("activity"), &json!(1)), "{next}");
    hears(&mut receiver, &["four"]).await;
}

#[tokio::test]
async fn what_is_given_up_lies_there_and_can_be_sent_again_as_can_everything() {
    let world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(&["400 Bad Request", "200 OK"]).await;
    let visitor = talker(&world).await;
    let (id, _) = hook(&olga, &receiver.url, &["message.created"]).await;
    say(&visitor, &["poison", "food"]).await;
    let poison = receiver.next().await;
    let waiting = until(&olga, &id, |webhook| webhook["waiting"]["status"] == 400).await;
    let position = waiting["waiting"]["position"].as_i64().unwrap();
    let path = format!("/webhooks/{id}/deliveries/{position}");
    olga.post(&format!("/webhooks/{id}/deliveries/999999/give-up"), &json!({})).await.refused(404, "not_found");
    olga.post(&format!("{path}/give-up"), &json!({})).await.ok(200);
    hears(&mut receiver, &["food"]).await;
    let fares = until(&olga, &id, |webhook| webhook["last"]["state"] == "taken").await;
    assert_eq!((&fares["dead"], &fares["waiting"]), (&json!(1), &json!(null)));
    let dead = olga.get(&format!("/webhooks/{id}/deliveries?state=dead")).await.ok(200);
    assert_eq!((&dead["items"][0]["position"], &dead["items"][0]["status"]), (&json!(position), &json!(400)));

    // Once, out of its turn, under its id.
    let again = olga.post(&format!("{path}/redeliver"), &json!({})).await.ok(200);
    assert_eq!((&again["state"], &again["result"], &again["attempts"]), (&json!("taken"), &json!("ok"), &json!(2)));
    let heard = receiver.next().await;
    assert_eq!((heard.id(), &heard.body), (poison.id(), &poison.body));
    assert_eq!(webhook(&olga, &id).await["dead"], 0);

    // Everything from there.
    olga.post(&format!("/webhooks/{id}/replay"), &json!({ "from": position })).await.ok(200);
    let all = hears(&mut receiver, &["poison", "food"]).await;
    assert_eq!(all[0].id(), poison.id());
    for from in [0, -1, i64::MAX] {
        olga.post(&format!("/webhooks/{id}/replay"), &json!({ "from": from })).await.refused(422, "input.invalid");
    }
}

#[tokio::test]
async fn both_secrets_sign_while_one_replaces_the_other() {
    let world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    let (id, old) = hook(&olga, &receiver.url, &[]).await;
    let renewed = olga.post(&format!("/webhooks/{id}/secret"), &json!({})).await.ok(200);
    let new = renewed["secret"].as_str().unwrap();
    assert!(renewed["webhook"]["former_secret_until"].is_i64() && new != old);
    let tried = olga.post(&format!("/webhooks/{id}/test"), &json!({})).await.ok(200);
    assert_eq!((&tried["result"], &tried["status"]), (&json!("ok"), &json!(200)));
    let heard = receiver.next().await;
    assert_eq!(heard.json()["type"], "webhook.test");
    assert!(heard.is_signed_with(new) && heard.is_signed_with(&old) && !heard.is_signed_with("another"));
}

#[tokio::test]
async fn one_hears_of_its_channels_of_what_it_wants_and_while_it_is_not_paused() {
    let world = World::configured(HERE).await;
    let olga = world.owner().await;
    let mut receiver = Receiver::new(OK).await;
    let other = olga.post("/channels", &json!({"name": "Other"})).await.ok(201);
    let made = olga.post("/webhooks", &json!({"url": receiver.url, "channels": [other["id"]]})).await.ok(201);
    let path = format!("/webhooks/{}", made["webhook"]["id"].as_str().unwrap());
    let visitor = world.visitor().await;
    visitor.says("not for it").await;
    olga.patch(&format!("/channels/{}", other["id"].as_str().unwrap()), &json!({"name": "Another"})).await.ok(200);
    assert_eq!(receiver.next().await.json()["type"], "channel.updated");
    until(&olga, made["webhook"]["id"].as_str().unwrap(), |webhook| webhook["last"]["state"] == "taken").await;
    // Personal things are nobody else's.
    let reply = json!({"scope": "personal", "title": "T", "text": "t"});
    olga.patch(&path, &json!({"channels": []})).await.ok(200);
    olga.post("/quick-replies", &reply).await.ok(201);
    olga.patch(&path, &json!({"kinds": ["message.created"], "active": false})).await.ok(200);
    while let Ok(heard) = timeout(Duration::from_secs(1), receiver.next()).await {
        assert_ne!(heard.json()["type"], "quick_reply.updated");
    }
    // What happens during a pause is heard after it.
    visitor.says("meanwhile").await;
    sleep(Duration::from_secs(1)).await;
    assert!(!receiver.has_more());
    olga.patch(&path, &json!({"active": true})).await.ok(200);
    hears(&mut receiver, &["meanwhile"]).await;
    olga.delete(&path).await.ok(204);
    olga.delete(&path).await.refused(404, "not_found");
    visitor.says("nobody").await;
    sleep(Duration::from_secs(1)).await;
    assert!(!receiver.has_more());
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = World::new().await;
    let olga = world.owner().await;
    let url = "https://crm.example/hook";
    for (bad, code) in [
        (json!({"url": ""}), 422),
        (json!({"url": "ftp://crm.example/"}), 422),
        (json!({"url": url, "kinds": ["message.exploded"]}), 422),
        (json!({"url": url, "channels": ["chn_999999"]}), 422),
        (json!({"url": url, "channels": ["999999"]}), 400),
        (json!({"url": url, "secret": "mine"}), 400),
        (json!({}), 400),
    ] {
        assert_eq!(olga.post("/webhooks", &bad).await.status, code, "{bad}");
    }
    for _ in 0..20 {
        hook(&olga, url, &[]).await;
    }
    olga.post("/webhooks", &json!({ "url": url })).await.refused(409, "webhook.too_many");
    // Nothing of this machine is reached through a test, and nothing was sent.
    let inside = olga.patch("/webhooks/hook_1", &json!({"url": format!("{}/healthz", world.url)})).await.ok(200);
    assert_eq!(inside["position"].as_i64().map(|position| position > 0), Some(true), "{inside}");
    assert_eq!(olga.post("/webhooks/hook_1/test", &json!({})).await.ok(200)["result"], "forbidden");
    olga.post(&format!("/webhooks/{}/test", new_id()), &json!({})).await.refused(400, "request.malformed");
    olga.get("/webhooks/hook_1/deliveries?after=x").await.refused(400, "request.malformed");
    olga.get("/webhooks/hook_1/deliveries?state=lost").await.refused(400, "request.malformed");
}
