//! Conversations are taken, handed over, resolved and opened again.

use crate::world::{Agent, World};
use serde_json::{Value, json};

async fn state(agent: &Agent, conversation: &str) -> Value {
    agent.get(&format!("/conversations/{conversation}")).await.ok(200)
}

async fn turn(agent: &Agent, conversation: &str, what: &str) -> Value {
    agent.post(&format!("/conversations/{conversation}/{what}"), &json!({})).await.ok(200)
}

fn verbs(history: &[Value]) -> Vec<(&str, &str, Option<&str>)> {
    let activities = history.iter().filter(|m| m["kind"] == "activity");
    activities
        .map(|m| {
            let author = m["author"]["kind"].as_str().unwrap();
            (author, m["activity"]["verb"].as_str().unwrap(), m["activity"]["subject"].as_str())
        })
        .collect()
}

#[tokio::test]
async fn a_conversation_is_taken_handed_over_and_given_back() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (_, conversation) = world.begun().await;
    let mut desk = ben.socket().await;
    let path = format!("/conversations/{conversation}/assign");

    let taken = olga.post(&path, &json!({"assignee": olga.id, "expected": null})).await.ok(200);
    assert_eq!(taken["assignee"], olga.id.as_str());
    let told = desk.until(|f| f["conversation"]["assignee"] == olga.id.as_str()).await;
    assert_eq!(told["position"], taken["position"]);
    // Ben's screen still showed it as nobody's.
    let late = json!({"assignee": ben.id, "expected": null});
    ben.post(&path, &late).await.refused(409, "conversation.assignee_changed");
    assert_eq!(state(&ben, &conversation).await["assignee"], olga.id.as_str());

    olga.post(&path, &json!({"assignee": ben.id, "expected": olga.id})).await.ok(200);
    ben.post(&path, &json!({"assignee": null})).await.ok(200);
    assert_eq!(state(&olga, &conversation).await["assignee"], Value::Null);
    let history = olga.history(&conversation).await;
    assert_eq!(
        verbs(&history),
        [
            ("customer", "opened", None),
            ("agent", "assigned", Some(olga.id.as_str())),
            ("agent", "assigned", Some(&ben.id)),
            ("agent", "unassigned", Some(&ben.id)),
        ]
    );
    // What changes nothing leaves no trace.
    ben.post(&path, &json!({"assignee": null})).await.ok(200);
    assert_eq!(olga.history(&conversation).await, history);
}

#[tokio::test]
async fn of_two_who_take_at_once_one_gets_it() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    for _ in 0..5 {
        let (_, conversation) = world.begun().await;
        let path = format!("/conversations/{conversation}/assign");
        let take = async |who: &Agent| who.post(&path, &json!({"assignee": who.id, "expected": null})).await.status;
        let (first, second) = tokio::join!(take(&olga), take(&ben));
        let winner = if first == 200 { &olga } else { &ben };
        assert_eq!(first.min(second), 200);
        assert_eq!(first.max(second), 409);
        assert_eq!(state(&olga, &conversation).await["assignee"], winner.id.as_str());
    }
}

#[tokio::test]
async fn only_people_who_can_serve_are_assigned() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let eve = olga.hires(&world, "Eve", "agent").await;
    let (_, conversation) = world.begun().await;
    let channel = state(&olga, &conversation).await["channel"].as_str().unwrap().to_owned();
    olga.patch(&format!("/channels/{channel}"), &json!({"everyone": false, "members": [ben.id]})).await.ok(200);
    let path = format!("/conversations/{conversation}/assign");
    for nobody in [eve.id.as_str(), "usr_999999"] {
        olga.post(&path, &json!({"assignee": nobody})).await.refused(422, "input.invalid");
    }
    olga.post(&path, &json!({"assignee": "cus_1"})).await.refused(400, "request.malformed");
    olga.post(&path, &json!({"assignee": ben.id})).await.ok(200);

    // Ben leaves; the resolved conversation comes back to nobody.
    turn(&olga, &conversation, "resolve").await;
    olga.patch(&format!("/users/{}", ben.id), &json!({"active": false})).await.ok(200);
    olga.post(&path, &json!({"assignee": ben.id, "expected": ben.id})).await.refused(422, "input.invalid");
    assert_eq!(turn(&olga, &conversation, "reopen").await["assignee"], Value::Null);
}

#[tokio::test]
async fn an_answer_takes_on_and_reopens_a_note_does_not() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (_, conversation) = world.begun().await;

    olga.notes(&conversation, "who takes this?").await;
    assert_eq!(state(&olga, &conversation).await["assignee"], Value::Null);
    ben.says(&conversation, "I do").await;
    assert_eq!(state(&olga, &conversation).await["assignee"], ben.id.as_str());
    olga.says(&conversation, "and I help").await;
    assert_eq!(state(&olga, &conversation).await["assignee"], ben.id.as_str(), "an assignee stays");

    assert_eq!(turn(&ben, &conversation, "resolve").await["status"], "resolved");
    olga.notes(&conversation, "well done").await;
    assert_eq!(state(&olga, &conversation).await["status"], "resolved");
    olga.says(&conversation, "one more thing").await;
    let now = state(&olga, &conversation).await;
    assert_eq!((&now["status"], &now["assignee"]), (&json!("open"), &json!(ben.id)));
    let history = olga.history(&conversation).await;
    let reopened = history.iter().position(|m| m["activity"]["verb"] == "reopened").unwrap();
    assert_eq!(history[reopened + 1]["text"], "one more thing", "in this order");
    assert_eq!(history[reopened]["author"]["id"], olga.id.as_str());
}

