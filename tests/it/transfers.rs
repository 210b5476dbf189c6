//! Handing a conversation over: offered, taken or not, and never with nobody because of it.

use crate::world::{Agent, Answer, Socket, World, new_id};
use serde_json::{Value, json};
use std::time::Duration;

async fn offers(agent: &Agent, conversation: &str, to: &Agent, note: &str) -> Answer {
    let body = json!({"to": to.id, "note": note, "client_id": new_id()});
    agent.post(&format!("/conversations/{conversation}/transfer"), &body).await
}

/// Answers an offer: `accept`, `decline`, `withdraw`.
async fn deals(agent: &Agent, transfer: &Value, how: &str) -> Answer {
    let body = if how == "decline" { json!({"word": "At lunch", "client_id": new_id()}) } else { json!({}) };
    agent.post(&format!("/transfers/{}/{how}", transfer["id"].as_str().unwrap()), &body).await
}

async fn assignee(agent: &Agent, conversation: &str) -> Value {
    agent.get(&format!("/conversations/{conversation}")).await.ok(200)["assignee"].clone()
}

async fn verbs(agent: &Agent, conversation: &str) -> Vec<String> {
    let history = agent.history(conversation).await;
    history.iter().filter_map(|message| message["activity"]["verb"].as_str().map(str::to_owned)).collect()
}

async fn told(socket: &mut Socket, state: &str) -> Value {
    let frame = socket.until(|frame| frame["type"] == "transfer.updated" && frame["transfer"]["state"] == state).await;
    frame["transfer"].clone()
}

/// Lin has a conversation, and Mia is here as long as her socket is.
struct Desk {
    world: World,
    olga: Agent,
    lin: Agent,
    mia: Agent,
    mias: Socket,
    conversation: String,
}

async fn desk(toml: &str) -> Desk {
    let world = World::configured(toml).await;
    let olga = world.owner().await;
    let (lin, mia) = (olga.hires(&world, "Lin", "agent").await, olga.hires(&world, "Mia", "agent").await);
    let (_, conversation) = world.begun().await;
    let lins = json!({"assignee": lin.id});
    lin.post(&format!("/conversations/{conversation}/assign"), &lins).await.ok(200);
    let mias = mia.socket().await;
    Desk { world, olga, lin, mia, mias, conversation }
}

#[tokio::test]
async fn it_stays_with_who_offers_it_until_the_colleague_accepts() {
    let Desk { world: _world, olga, lin, mia, mut mias, conversation } = desk("").await;
    let mut lins = lin.socket().await;
    let body = json!({"to": mia.id, "note": "Wants a refund, be kind", "client_id": new_id()});
    let path = format!("/conversations/{conversation}/transfer");
    let offered = lin.post(&path, &body).await.ok(201)["transfer"].clone();
    let heard = told(&mut mias, "pending").await;
    assert_eq!((&heard["id"], &heard["note"]), (&offered["id"], &json!("Wants a refund, be kind")));
    assert_eq!(assignee(&lin, &conversation).await, lin.id);
    assert_eq!(mia.get("/transfers").await.ok(200)["items"], json!([offered]));

    // The answer was lost: asked again it is the same offer, and another one there cannot be.
    assert_eq!(lin.post(&path, &body).await.ok(201)["transfer"]["id"], offered["id"]);
    offers(&lin, &conversation, &mia, "").await.refused(409, "transfer.pending");
    deals(&olga, &offered, "accept").await.refused(403, "transfer.not_for_you");

    deals(&mia, &offered, "accept").await.ok(200);
    assert_eq!(deals(&mia, &offered, "accept").await.ok(200)["state"], "accepted");
    told(&mut lins, "accepted").await;
    assert_eq!(assignee(&lin, &conversation).await, mia.id);
    assert_eq!(verbs(&lin, &conversation).await[1..], ["assigned", "transfer_offered", "transfer_accepted"]);
    assert_eq!(mia.get("/transfers").await.ok(200)["items"], json!([]));
    deals(&lin, &offered, "withdraw").await.refused(409, "transfer.over");
}

#[tokio::test]
async fn declined_with_a_word_it_stays_and_the_customer_learns_nothing() {
    let Desk { world, lin, mia, conversation, mias: _mias, .. } = desk("").await;
    let visitor = world.visitor().await;
    let receipt = visitor.says("hello").await;
    let nobodys = receipt["conversation"].as_str().unwrap();
    // Nobody's becomes theirs who hands it over.
    let offered = offers(&lin, nobodys, &mia, "Please").await.ok(201)["transfer"].clone();
    assert_eq!(assignee(&lin, nobodys).await, lin.id);
    let declined = deals(&mia, &offered, "decline").await.ok(200);
    assert_eq!((&declined["state"], &declined["word"]), (&json!("declined"), &json!("At lunch")));
    assert_eq!(deals(&mia, &offered, "decline").await.ok(200)["position"], declined["position"]);
    assert_eq!(assignee(&lin, nobodys).await, lin.id);
    let words: Vec<Value> = lin.history(nobodys).await.iter().map(|message| message["text"].clone()).collect();
    assert!(words.contains(&json!("Please")) && words.contains(&json!("At lunch")), "{words:?}");
    assert_eq!(visitor.history().await.len(), 1);

    let again = offers(&lin, nobodys, &mia, "").await.ok(201)["transfer"].clone();
    deals(&mia, &again, "withdraw").await.refused(403, "role.insufficient");
    assert_eq!(deals(&lin, &again, "withdraw").await.ok(200)["state"], "withdrawn");
    deals(&mia, &again, "accept").await.refused(409, "transfer.over");
    // What is somebody else's is theirs to offer.
    offers(&mia, &conversation, &lin, "").await.refused(409, "transfer.not_yours");
}

