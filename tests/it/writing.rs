//! Writing: what one said is mended and taken back, answers name what they answer, notes call colleagues, and what is begun
//! is there at another machine.

use crate::world::{Agent, Answer, Visitor, World, new_id};
use serde_json::{Value, json};
use std::time::Duration;

async fn posts(agent: &Agent, conversation: &str, message: Value) -> Answer {
    let mut message = message;
    message["client_id"] = json!(new_id());
    agent.post(&format!("/conversations/{conversation}/messages"), &message).await
}

fn message_path(conversation: &str, receipt: &Value) -> String {
    format!("/conversations/{conversation}/messages/{}", receipt["seq"])
}

/// The visitor's newest message.
async fn newest(visitor: &Visitor) -> Value {
    visitor.history().await.pop().unwrap()
}

#[tokio::test]
async fn what_was_said_is_mended_everywhere_and_the_first_words_stay_on_record() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (visitor, conversation) = world.begun().await;
    let (mut chat, mut desk) = (visitor.socket().await, ben.socket().await);
    let client_id = new_id();
    let said = json!({"client_id": client_id, "text": "It costs 50"});
    let messages = format!("/conversations/{conversation}/messages");
    let receipt = olga.post(&messages, &said).await.ok(201);
    let path = message_path(&conversation, &receipt);

    let mended = olga.patch(&path, &json!({"text": "It costs 5"})).await.ok(200);
    assert_eq!((&mended["text"], &mended["revision"]), (&json!("It costs 5"), &json!(1)));
    let told = chat.next_of("message.updated").await;
    assert_eq!((&told["message"]["text"], &told["message"]["revision"]), (&json!("It costs 5"), &json!(1)));
    assert!(told["message"]["edited_at"].is_i64() && told["channel"].is_null());
    assert_eq!(desk.next_of("message.updated").await["message"], mended);
    let history = ben.history(&conversation).await;
    assert_eq!(history.last().unwrap(), &mended, "in its place");
    assert_eq!(ben.get(&format!("/conversations/{conversation}")).await.ok(200)["last_message"], mended);

    // The same again changes nothing; a retry of the first sending is still known.
    assert_eq!(olga.patch(&path, &json!({"text": "It costs 5"})).await.ok(200)["revision"], 1);
    assert_eq!(olga.post(&messages, &said).await.ok(201)["seq"], receipt["seq"]);
    let other = json!({"client_id": client_id, "text": "It costs 5"});
    olga.post(&messages, &other).await.refused(409, "message.id_reused");

    olga.patch(&path, &json!({"text": " "})).await.refused(422, "input.invalid");
    olga.patch(&path, &json!({"text": "Hi", "mentions": [ben.id]})).await.refused(422, "input.invalid");
    ben.patch(&path, &json!({"text": "mine"})).await.refused(403, "message.not_yours");
    let record = ben.get(&format!("{path}/revisions")).await.ok(200);
    let sayings: Vec<&str> =
        record["items"].as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap()).collect();
    assert_eq!(sayings, ["It costs 50", "It costs 5"]);

    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let never = json!({"settings": {"revise_minutes": 0}});
    olga.patch(&format!("/channels/{channel}"), &never).await.ok(200);
    olga.patch(&path, &json!({"text": "It costs 6"})).await.refused(409, "message.too_late");
    olga.delete(&path).await.refused(409, "message.too_late");
    let longer = json!({"settings": {"revise_minutes": 10_081}});
    olga.patch(&format!("/channels/{channel}"), &longer).await.refused(422, "input.invalid");
}

#[tokio::test]
async fn what_was_taken_back_is_gone_for_the_customer_and_on_record_for_the_team() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let file = olga.upload("/attachments", "list.txt", "text/plain", b"the secret list".to_vec()).await.ok(201);
    let file_path = format!("/visitor/attachments/{}", file["id"].as_str().unwrap());
    let receipt =
        posts(&olga, &conversation, json!({"text": "wrong customer", "attachments": [file["id"]]})).await.ok(201);
    let path = message_path(&conversation, &receipt);
    let (mut chat, mut desk) = (visitor.socket().await, olga.socket().await);

    olga.delete(&path).await.ok(200);
    assert_eq!(olga.delete(&path).await.ok(200)["revision"], 1, "again changes nothing");
    for told in [chat.next_of("message.updated").await, desk.next_of("message.updated").await] {
        let message = &told["message"];
        assert_eq!((&message["text"], &message["attachments"]), (&json!(""), &json!([])));
        assert!(message["recalled_at"].is_i64());
    }
    let shown = serde_json::to_string(&visitor.history().await).unwrap();
    assert!(!shown.contains("wrong customer") && !shown.contains("list.txt"), "{shown}");
    visitor.get(&file_path).await.refused(404, "not_found");
    olga.patch(&path, &json!({"text": "once more"})).await.refused(409, "message.recalled");

    let record = olga.get(&format!("{path}/revisions")).await.ok(200);
    assert_eq!(record["items"][0]["text"], "wrong customer");
    assert_eq!(record["attachments"][0]["id"], file["id"]);
    assert_eq!(olga.get(&format!("/attachments/{}", file["id"].as_str().unwrap())).await.status, 200);
}