#[tokio::test]
async fn resolving_twice_is_resolving_once() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let mut chat = visitor.socket().await;
    let resolved = turn(&olga, &conversation, "resolve").await;
    assert_eq!(turn(&olga, &conversation, "resolve").await, resolved);
    turn(&olga, &conversation, "reopen").await;
    turn(&olga, &conversation, "reopen").await;
    let verbs = async || {
        let history = visitor.history().await;
        let of = |m: &Value| m["activity"]["verb"].as_str().map(str::to_owned);
        history.iter().filter_map(of).collect::<Vec<_>>()
    };
    assert_eq!(verbs().await, ["resolved", "reopened"]);
    let told = chat.until(|f| f["conversation"]["status"] == "open" && f["conversation"]["last_seq"] == 3).await;
    assert_eq!(told["conversation"]["id"], conversation.as_str());
}

#[tokio::test]
async fn a_customer_who_writes_soon_reopens_later_begins_anew() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    olga.says(&conversation, "done?").await;
    turn(&olga, &conversation, "resolve").await;
    let soon = visitor.says("not quite").await;
    assert_eq!(soon["conversation"], conversation.as_str());
    let now = state(&olga, &conversation).await;
    assert_eq!((&now["status"], &now["assignee"]), (&json!("open"), &json!(olga.id)), "still Olga's");

    let channel = now["channel"].as_str().unwrap();
    let mut settings = olga.get(&format!("/channels/{channel}")).await.ok(200)["settings"].take();
    settings["reopen_hours"] = 0.into();
    olga.patch(&format!("/channels/{channel}"), &json!({"settings": settings})).await.ok(200);
    turn(&olga, &conversation, "resolve").await;
    let later = visitor.says("another matter").await;
    assert_ne!(later["conversation"], conversation.as_str());
    assert_eq!(later["seq"], 1, "a new conversation counts anew");
    assert_eq!(state(&olga, &conversation).await["status"], "resolved");
    assert_eq!(state(&olga, later["conversation"].as_str().unwrap()).await["assignee"], Value::Null);

    // To the visitor it is one history, and the newest conversation's state.
    let page = visitor.get("/visitor/messages").await.ok(200);
    let orders: Vec<i64> = page["items"].as_array().unwrap().iter().map(|m| m["order"].as_i64().unwrap()).collect();
    assert!(orders.is_sorted_by(|a, b| a < b) && orders.len() == 7, "{page}");
    assert_eq!(page["conversation"]["id"], later["conversation"]);
    let customer = state(&olga, &conversation).await["customer"]["id"].as_str().unwrap().to_owned();
    let all = olga.get(&format!("/customers/{customer}/conversations")).await.ok(200);
    let ids: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|c| &c["id"]).collect();
    assert_eq!(ids, [&later["conversation"], &json!(conversation)], "newest first");
}

#[tokio::test]
async fn waiting_begins_with_the_oldest_unanswered_message() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let first = visitor.says("hello").await;
    let conversation = first["conversation"].as_str().unwrap();
    let waiting = async || state(&olga, conversation).await["waiting_since_at"].clone();
    visitor.says("anybody?").await;
    assert_eq!(waiting().await, first["at"]);
    olga.notes(conversation, "a moment").await;
    assert_eq!(waiting().await, first["at"], "a note is no answer");
    olga.says(conversation, "here I am").await;
    assert_eq!(waiting().await, Value::Null);
    let next = visitor.says("good").await;
    assert_eq!(waiting().await, next["at"]);
    turn(&olga, conversation, "resolve").await;
    assert_eq!(waiting().await, Value::Null);
}

#[tokio::test]
async fn a_visitors_words_go_to_the_matter_that_is_open_not_to_the_newest() {
    let world = World::new().await;
    let (olga, visitor) = (world.owner().await, world.visitor().await);
    let settings = olga.get("/channels/chn_1").await.ok(200)["settings"].clone();
    let mut never = settings.clone();
    never["reopen_hours"] = 0.into();
    olga.patch("/channels/chn_1", &json!({ "settings": never })).await.ok(200);
    let mut matters = Vec::new();
    for words in ["first matter", "second matter"] {
        let receipt = visitor.says(words).await;
        let conversation = receipt["conversation"].as_str().unwrap().to_owned();
        olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
        matters.push(conversation);
    }
    assert_ne!(matters[0], matters[1]);
    olga.says(&matters[0], "About the first one again").await;
    assert_eq!(visitor.says("Yes?").await["conversation"], matters[0].as_str());
}

#[tokio::test]
async fn who_has_left_keeps_nobody_waiting() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ann = world.hire("Ann", "agent").await;
    let visitor = world.visitor().await;
    let receipt = visitor.says("hello").await;
    let path = format!("/conversations/{}", receipt["conversation"].as_str().unwrap());
    olga.post(&format!("{path}/assign"), &json!({"assignee": ann.id})).await.ok(200);
    olga.patch(&format!("/users/{}", ann.id), &json!({"active": false})).await.ok(200);
    visitor.says("anybody there?").await;
    assert_eq!(olga.get(&path).await.ok(200)["assignee"], Value::Null);
    assert_eq!(olga.inbox("unassigned").await.len(), 1);
    olga.post(&format!("{path}/assign"), &json!({})).await.refused(422, "input.invalid");
}
