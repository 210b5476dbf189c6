//! What agents do to conversations: tags, priority, putting aside, marking unread; many at once, and back again.

use crate::world::{Agent, Answer, Socket, World};
use serde_json::{Value, json};
use std::time::SystemTime;

fn now_ms() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64
}

async fn change(agent: &Agent, conversations: &[&str], set: &Value) -> Answer {
    let items: Vec<Value> = conversations.iter().map(|id| json!({"conversation": id, "set": set})).collect();
    agent.post("/conversations/changes", &json!({"items": items})).await
}

/// Of one conversation; what came of it.
async fn sets(agent: &Agent, conversation: &str, set: Value) -> Value {
    change(agent, &[conversation], &set).await.ok(200)["items"][0].take()
}

async fn look(agent: &Agent, conversation: &str) -> Value {
    agent.get(&format!("/conversations/{conversation}")).await.ok(200)
}

async fn tag(agent: &Agent, name: &str) -> String {
    agent.post("/tags", &json!({"name": name, "colour": "blue"})).await.ok(201)["id"].as_str().unwrap().to_owned()
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

async fn state_of(desk: &mut Socket, wanted: impl Fn(&Value) -> bool) -> Value {
    desk.until(|f| f["type"] == "conversation.updated" && wanted(&f["conversation"])).await["conversation"].take()
}

#[tokio::test]
async fn tags_are_one_list_that_everybody_adds_to_and_supervisors_keep() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (sam, mia) = (olga.hires(&world, "Sam", "supervisor").await, olga.hires(&world, "Mia", "agent").await);
    let mut desk = mia.socket().await;
    let made = mia.post("/tags", &json!({"name": "  Late   delivery "})).await.ok(201);
    assert_eq!((&made["name"], &made["colour"]), (&json!("Late delivery"), &json!("grey")));
    assert_eq!(desk.next_of("tag.updated").await["tag"]["name"], "Late delivery");
    let again = sam.post("/tags", &json!({"name": "LATE DELIVERY", "colour": "red"})).await.ok(201);
    assert_eq!(again["id"], made["id"], "one word, one tag");

    let path = format!("/tags/{}", made["id"].as_str().unwrap());
    mia.patch(&path, &json!({"name": "Mine"})).await.refused(403, "role.insufficient");
    mia.delete(&path).await.refused(403, "role.insufficient");
    let other = tag(&sam, "退款").await;
    let taken =
        sam.patch(&format!("/tags/{other}"), &json!({"name": "late delivery"})).await.refused(422, "input.invalid");
    assert_eq!(taken["fields"], json!([{"field": "name", "code": "taken"}]));
    sam.patch(&path, &json!({"colour": "mauve"})).await.refused(422, "input.invalid");
    assert_eq!(sam.patch(&path, &json!({"colour": "red"})).await.ok(200)["colour"], "red");

    let (_, conversation) = world.begun().await;
    sets(&mia, &conversation, json!({"add_tags": [made["id"]]})).await;
    sam.delete(&path).await.ok(204);
    assert_eq!(desk.next_of("tag.deleted").await["tag"], made["id"]);
    assert_eq!(ids(mia.get("/tags").await.ok(200)["items"].as_array().unwrap()), [other]);
    let refused = sets(&mia, &conversation, json!({"add_tags": [made["id"]]})).await;
    assert_eq!(refused["code"], "input.invalid", "a deleted one is put on nothing");
    // Brought back, it is on what it was on before.
    sam.post(&format!("{path}/restore"), &json!({})).await.ok(200);
    assert_eq!(look(&mia, &conversation).await["tags"], json!([made["id"]]));
}

