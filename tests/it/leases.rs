//! Who is there, whose a conversation is, and what happens to it when they are gone.

use crate::world::{Agent, Socket, Visitor, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// More than a dead machine's silence and the time of the channel together.
const LONG: Duration = Duration::from_secs(240);

async fn state(who: &Agent, conversation: &str) -> Value {
    who.get(&format!("/conversations/{conversation}")).await.ok(200)
}

/// Asks until it is so.
async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..LONG.as_millis() / 500 {
        if let Some(found) = ask().await {
            return found;
        }
        sleep(Duration::from_millis(500)).await;
    }
    panic!("never: {what}");
}

async fn with_nobody(olga: &Agent, conversation: &str) -> Value {
    until("a conversation goes back to the queue", async || {
        Some(state(olga, conversation).await).filter(|now| now["assignee"].is_null())
    })
    .await
}

async fn presence_of(olga: &Agent, who: &Agent) -> String {
    let people = olga.get("/users").await.ok(200);
    let found = people["items"].as_array().unwrap().iter().find(|user| user["id"] == who.id.as_str()).cloned();
    found.unwrap()["presence"].as_str().unwrap().to_owned()
}

/// A customer who waits for this person's answer.
async fn waiting_for(world: &World, olga: &Agent, who: &Agent) -> (Visitor, String) {
    let (visitor, conversation) = world.begun().await;
    give(olga, &conversation, who).await;
    (visitor, conversation)
}

async fn give(olga: &Agent, conversation: &str, who: &Agent) {
    olga.post(&format!("/conversations/{conversation}/assign"), &json!({"assignee": who.id})).await.ok(200);
}

/// A page that stays open.
fn open(socket: Socket) -> JoinHandle<()> {
    tokio::spawn(socket.stays())
}

/// A page that is loaded again and again.
fn reloading(who: Agent) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let page = who.socket().await;
            sleep(Duration::from_secs(2)).await;
            drop(page);
            sleep(Duration::from_secs(6)).await;
        }
    })
}

fn activities(history: &[Value]) -> Vec<(&str, Option<&str>)> {
    let told = history.iter().filter(|m| m["kind"] == "activity").map(|m| &m["activity"]);
    told.map(|activity| (activity["verb"].as_str().unwrap(), activity["subject"].as_str())).collect()
}

/// Both wait for a minute of the real clock: they do it at the same time.
#[tokio::test]
async fn the_unreachable_are_relieved_and_nobody_else() {
    tokio::join!(those_who_leave(), those_who_are_gone_at_a_restart());
}