#[tokio::test]
async fn whoever_was_away_hears_of_changes_and_of_nothing_that_is_internal() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let answer = olga.says(&conversation, "first").await;
    let note = olga.notes(&conversation, "geheim").await;
    let last = olga.says(&conversation, "last").await;
    let (_, told) = visitor.socket_from(&visitor.cursor).await;
    let seen = told.iter().find(|frame| frame["message"]["text"] == "last").unwrap();
    let cursor = seen["cursor"].as_str().unwrap().to_owned();
    olga.patch(&message_path(&conversation, &answer), &json!({"text": "first, mended"})).await.ok(200);
    olga.patch(&message_path(&conversation, &note), &json!({"text": "geheim, mended"})).await.ok(200);
    olga.delete(&message_path(&conversation, &last)).await.ok(200);
    olga.says(&conversation, "news").await;

    let (_, missed) = visitor.socket_from(&cursor).await;
    let of = |kind: &str| -> Vec<(i64, String)> {
        let told = missed.iter().filter(|frame| frame["type"] == kind);
        told.map(|f| (f["message"]["seq"].as_i64().unwrap(), f["message"]["text"].as_str().unwrap().to_owned()))
            .collect()
    };
    assert_eq!(of("message.updated"), [(2, "first, mended".to_owned()), (3, String::new())]);
    assert_eq!(of("message.created"), [(4, "news".to_owned())]);
    let positions: Vec<i64> = missed.iter().filter_map(|frame| frame["position"].as_i64()).collect();
    assert!(positions.is_sorted(), "{positions:?}");
    assert!(!serde_json::to_string(&missed).unwrap().contains("geheim"));

    let (_, missed) = olga.socket_from(&cursor).await;
    let changed = missed.iter().filter(|frame| frame["type"] == "message.updated").count();
    assert_eq!(changed, 3, "the team hears of the note too");
}

#[tokio::test]
async fn nothing_is_lost_for_search() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (_, conversation) = world.begun().await;
    let receipt = olga.says(&conversation, "the parcel went by Hermes").await;
    let path = message_path(&conversation, &receipt);
    olga.patch(&path, &json!({"text": "the parcel went by Falcon"})).await.ok(200);
    let finds = async |words: &str| {
        for _ in 0..100 {
            let answer = olga.get(&format!("/search?q={words}")).await;
            let page = if answer.status == 503 { Value::Null } else { answer.ok(200) };
            if let Some(items) = page["items"].as_array().filter(|items| !items.is_empty()) {
                return items.clone();
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Vec::new()
    };
    for words in ["falcon", "hermes", "parcel"] {
        let found = finds(words).await;
        assert_eq!(found.len(), 1, "{words}: once, however often it was changed");
        assert_eq!(found[0]["message"]["text"], "the parcel went by Falcon");
    }
    olga.delete(&path).await.ok(200);
    assert_eq!(finds("falcon").await[0]["message"]["text"], "", "found, and says no more than that");
}

#[tokio::test]
async fn an_answer_names_what_it_answers_on_both_sides() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let question = visitor.says("Where is my parcel?").await;
    let asked = olga.history(&conversation).await.pop().unwrap();
    let note = olga.notes(&conversation, "geheim").await;
    let mut desk = olga.socket().await;
    let frame = json!({"type": "send", "id": new_id(), "conversation": conversation, "text": "On its way", "quote": asked["seq"]});
    assert_eq!(desk.send(&frame).await["type"], "ack");

    // Its event may have come before the receipt.
    let told = olga.history(&conversation).await.pop().unwrap();
    assert_eq!(told["quote"]["text"], "Where is my parcel?");
    assert_eq!(told["quote"]["author"]["kind"], "customer");
    let shown = newest(&visitor).await;
    assert_eq!((&shown["quote"]["seq"], &shown["quote"]["author"]), (&question["seq"], &json!("customer")));
    assert_eq!(shown["quote"]["text"], "Where is my parcel?");

    let answering = |seq: &Value, kind: &str| json!({"text": "x", "kind": kind, "quote": seq});
    let refused = posts(&olga, &conversation, answering(&note["seq"], "text")).await.refused(422, "input.invalid");
    assert_eq!(refused["fields"], json!([{"field": "quote", "code": "unknown"}]), "the customer sees no notes");
    posts(&olga, &conversation, answering(&note["seq"], "note")).await.ok(201);
    for never in [json!(0), json!(-1), json!(1), json!(999)] {
        posts(&olga, &conversation, answering(&never, "text")).await.refused(422, "input.invalid");
    }
    // What is taken back says nothing in a quote either.
    let slip = olga.says(&conversation, "slip").await;
    posts(&olga, &conversation, json!({"text": "I meant 5", "quote": slip["seq"]})).await.ok(201);
    olga.delete(&message_path(&conversation, &slip)).await.ok(200);
    let last = newest(&visitor).await;
    let quote = &last["quote"];
    assert_eq!((&quote["text"], &quote["recalled"]), (&json!(""), &json!(true)));
}

