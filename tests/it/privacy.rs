//! What is internal stays inside, and visitors know nothing of one another.

use crate::world::{Answer, Visitor, World, new_id};
use serde_json::{Value, json};

const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0, 1, 0, 0, 0, 1, 8, 0,
    0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T', 0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1,
    0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// A problem without what differs from request to request.
fn anonymous(answer: Answer) -> (u16, Value) {
    let mut body = answer.json();
    body["request_id"].take();
    (answer.status, body)
}

#[tokio::test]
async fn notes_their_files_and_who_serves_never_reach_the_visitor() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    let mut chat = visitor.socket().await;
    let receipt = visitor.says("hello").await;
    let conversation = receipt["conversation"].as_str().unwrap();

    let file = olga.upload("/attachments", "geheim.txt", "text/plain", b"geheim".to_vec()).await.ok(201);
    let shown = olga.upload("/attachments", "plan.png", "image/png", PNG.to_vec()).await.ok(201);
    let path = format!("/conversations/{conversation}");
    olga.notes(conversation, "geheim: a difficult customer").await;
    let note = json!({"client_id": new_id(), "kind": "note", "text": "geheim", "attachments": [file["id"]]});
    olga.post(&format!("{path}/messages"), &note).await.ok(201);
    olga.post(&format!("{path}/assign"), &json!({"assignee": ben.id})).await.ok(200);
    olga.post(&format!("{path}/assign"), &json!({"assignee": null})).await.ok(200);
    let answer = json!({"client_id": new_id(), "text": "See here", "attachments": [shown["id"]]});
    olga.post(&format!("{path}/messages"), &answer).await.ok(201);
    ben.notes(conversation, "geheim again").await;
    olga.post(&format!("{path}/resolve"), &json!({})).await.ok(200);
    olga.post(&format!("{path}/reopen"), &json!({})).await.ok(200);
    olga.says(conversation, "that was all").await;

    let live = chat.all_until("that was all").await;
    let (_, replayed) = visitor.socket_from(&visitor.cursor).await;
    let history = visitor.history().await;
    let page = visitor.get("/visitor/messages").await.ok(200);
    for told in [&live, &replayed, &history, &vec![page["conversation"].clone()]] {
        let told = serde_json::to_string(told).unwrap();
        for secret in ["geheim", "\"note\"", "assigned", "\"opened\"", "usr_", file["id"].as_str().unwrap()] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
    let messages = |frames: &[Value]| -> Vec<Value> {
        frames.iter().filter(|f| f["type"] == "message.created").map(|f| f["message"].clone()).collect()
    };
    assert_eq!(messages(&live), history);
    assert_eq!(messages(&replayed), history);
    let seqs: Vec<i64> = history.iter().map(|m| m["seq"].as_i64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5], "hello, answer, resolved, reopened, answer");
    assert_eq!(page["conversation"]["last_seq"], 5);

    let id = |file: &Value| file["id"].as_str().unwrap().to_owned();
    assert_eq!(visitor.get(&format!("/visitor/attachments/{}", id(&shown))).await.status, 200);
    let refused = visitor.get(&format!("/visitor/attachments/{}", id(&file))).await;
    let never = visitor.get("/visitor/attachments/att_999999").await;
    assert_eq!(anonymous(refused), anonymous(never));
    assert_eq!(ben.get(&format!("/attachments/{}", id(&file))).await.bytes, b"geheim");
}

async fn uploaded(visitor: &Visitor, name: &str) -> String {
    let file = visitor.upload("/visitor/attachments", name, "text/plain", name.as_bytes().to_vec()).await.ok(201);
    file["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn visitors_know_nothing_of_one_another() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (ann, bob) = (world.visitor().await, world.visitor().await);
    let (mut anns_chat, mut bobs_chat) = (ann.socket().await, bob.socket().await);
    let sent = uploaded(&ann, "sent.txt").await;
    let message = json!({"client_id": new_id(), "text": "mine", "attachments": [sent]});
    let anns = ann.post("/visitor/messages", &message).await.ok(201)["conversation"].as_str().unwrap().to_owned();
    let waiting = uploaded(&ann, "waiting.txt").await;
    olga.says(&anns, "hello Ann").await;
    anns_chat.sees("hello Ann").await;

    // Files: sent ones and waiting ones, to fetch or to send on.
    for file in [&sent, &waiting] {
        let theirs = bob.get(&format!("/visitor/attachments/{file}")).await;
        let never = bob.get("/visitor/attachments/att_999999").await;
        assert_eq!(anonymous(theirs), anonymous(never));
        let send = |file: &str| json!({"client_id": new_id(), "text": "look", "attachments": [file]});
        let theirs = bob.post("/visitor/messages", &send(file)).await;
        let never = bob.post("/visitor/messages", &send("att_999999")).await;
        assert_eq!(anonymous(theirs), anonymous(never));
    }
    assert_eq!(bob.history().await, Vec::<Value>::new());

    // Marks, by both ways.
    let mark = |conversation: &str| json!({"conversation": conversation, "read": 1, "delivered": 1});
    let theirs = bob.post("/visitor/read", &mark(&anns)).await;
    let never = bob.post("/visitor/read", &mark("cnv_999999")).await;
    assert_eq!(anonymous(theirs), anonymous(never));
    bobs_chat.say(&json!({"type": "mark", "conversation": anns, "read": 1})).await;
    let theirs = bobs_chat.next_of("error").await;
    bobs_chat.say(&json!({"type": "mark", "conversation": "cnv_999999", "read": 1})).await;
    assert_eq!(bobs_chat.next_of("error").await, theirs);
    let marks = &olga.get(&format!("/conversations/{anns}")).await.ok(200)["marks"];
    assert_eq!(marks["customer_read"], 0);

    // A conversation in a visitor's frame is not looked at: Bob's words go to Bob's.
    let words = json!({"type": "send", "id": new_id(), "conversation": anns, "text": "from Bob"});
    bobs_chat.say(&words).await;
    let told = bobs_chat.all_until("from Bob").await;
    assert_ne!(told.last().unwrap()["message"]["conversation"], anns.as_str());
    let told = serde_json::to_string(&told).unwrap();
    assert!(!told.contains("Ann"), "{told}");
    let (_, told) = bob.socket_from(&ann.cursor).await;
    assert!(told.iter().all(|frame| frame["message"]["text"] != "mine"), "{told:?}");
    assert_eq!(ann.history().await.len(), 2);
}