#[tokio::test]
async fn nobody_answers_in_time_and_it_stays() {
    let Desk { world: _world, lin, mia, mut mias, conversation, .. } = desk("[transfers]\nanswer_seconds = 5").await;
    let offered = offers(&lin, &conversation, &mia, "").await.ok(201)["transfer"].clone();
    told(&mut mias, "expired").await;
    deals(&mia, &offered, "accept").await.refused(409, "transfer.over");
    assert_eq!(assignee(&lin, &conversation).await, lin.id);
    assert_eq!(verbs(&lin, &conversation).await.last().unwrap(), "transfer_expired");
}

#[tokio::test]
async fn whatever_happens_meanwhile_ends_the_offer_and_not_the_other_way_round() {
    let Desk { world: _world, olga, lin, mia, mut mias, conversation } = desk("").await;
    // Resolved.
    let offered = offers(&lin, &conversation, &mia, "").await.ok(201)["transfer"].clone();
    lin.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    deals(&mia, &offered, "accept").await.refused(409, "transfer.over");
    told(&mut mias, "overtaken").await;
    offers(&lin, &conversation, &mia, "").await.refused(409, "conversation.resolved");
    lin.post(&format!("/conversations/{conversation}/reopen"), &json!({})).await.ok(200);
    // A supervisor assigns without asking anybody.
    let offered = offers(&lin, &conversation, &mia, "").await.ok(201)["transfer"].clone();
    let to_olga = json!({"assignee": olga.id});
    olga.post(&format!("/conversations/{conversation}/assign"), &to_olga).await.ok(200);
    deals(&mia, &offered, "accept").await.refused(409, "transfer.over");
    told(&mut mias, "overtaken").await;
    assert_eq!(assignee(&lin, &conversation).await, olga.id);
    // Back to the queue, with a word for whoever takes it.
    let back = json!({"to": null, "note": "I know nothing of this", "client_id": new_id()});
    lin.post(&format!("/conversations/{conversation}/transfer"), &back).await.refused(409, "transfer.not_yours");
    olga.post(&format!("/conversations/{conversation}/transfer"), &back).await.ok(201);
    assert_eq!(assignee(&lin, &conversation).await, Value::Null);
}

#[tokio::test]
async fn who_is_not_here_or_may_not_see_it_is_not_asked() {
    let Desk { world: _world, olga, lin, mia, mut mias, conversation } = desk("").await;
    // Olga has no page open.
    offers(&lin, &conversation, &olga, "").await.refused(409, "transfer.agent_offline");
    offers(&lin, &conversation, &lin, "").await.refused(422, "input.invalid");
    // Mia loses the channel while she is asked.
    let offered = offers(&lin, &conversation, &mia, "").await.ok(201)["transfer"].clone();
    told(&mut mias, "pending").await;
    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let only_lin = json!({"everyone": false, "members": [lin.id]});
    olga.patch(&format!("/channels/{channel}"), &only_lin).await.ok(200);
    deals(&mia, &offered, "accept").await.refused(404, "not_found");
    while verbs(&lin, &conversation).await.last().unwrap() != "transfer_expired" {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(lin.get("/transfers").await.ok(200)["items"], json!([]));
    assert_eq!(assignee(&lin, &conversation).await, lin.id);
    offers(&lin, &conversation, &mia, "").await.refused(422, "input.invalid");
}

#[tokio::test]
async fn of_two_at_once_one_is_first() {
    let Desk { world, lin, mia, conversation, mias: _mias, .. } = desk("").await;
    for _ in 0..5 {
        let offer = || offers(&lin, &conversation, &mia, "");
        let (one, two) = tokio::join!(offer(), offer());
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let made = if one.status == 201 { one } else { two };
        let offered = made.json()["transfer"].clone();
        let (taken, withdrawn) = tokio::join!(deals(&mia, &offered, "accept"), deals(&lin, &offered, "withdraw"));
        let mias = taken.status == 200;
        assert_ne!(mias, withdrawn.status == 200, "{} {}", taken.status, withdrawn.status);
        assert_eq!(assignee(&lin, &conversation).await, if mias { mia.id.clone() } else { lin.id.clone() });
        let back = json!({"assignee": lin.id});
        lin.post(&format!("/conversations/{conversation}/assign"), &back).await.ok(200);
    }
    drop(world);
}

#[tokio::test]
async fn an_offer_that_was_told_outlives_a_kill() {
    let Desk { mut world, lin, mia, mias, conversation, .. } = desk("").await;
    let offered = offers(&lin, &conversation, &mia, "Soon").await.ok(201)["transfer"].clone();
    drop(mias);
    world.kill();
    world.start().await;
    let mia = Agent::sign_in(&world, "mia@acme.example").await;
    let _mias = mia.socket().await;
    assert_eq!(mia.get("/transfers").await.ok(200)["items"][0]["note"], "Soon");
    deals(&mia, &offered, "accept").await.ok(200);
}