#[tokio::test]
async fn what_is_changed_is_told_and_can_be_taken_back() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let (urgent, refund) = (tag(&olga, "urgent").await, tag(&olga, "refund").await);
    sets(&olga, &conversation, json!({"add_tags": [urgent]})).await;
    let before = look(&olga, &conversation).await;
    let mut desk = olga.socket().await;

    let until = now_ms() + 3_600_000;
    let set = json!({"assignee": olga.id, "priority": "urgent", "snooze": {"until": until}, "add_tags": [refund],
        "remove_tags": [urgent]});
    let done = sets(&olga, &conversation, set).await;
    let told = state_of(&mut desk, |c| c["tags"] == json!([refund])).await;
    for state in [&done["now"], &told] {
        assert_eq!(
            (&state["assignee"], &state["priority"], &state["snooze"], &state["tags"]),
            (&json!(olga.id), &json!("urgent"), &json!({"by": olga.id, "until": until}), &json!([refund]))
        );
    }
    assert_eq!(
        done["undo"],
        json!({"assignee": null, "priority": "none", "snooze": null, "add_tags": [urgent], "remove_tags": [refund],
            "expected_epoch": 1})
    );
    let back = sets(&olga, &conversation, done["undo"].clone()).await;
    for field in ["assignee", "priority", "snooze", "tags", "status", "waiting_since_at"] {
        assert_eq!(back["now"][field], before[field], "{field}");
    }
    assert_eq!(sets(&olga, &conversation, json!({"priority": "none"})).await["undo"], json!({}), "nothing changed");

    // Resolved by mistake: the customer waits as long as before.
    let done = sets(&olga, &conversation, json!({"status": "resolved"})).await;
    assert_eq!((&done["now"]["status"], &done["now"]["waiting_since_at"]), (&json!("resolved"), &Value::Null));
    let back = sets(&olga, &conversation, done["undo"].clone()).await;
    assert_eq!(back["now"]["waiting_since_at"], before["waiting_since_at"]);
    visitor.says("still there?").await;
}

#[tokio::test]
async fn many_at_once_each_answer_for_themselves() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let shop = olga.get("/channels").await.ok(200)["items"][0].clone();
    let ((_, one), (_, two)) = (world.begun().await, world.begun().await);
    let closed = olga.post("/channels", &json!({"name": "Closed"})).await.ok(201);
    olga.patch(&format!("/channels/{}", closed["id"].as_str().unwrap()), &json!({"everyone": false, "members": []}))
        .await
        .ok(200);
    let hidden = world.visitor_of(closed["key"].as_str().unwrap()).await.says("psst").await["conversation"].clone();
    let hidden = hidden.as_str().unwrap();

    let answer = change(&mia, &[&one, hidden, "cnv_999999", &two], &json!({"status": "resolved"})).await.ok(200);
    let outcome = |n: usize| (answer["items"][n]["code"].clone(), answer["items"][n]["now"]["status"].clone());
    assert_eq!(outcome(0), (Value::Null, json!("resolved")));
    assert_eq!(outcome(1), (json!("not_found"), Value::Null));
    assert_eq!(answer["items"][1], json!({"conversation": hidden, "code": "not_found"}));
    assert_eq!(answer["items"][2], json!({"conversation": "cnv_999999", "code": "not_found"}));
    assert_eq!(outcome(3), (Value::Null, json!("resolved")));
    assert_eq!(look(&olga, hidden).await["status"], "open", "what one may not see is not changed");
    assert_eq!(mia.inbox("resolved").await.len(), 2);
    // Somebody who may not serve a channel is given nothing of it.
    olga.patch(&format!("/channels/{}", shop["id"].as_str().unwrap()), &json!({"everyone": false, "members": []}))
        .await
        .ok(200);
    assert_eq!(sets(&olga, &one, json!({"assignee": mia.id})).await["code"], "input.invalid");
    // An owner in between is not overlooked.
    let epoch = look(&olga, &one).await["owner_epoch"].clone();
    sets(&olga, &one, json!({"assignee": olga.id})).await;
    let late = sets(&olga, &one, json!({"assignee": null, "expected_epoch": epoch})).await;
    assert_eq!(late["code"], "conversation.assignee_changed");

    for (items, code) in [(0, "required"), (101, "too_long")] {
        let answer = change(&olga, &vec![one.as_str(); items], &json!({"priority": "low"})).await;
        assert_eq!(answer.refused(422, "input.invalid")["fields"], json!([{"field": "items", "code": code}]));
    }
    change(&olga, &[&one], &json!({"priority": "very"})).await.refused(422, "input.invalid");
    change(&olga, &[&one], &json!({"colour": "red"})).await.refused(400, "request.malformed");
}