#[tokio::test]
async fn a_note_calls_colleagues_who_find_it_until_they_have_seen_it() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let otto = olga.hires(&world, "Otto", "agent").await;
    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();
    olga.patch(&format!("/channels/{channel}"), &json!({"everyone": false, "members": [mia.id]})).await.ok(200);
    let (visitor, conversation) = world.begun().await;
    let mut tab = mia.socket().await;
    let calling = |mentions: Value, kind: &str| json!({"text": "@Mia, please", "kind": kind, "mentions": mentions});
    let note = posts(&olga, &conversation, calling(json!([mia.id, olga.id, mia.id]), "note")).await.ok(201);
    assert_eq!(tab.sees("@Mia, please").await["message"]["mentions"], json!([mia.id]), "once, and not oneself");

    let unseen = async |agent: &Agent| agent.get("/conversations/counts").await.ok(200)["mentions"].as_i64().unwrap();
    assert_eq!((unseen(&mia).await, unseen(&olga).await), (1, 0));
    let page = mia.get("/mentions").await.ok(200);
    assert_eq!(page["items"][0]["conversation"]["id"], json!(conversation));
    assert_eq!((&page["items"][0]["message"]["seq"], &page["items"][0]["seen"]), (&note["seq"], &json!(false)));

    for (mentions, kind) in [(json!([mia.id]), "text"), (json!([otto.id]), "note"), (json!(["usr_999"]), "note")] {
        posts(&olga, &conversation, calling(mentions, kind)).await.refused(422, "input.invalid");
    }
    posts(&olga, &conversation, calling(json!(vec![mia.id.clone(); 21]), "note")).await.refused(422, "input.invalid");

    mia.post("/mentions/seen", &json!({"conversation": conversation})).await.ok(204);
    assert_eq!(tab.next_of("mentions.seen").await["conversation"], json!(conversation));
    assert_eq!(unseen(&mia).await, 0);
    otto.post("/mentions/seen", &json!({"conversation": conversation})).await.refused(404, "not_found");

    // Mended, it calls nobody twice; taken back, nobody any more.
    let path = message_path(&conversation, &note);
    olga.patch(&path, &json!({"text": "@Mia, please look", "mentions": [mia.id]})).await.ok(200);
    assert_eq!(unseen(&mia).await, 0);
    posts(&olga, &conversation, calling(json!([mia.id]), "note")).await.ok(201);
    let first = mia.get("/mentions?limit=1").await.ok(200);
    let next = first["next"].as_str().unwrap();
    let second = mia.get(&format!("/mentions?limit=1&after={next}")).await.ok(200);
    assert_eq!(second["items"][0]["message"]["text"], "@Mia, please look");
    assert_eq!(second["next"], Value::Null);
    olga.delete(&path).await.ok(200);
    assert_eq!(mia.get("/mentions").await.ok(200)["items"].as_array().unwrap().len(), 1);
    let heard = serde_json::to_string(&visitor.history().await).unwrap();
    assert!(!heard.contains("Mia"), "{heard}");

    // Who may no longer see it has nothing there.
    olga.patch(&format!("/channels/{channel}"), &json!({"members": []})).await.ok(200);
    assert_eq!((unseen(&mia).await, mia.get("/mentions").await.ok(200)["items"].clone()), (0, json!([])));
}

#[tokio::test]
async fn what_is_begun_is_there_at_another_machine_and_for_nobody_else() {
    let world = World::new().await;
    let olga = world.owner().await;
    let mia = olga.hires(&world, "Mia", "agent").await;
    let (_, conversation) = world.begun().await;
    let (mut here, mut others) = (olga.socket().await, mia.socket().await);
    let path = format!("/conversations/{conversation}/draft");
    let begun = json!({"text": "Dear Mei,", "note": "ask Lin", "quote": 2});
    let kept = olga.put(&path, &begun).await.ok(200);
    let told = here.next_of("draft.updated").await;
    assert_eq!(told["draft"], kept);
    assert_eq!(olga.get("/drafts").await.ok(200)["items"], json!([kept]));
    assert_eq!(olga.put(&path, &begun).await.ok(200)["position"], kept["position"], "nothing new, nothing told");

    // Somebody who comes back hears how it is now, also that it is gone.
    let cursor = told["cursor"].as_str().unwrap().to_owned();
    olga.put(&path, &json!({})).await.ok(200);
    let (_, missed) = olga.socket_from(&cursor).await;
    let told = missed.iter().find(|frame| frame["type"] == "draft.updated").unwrap();
    assert_eq!((&told["draft"]["text"], &told["draft"]["note"]), (&json!(""), &json!("")));
    assert_eq!(olga.get("/drafts").await.ok(200)["items"], json!([]));
    assert_eq!(mia.get("/drafts").await.ok(200)["items"], json!([]));
    others.hears_no("draft.updated", Duration::from_millis(300)).await;

    olga.put(&path, &json!({"text": "x".repeat(16_385)})).await.refused(422, "input.invalid");
    olga.put(&path, &json!({"text": "a\u{0}b"})).await.refused(422, "input.invalid");
}
