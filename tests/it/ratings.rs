//! What customers think: who is asked, who may say so, who reads it.

use crate::world::{Agent, Visitor, World};
use serde_json::{Value, json};

/// The first channel, asking so.
async fn asks(agent: &Agent, when: &str) -> String {
    let channels = agent.get("/channels").await.ok(200);
    let channel = &channels["items"][0];
    let mut settings = channel["settings"].clone();
    settings["rating"] = json!({"ask": when, "question": "", "tags": ["Quick", "Friendly"]});
    let id = channel["id"].as_str().unwrap().to_owned();
    agent.patch(&format!("/channels/{id}"), &json!({"settings": settings})).await.ok(200);
    id
}

async fn talk(agent: &Agent, visitor: &Visitor) -> String {
    let conversation = visitor.says("Where is my parcel?").await["conversation"].as_str().unwrap().to_owned();
    agent.says(&conversation, "On its way.").await;
    conversation
}

fn rating(conversation: &str, score: i64) -> Value {
    json!({"conversation": conversation, "score": score, "solved": true, "tags": ["Quick"], "comment": "Thanks!"})
}

fn verbs(history: &[Value]) -> Vec<&str> {
    history.iter().filter_map(|message| message["activity"]["verb"].as_str()).collect()
}

#[tokio::test]
async fn a_resolved_conversation_asks_and_its_customer_answers_once_and_may_change_their_mind() {
    let world = World::new().await;
    let olga = world.owner().await;
    asks(&olga, "resolved").await;
    let visitor = world.visitor().await;
    let conversation = talk(&olga, &visitor).await;
    let asked = format!("/visitor/rating?conversation={conversation}");
    assert_eq!(visitor.get(&asked).await.ok(200), json!({"may_rate": false, "rating": null}), "it is not over");
    visitor.post("/visitor/rating", &rating(&conversation, 5)).await.refused(409, "rating.not_asked");

    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    assert_eq!(visitor.get(&asked).await.ok(200), json!({"may_rate": true, "rating": null}));
    let mut socket = olga.socket().await;
    let given = visitor.post("/visitor/rating", &rating(&conversation, 4)).await.ok(200);
    assert_eq!(given["rating"], json!({"score": 4, "solved": true, "tags": ["Quick"], "comment": "Thanks!"}));
    let told = socket.next_of("rating.given").await;
    assert_eq!((&told["rating"]["score"], &told["rating"]["agent"]), (&json!(4), &json!(olga.id)));

    visitor.post("/visitor/rating", &rating(&conversation, 2)).await.ok(200);
    visitor.post("/visitor/rating", &rating(&conversation, 2)).await.ok(200);
    let list = olga.get(&format!("/conversations/{conversation}/ratings")).await.ok(200);
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["score"], &items[0]["id"]), (1, &json!(2), &told["rating"]["id"]));
    let history = olga.history(&conversation).await;
    assert_eq!(verbs(&history).iter().filter(|verb| **verb == "rated").count(), 1, "said once, however often");
    assert!(!verbs(&visitor.history().await).contains(&"rated"), "that is the house's business");

    // It goes on and is over again: another rating, and the first one stays.
    visitor.says("It never came.").await;
    visitor.post("/visitor/rating", &rating(&conversation, 1)).await.refused(409, "rating.not_asked");
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    visitor.post("/visitor/rating", &rating(&conversation, 1)).await.ok(200);
    let summary = olga.get("/ratings/summary").await.ok(200);
    assert_eq!(summary["all"]["scores"], json!([1, 1, 0, 0, 0]));
    assert_eq!((&summary["all"]["average"], &summary["agents"][0]["agent"]), (&json!(1.5), &json!(olga.id)));
    let low = olga.get("/ratings?score_max=1").await.ok(200);
    assert_eq!(low["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_agent_asks_by_hand_where_the_channel_allows_it() {
    let world = World::new().await;
    let olga = world.owner().await;
    asks(&olga, "on_request").await;
    let visitor = world.visitor().await;
    let conversation = talk(&olga, &visitor).await;
    let ask = format!("/conversations/{conversation}/rating/ask");
    olga.post(&ask, &json!({})).await.ok(204);
    olga.post(&ask, &json!({})).await.ok(204);
    let history = visitor.history().await;
    assert_eq!(verbs(&history), ["rating_asked"], "one question, however often it is asked");
    visitor.post("/visitor/rating", &rating(&conversation, 5)).await.ok(200);
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    visitor.post("/visitor/rating", &rating(&conversation, 5)).await.refused(409, "rating.not_asked");

    asks(&olga, "off").await;
    olga.post(&ask, &json!({})).await.refused(409, "rating.off");
}

#[tokio::test]
async fn what_is_wrong_is_named_and_strangers_have_no_say() {
    let world = World::new().await;
    let olga = world.owner().await;
    asks(&olga, "resolved").await;
    let (visitor, other) = (world.visitor().await, world.visitor().await);
    other.says("Hello").await;
    let conversation = talk(&olga, &visitor).await;
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    for (wrong, field) in [
        (json!({"conversation": conversation, "score": 0}), "score"),
        (json!({"conversation": conversation, "score": 6}), "score"),
        (json!({"conversation": conversation, "score": 3, "tags": ["Rude"]}), "tags"),
        (json!({"conversation": conversation, "score": 3, "comment": "x".repeat(1_001)}), "comment"),
    ] {
        let refused = visitor.post("/visitor/rating", &wrong).await.refused(422, "input.invalid");
        assert_eq!(refused["fields"][0]["field"], field, "{wrong}");
    }
    other.post("/visitor/rating", &rating(&conversation, 1)).await.refused(404, "not_found");
    let mia = olga.hires(&world, "Mia", "agent").await;
    mia.get("/ratings").await.refused(403, "role.insufficient");
    mia.get(&format!("/conversations/{conversation}/ratings")).await.ok(200);
}

#[tokio::test]
async fn a_rating_that_was_thanked_for_outlives_a_kill() {
    let mut world = World::new().await;
    let olga = world.owner().await;
    asks(&olga, "resolved").await;
    let visitor = world.visitor().await;
    let conversation = talk(&olga, &visitor).await;
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    visitor.post("/visitor/rating", &rating(&conversation, 3)).await.ok(200);
    world.kill();
    world.start().await;
    let olga = world.owner().await;
    let list = olga.get(&format!("/conversations/{conversation}/ratings")).await.ok(200);
    assert_eq!(list["items"][0]["comment"], "Thanks!");
}