#[tokio::test]
async fn what_is_put_aside_comes_back_by_its_time_or_by_the_customer() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let seq = look(&olga, &conversation).await["last_seq"].clone();
    olga.post(&format!("/conversations/{conversation}/read"), &json!({"seq": seq})).await.ok(204);
    let mut desk = olga.socket().await;

    sets(&olga, &conversation, json!({"snooze": {"until": now_ms() + 1_500}})).await;
    assert!(olga.inbox("all").await.is_empty() && olga.inbox("unassigned").await.is_empty());
    assert_eq!(ids(&olga.inbox("snoozed").await), [&conversation]);
    let counts = olga.get("/conversations/counts").await.ok(200);
    assert_eq!((&counts["all"], &counts["snoozed"], &counts["unread"]), (&json!(0), &json!(1), &json!(0)));
    // Nobody does anything; it is back, on top, unread, and says so.
    let woken = desk.until(|f| f["message"]["activity"]["verb"] == "woken").await;
    assert_eq!(woken["message"]["author"]["kind"], "system");
    desk.next_of("conversation.read").await;
    let back = look(&olga, &conversation).await;
    assert_eq!((&back["snooze"], &back["unread"]), (&Value::Null, &json!(1)));
    assert_eq!(ids(&olga.inbox("all").await), [&conversation]);

    sets(&olga, &conversation, json!({"snooze": {"until": null}})).await;
    assert_eq!(look(&olga, &conversation).await["snooze"], json!({"by": olga.id, "until": null}));
    visitor.says("one more thing").await;
    assert_eq!(look(&olga, &conversation).await["snooze"], Value::Null);
    // The customer knows nothing of all this.
    assert!(visitor.history().await.iter().all(|m| m["kind"] == "text"));

    for (until, code) in [(now_ms() - 1, "too_short"), (now_ms() + 400 * 86_400_000, "too_long")] {
        let refused = sets(&olga, &conversation, json!({"snooze": {"until": until}})).await;
        assert_eq!(refused["code"], "input.invalid", "{code}");
    }
    sets(&olga, &conversation, json!({"status": "resolved"})).await;
    let refused = sets(&olga, &conversation, json!({"snooze": {"until": null}})).await;
    assert_eq!(refused["code"], "conversation.resolved");
}

#[tokio::test]
async fn one_person_marks_it_unread_and_nobody_else_sees_that() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let (visitor, conversation) = world.begun().await;
    visitor.says("second").await;
    let seq = look(&olga, &conversation).await["last_seq"].as_i64().unwrap();
    for agent in [&olga, &mia] {
        agent.post(&format!("/conversations/{conversation}/read"), &json!({"seq": seq})).await.ok(204);
    }
    let mut desk = olga.socket().await;
    let done = sets(&olga, &conversation, json!({"unread": true})).await;
    assert_eq!(done["now"]["unread"], 1);
    assert_eq!(desk.next_of("conversation.read").await["read"], seq - 1);
    assert_eq!(look(&mia, &conversation).await["unread"], 0);
    let back = sets(&olga, &conversation, done["undo"].clone()).await;
    assert_eq!(back["now"]["unread"], 0);
}