async fn those_who_leave() {
    let world = World::new().await;
    let olga = world.owner().await;
    let [lin, dead, tabs, reloads, away, off] = [
        olga.hires(&world, "Lin", "agent").await,
        olga.hires(&world, "Dead", "agent").await,
        olga.hires(&world, "Tabs", "agent").await,
        olga.hires(&world, "Reloads", "agent").await,
        olga.hires(&world, "Away", "agent").await,
        olga.hires(&world, "Off", "agent").await,
    ];
    let quiet = olga.post("/channels", &json!({"name": "Quiet"})).await.ok(201);
    let mut settings = quiet["settings"].clone();
    assert_eq!((&settings["handback"], &settings["handback_after_s"]), (&json!("waiting"), &json!(60)));
    settings["handback"] = "off".into();
    let path = format!("/channels/{}", quiet["id"].as_str().unwrap());
    olga.patch(&path, &json!({"settings": settings})).await.ok(200);

    away.patch("/me", &json!({"availability": "away"})).await.ok(200);
    let mut pages = vec![open(tabs.socket().await), open(away.socket().await), reloading(reloads.clone())];
    let second_tab = tabs.socket().await;
    let (crashes, leaves) = (lin.socket().await, off.socket().await);
    // Nobody reads it, so nobody answers a ping: a machine without power, its line still up.
    let dead_line = dead.socket().await;

    let (visitor, of_lin) = waiting_for(&world, &olga, &lin).await;
    let (_, answered) = waiting_for(&world, &olga, &lin).await;
    lin.says(&answered, "Done!").await;
    let mut kept = Vec::new();
    for who in [&tabs, &reloads, &away] {
        kept.push((waiting_for(&world, &olga, who).await.1, who.id.clone()));
    }
    let quiet_visitor = world.visitor_of(quiet["key"].as_str().unwrap()).await;
    let of_off = quiet_visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    give(&olga, &of_off, &off).await;
    kept.push((of_off, off.id.clone()));
    kept.push((answered, lin.id.clone()));
    let cursor = crashes.welcome["cursor"].as_str().unwrap().to_owned();
    let watching = visitor.socket().await.listen_until("I am");

    // Without a close frame, as a process that is killed.
    drop((crashes, leaves, second_tab));
    visitor.says("are you there?").await;
    let before = state(&olga, &of_lin).await;
    assert_eq!(before["assignee"], lin.id.as_str());
    // A program reads all the while in her name: that is not her.
    let after = with_nobody(&lin, &of_lin).await;
    assert_eq!(after["owner_epoch"], before["owner_epoch"].as_i64().unwrap() + 1);
    assert_eq!(after["waiting_since_at"], before["waiting_since_at"]);
    sleep(Duration::from_secs(5)).await;
    for (conversation, owner) in &kept {
        assert_eq!(state(&olga, conversation).await["assignee"], owner.as_str(), "{owner}");
    }
    let presences = [&lin, &tabs, &reloads, &away].map(|who| presence_of(&olga, who));
    assert_eq!(futures_util::future::join_all(presences).await, ["offline", "online", "online", "away"]);

    // Told to the team, not to the customer.
    let history = olga.history(&of_lin).await;
    assert_eq!(activities(&history)[2..], [("handed_back", Some(lin.id.as_str()))]);
    assert_eq!(history.last().unwrap()["author"], json!({"kind": "system", "id": null}));
    assert!(!json!(visitor.history().await).to_string().contains("handed"));
    olga.notes(&of_lin, "who takes it?").await;
    olga.says(&of_lin, "I am").await;
    for frame in watching.await.unwrap() {
        assert!(!frame.to_string().contains("handed"), "{frame}");
    }

    // Lin comes back: told what happened meanwhile, and of what is still free.
    let (back, told) = lin.socket_from(&cursor).await;
    pages.push(open(back));
    assert!(told.iter().any(|frame| frame["message"]["activity"]["verb"] == "handed_back"));
    assert_eq!(lin.get("/conversations/counts").await.ok(200)["handed_back"], 0, "Olga has it");

    // The machine without power was noticed by its silence, and what waits for it goes back too.
    until("a dead machine is noticed", async || (presence_of(&olga, &dead).await == "offline").then_some(())).await;
    drop(dead_line);
    pages.iter().for_each(JoinHandle::abort);
}

/// There is a minute to come back, and then nothing is forgotten.
async fn those_who_are_gone_at_a_restart() {
    let mut world = World::stopped(&[]);
    world.settle();
    world.init();
    world.start().await;
    let olga = world.owner().await;
    let lin = olga.hires(&world, "Lin", "agent").await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let eve = olga.hires(&world, "Eve", "agent").await;
    let pages = (lin.socket().await, ben.socket().await);
    let (_, of_lin) = waiting_for(&world, &olga, &lin).await;
    let (_, of_ben) = waiting_for(&world, &olga, &ben).await;
    // She is not here, and Olga knows: it waits for her.
    let (_, of_eve) = waiting_for(&world, &olga, &eve).await;
    world.kill();
    drop(pages);
    let restarted = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    world.start().await;
    let page = open(ben.socket().await);

    with_nobody(&olga, &of_lin).await;
    let history = olga.history(&of_lin).await;
    let handed_back = history.last().unwrap();
    assert_eq!(handed_back["activity"]["verb"], "handed_back");
    assert!(handed_back["at"].as_i64().unwrap() >= restarted + 60_000, "{handed_back}");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(state(&olga, &of_ben).await["assignee"], ben.id.as_str());
    assert_eq!(state(&olga, &of_eve).await["assignee"], eve.id.as_str());

    // What she did not see yet is listed until she says so, or somebody takes it on.
    let list = lin.get("/conversations/handed-back").await.ok(200);
    assert_eq!(list["items"][0]["id"], of_lin.as_str());
    assert_eq!(lin.get("/conversations/counts").await.ok(200)["handed_back"], 1);
    assert_eq!(ben.get("/conversations/counts").await.ok(200)["handed_back"], 0);
    lin.post("/conversations/handed-back/seen", &json!({})).await.ok(204);
    assert_eq!(lin.get("/conversations/counts").await.ok(200)["handed_back"], 0);
    page.abort();
}