#[tokio::test]
async fn lists_are_filtered_sorted_and_paged() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mut begun = Vec::new();
    for n in 0..5 {
        let visitor = world.visitor().await;
        let plan = if n < 2 { "gold & more" } else { "free" };
        visitor.post("/visitor/identify", &json!({"attributes": {"plan": plan}})).await.ok(204);
        begun.push(visitor.says(&format!("question {n}")).await["conversation"].as_str().unwrap().to_owned());
    }
    let vip = tag(&olga, "vip").await;
    sets(&olga, &begun[1], json!({"priority": "high", "add_tags": [vip]})).await;
    sets(&olga, &begun[3], json!({"priority": "urgent", "add_tags": [vip], "assignee": olga.id})).await;
    olga.says(&begun[0], "an answer").await;

    let list = async |query: &str| {
        let page = olga.get(&format!("/conversations?{query}")).await.ok(200);
        let ids: Vec<String> = ids(page["items"].as_array().unwrap()).iter().map(|id| (*id).to_owned()).collect();
        ids.iter().map(|id| begun.iter().position(|known| known == id).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(list("sort=priority").await, [3, 1, 0, 4, 2]);
    assert_eq!(list("sort=waiting").await, [1, 2, 3, 4, 0]);
    assert_eq!(list("sort=oldest").await[4], 0);
    assert_eq!(list(&format!("tag={vip}&sort=oldest")).await, [1, 3]);
    assert_eq!(list(&format!("tag={vip}&assignee=me")).await, [3]);
    assert_eq!(list("attribute=plan:gold%20%26%20more&sort=waiting").await, [1, 0]);
    assert_eq!(list("assignee=nobody&priority=high,urgent").await, [1]);
    assert_eq!(list("waiting_s=3600").await, [0; 0]);
    let first = olga.get("/conversations?sort=waiting&limit=3").await.ok(200);
    let next = first["next"].as_str().unwrap();
    assert_eq!(list(&format!("sort=waiting&limit=3&after={next}")).await, [4, 0]);
    olga.get("/conversations?sort=sideways").await.refused(422, "input.invalid");
    olga.get("/conversations?after=nonsense").await.refused(400, "request.malformed");
}

#[tokio::test]
async fn views_are_kept_shared_or_ones_own_in_an_order_and_counted() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (sam, mia) = (olga.hires(&world, "Sam", "supervisor").await, olga.hires(&world, "Mia", "agent").await);
    let (_, conversation) = world.begun().await;
    sets(&olga, &conversation, json!({"priority": "urgent", "assignee": mia.id})).await;
    let mut desk = mia.socket().await;
    let view = |scope: &str, name: &str, filter: &str| json!({"scope": scope, "name": name, "filter": filter});
    mia.post("/saved-views", &view("shared", "For all", "")).await.refused(403, "role.insufficient");
    let hot = sam.post("/saved-views", &view("shared", " Hot ", "priority=urgent,high&sort=newest")).await.ok(201);
    assert_eq!(
        (&hot["name"], &hot["filter"], &hot["place"]),
        (&json!("Hot"), &json!("priority=high,urgent"), &json!(1))
    );
    assert_eq!(desk.next_of("saved_view.updated").await["saved_view"], hot);
    let own = mia.post("/saved-views", &view("personal", "Mine, hot", "assignee=me&priority=urgent")).await.ok(201);
    sam.post("/saved-views", &view("shared", "Quiet", "priority=none")).await.ok(201);

    let names = async |agent: &Agent| {
        let list = agent.get("/saved-views").await.ok(200);
        let name = |view: &Value| view["name"].as_str().unwrap().to_owned();
        list["items"].as_array().unwrap().iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names(&mia).await, ["Hot", "Quiet", "Mine, hot"]);
    assert_eq!(names(&sam).await, ["Hot", "Quiet"]);
    let path = |view: &Value| format!("/saved-views/{}", view["id"].as_str().unwrap());
    sam.patch(&path(&own), &json!({"name": "x"})).await.refused(404, "not_found");
    mia.patch(&path(&hot), &json!({"name": "x"})).await.refused(403, "role.insufficient");
    sam.patch(&path(&hot), &json!({"place": 9})).await.ok(200);
    assert_eq!(names(&sam).await, ["Quiet", "Hot"]);
    // "me" is whoever looks.
    let counts = mia.get("/saved-views/counts").await.ok(200)["counts"].clone();
    assert_eq!((&counts[hot["id"].as_str().unwrap()], &counts[own["id"].as_str().unwrap()]), (&json!(1), &json!(1)));
    mia.post("/saved-views", &view("personal", "Bad", "sort=sideways")).await.refused(422, "input.invalid");
    mia.delete(&path(&own)).await.ok(204);
    sam.delete(&path(&hot)).await.ok(204);
    assert_eq!(desk.until(|f| f["saved_view"] == hot["id"]).await["type"], "saved_view.deleted");
    assert_eq!(names(&mia).await, ["Quiet"]);
}

#[tokio::test]
async fn colleagues_see_who_has_a_conversation_before_them() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let (_, conversation) = world.begun().await;
    let (mut desk, mut mias) = (olga.socket().await, mia.socket().await);
    desk.say(&json!({"type": "looking", "conversation": conversation})).await;
    assert_eq!(mias.next_of("looking").await["users"], json!([olga.id]));
    mias.say(&json!({"type": "looking", "conversation": conversation})).await;
    let both = mias.next_of("looking").await;
    assert_eq!((&both["conversation"], both["users"].as_array().unwrap().len()), (&json!(conversation), 2));
    desk.say(&json!({"type": "looking", "conversation": null})).await;
    assert_eq!(mias.next_of("looking").await["users"], json!([mia.id]));
    // A closed browser is gone at once.
    drop(mias);
    let gone = desk.until(|f| f["type"] == "looking" && f["users"] == json!([])).await;
    assert_eq!(gone["conversation"], json!(conversation));
}