#[tokio::test]
async fn who_may_no_longer_serve_is_relieved_at_once() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (_, conversation) = waiting_for(&world, &olga, &ben).await;
    olga.patch(&format!("/users/{}", ben.id), &json!({"active": false})).await.ok(200);
    with_nobody(&olga, &conversation).await;
    let history = olga.history(&conversation).await;
    assert_eq!(activities(&history)[2..], [("unassigned", Some(ben.id.as_str()))]);
}

#[tokio::test]
async fn an_assignment_by_what_one_saw_is_refused_if_there_was_another_owner_since() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let mut socket = olga.socket().await;
    let (_, conversation) = world.begun().await;
    let path = format!("/conversations/{conversation}/assign");
    let seen = state(&olga, &conversation).await["owner_epoch"].as_i64().unwrap();
    assert_eq!(seen, 0);
    // Ben takes it and gives it back: with nobody as before, and yet not as before.
    ben.post(&path, &json!({"assignee": ben.id, "expected_epoch": seen})).await.ok(200);
    let free = ben.post(&path, &json!({"assignee": null, "expected_epoch": seen + 1})).await.ok(200);
    assert_eq!((&free["assignee"], &free["owner_epoch"]), (&Value::Null, &json!(seen + 2)));
    let late = json!({"assignee": olga.id, "expected": null, "expected_epoch": seen});
    olga.post(&path, &late).await.refused(409, "conversation.assignee_changed");
    olga.post(&path, &json!({"assignee": olga.id, "expected_epoch": "0"})).await.refused(400, "request.malformed");
    // To whom it belongs already is no change.
    for _ in 0..2 {
        let mine = olga.post(&path, &json!({"assignee": olga.id})).await.ok(200);
        assert_eq!(mine["owner_epoch"], seen + 3);
    }
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    olga.notes(&conversation, "the end").await;

    let mut owners: HashMap<i64, Value> = HashMap::new();
    for frame in socket.all_until("the end").await.iter().filter(|frame| frame["type"] == "conversation.updated") {
        let now = &frame["conversation"];
        let owner = owners.entry(now["owner_epoch"].as_i64().unwrap()).or_insert_with(|| now["assignee"].clone());
        assert_eq!(*owner, now["assignee"], "one owner for each epoch");
    }
    assert_eq!(owners.len(), 4, "{owners:?}");
}

#[tokio::test]
async fn the_channel_says_what_goes_back_and_when_and_visitors_do_not_learn_it() {
    let world = World::new().await;
    let olga = world.owner().await;
    let channel = olga.get("/channels").await.ok(200)["items"][0].clone();
    let path = format!("/channels/{}", channel["id"].as_str().unwrap());
    let change = async |field: &str, value: Value| {
        let mut settings = channel["settings"].clone();
        settings[field] = value;
        olga.patch(&path, &json!({"settings": settings})).await
    };
    let short = change("handback_after_s", json!(59)).await.refused(422, "input.invalid");
    assert_eq!(short["fields"], json!([{"field": "settings.handback_after_s", "code": "too_short"}]));
    let long = change("handback_after_s", json!(7 * 24 * 3_600 + 1)).await.refused(422, "input.invalid");
    assert_eq!(long["fields"][0]["code"], "too_long");
    for bad in [json!("sometimes"), json!(null), json!(true)] {
        change("handback", bad).await.refused(400, "request.malformed");
    }
    let saved = change("handback_after_s", json!(3_600)).await.ok(200);
    assert_eq!(saved["settings"]["handback_after_s"], 3_600);
    let public = world.stranger().get(&format!("/visitor/channel?key={}", world.channel_key)).await.ok(200);
    assert_eq!(public["settings"]["handback_after_s"], 60, "the default, whatever is set");
}
