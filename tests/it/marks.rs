//! Who has read what, who is typing, who is there, and how much there is to do.

use crate::world::{Agent, World};
use serde_json::{Value, json};
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(300);

async fn state(agent: &Agent, conversation: &str) -> Value {
    agent.get(&format!("/conversations/{conversation}")).await.ok(200)
}

#[tokio::test]
async fn unread_counts_the_customers_messages_and_is_each_persons_own() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (visitor, conversation) = world.begun().await;
    visitor.says("anybody?").await;
    olga.notes(&conversation, "notes and activities are not counted").await;
    let unread = async |who: &Agent| state(who, &conversation).await["unread"].as_i64().unwrap();
    assert_eq!(unread(&ben).await, 2);
    assert_eq!(unread(&olga).await, 0, "who writes has read");

    // Hello (after "opened") is seq 2.
    ben.post(&format!("/conversations/{conversation}/read"), &json!({"seq": 2})).await.ok(204);
    assert_eq!(unread(&ben).await, 1);
    ben.post(&format!("/conversations/{conversation}/read"), &json!({"seq": 1})).await.ok(204);
    assert_eq!(unread(&ben).await, 1, "reading does not go back");
    visitor.says("hello?").await;
    assert_eq!((unread(&olga).await, unread(&ben).await), (1, 2));
    // More than there is counts as all there is, for now.
    ben.post(&format!("/conversations/{conversation}/read"), &json!({"seq": 1_000_000})).await.ok(204);
    assert_eq!(unread(&ben).await, 0);
    visitor.says("still here").await;
    assert_eq!(unread(&ben).await, 1);
}

#[tokio::test]
async fn reading_in_one_tab_is_told_to_the_others_and_to_nobody_else() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (_, conversation) = world.begun().await;
    let (mut tab, mut other_tab, mut bens) = (olga.socket().await, olga.socket().await, ben.socket().await);
    tab.say(&json!({"type": "mark", "conversation": conversation, "delivered": 2, "read": 2})).await;
    for socket in [&mut tab, &mut other_tab] {
        let told = socket.next_of("conversation.read").await;
        assert_eq!((&told["conversation"], &told["read"]), (&json!(conversation), &json!(2)));
    }
    // The team has read it, though: that everybody hears.
    let told = bens.next_of("conversation.updated").await;
    assert_eq!(told["conversation"]["marks"]["agent_read"], 2);
    assert!(told["conversation"]["unread"].is_null(), "not the same for everybody: {told}");
    bens.hears_no("conversation.read", MOMENT).await;
}

#[tokio::test]
async fn marks_are_shown_to_the_other_side_in_its_own_seqs_and_never_go_back() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let (mut desk, mut chat) = (olga.socket().await, visitor.socket().await);
    olga.notes(&conversation, "a note").await;
    olga.says(&conversation, "first answer").await;
    olga.says(&conversation, "second answer").await;
    // Agents: opened 1, hello 2, note 3, taken 4, answers 5 and 6. The visitor: hello 1, answers 2 and 3.
    chat.say(&json!({"type": "mark", "conversation": conversation, "delivered": 3, "read": 2})).await;
    let marked = |f: &Value| f["conversation"]["marks"]["customer_delivered"] == 6;
    let told = desk.until(marked).await["conversation"]["marks"].take();
    let expected = json!({"customer_delivered": 6, "customer_read": 5, "agent_delivered": 6, "agent_read": 6});
    assert_eq!(told, expected);
    let told = chat.until(|f| f["conversation"]["marks"]["customer_read"] == 2).await;
    let shown = json!({"customer_delivered": 3, "customer_read": 2, "agent_delivered": 3, "agent_read": 3});
    assert_eq!(told["conversation"]["marks"], shown);

    // Back, nowhere and too far: nothing goes down.
    for (delivered, read) in [(1, 1), (0, 0), (-5, -5)] {
        let mark = json!({"conversation": conversation, "delivered": delivered, "read": read});
        visitor.post("/visitor/read", &mark).await.ok(204);
        olga.post(&format!("/conversations/{conversation}/read"), &json!({"seq": read})).await.ok(204);
    }
    assert_eq!(state(&olga, &conversation).await["marks"], expected);
    visitor.post("/visitor/read", &json!({"conversation": conversation, "read": 1_000_000})).await.ok(204);
    assert_eq!(state(&olga, &conversation).await["marks"]["customer_read"], 6);
    let page = visitor.get("/visitor/messages").await.ok(200);
    assert_eq!(page["conversation"]["marks"]["customer_read"], 3);

    // An agent who reads a note has read the visitor's words before it.
    visitor.says("thank you").await;
    olga.notes(&conversation, "nice").await;
    olga.post(&format!("/conversations/{conversation}/read"), &json!({"seq": 8})).await.ok(204);
    let told = chat.until(|f| f["conversation"]["marks"]["agent_read"] == 4).await;
    assert_eq!(told["conversation"]["last_seq"], 4);
}

#[tokio::test]
async fn typing_is_shown_to_the_other_side_and_only_to_those_who_may_see() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let (visitor, conversation) = world.begun().await;
    let channel = state(&olga, &conversation).await["channel"].as_str().unwrap().to_owned();
    olga.patch(&format!("/channels/{channel}"), &json!({"everyone": false, "members": []})).await.ok(200);
    let (mut desk, mut bens) = (olga.socket().await, ben.socket().await);
    let (mut chat, other) = (visitor.socket().await, world.visitor().await);
    let mut other_chat = other.socket().await;

    chat.say(&json!({"type": "typing", "active": true})).await;
    let told = desk.next_of("typing").await;
    let author = json!({"kind": "customer", "id": visitor.id});
    assert_eq!(told, json!({"type": "typing", "conversation": conversation, "author": author, "active": true}));
    desk.say(&json!({"type": "typing", "conversation": conversation, "active": true})).await;
    let told = chat.next_of("typing").await;
    let face = json!({"name": "Olga", "avatar_url": null});
    assert_eq!(told, json!({"type": "typing", "author": face, "active": true}));
    // Ben is not a member: he hears nothing and is not heard.
    let frame = |id: &str| json!({"type": "typing", "conversation": id, "active": true});
    bens.say(&frame(&conversation)).await;
    let refused = bens.until(|f| f["type"] == "error" || f["type"] == "typing").await;
    bens.say(&frame("cnv_999999")).await;
    assert_eq!(bens.next_of("error").await, refused);
    assert_eq!(refused["code"], "not_found");
    chat.hears_no("typing", MOMENT).await;
    other_chat.hears_no("typing", MOMENT).await;
}

#[tokio::test]
async fn agents_come_go_and_are_away() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let mut desk = olga.socket().await;
    let present = async || {
        let people = olga.get("/users").await.ok(200);
        let found = people["items"].as_array().unwrap().iter().find(|user| user["id"] == ben.id.as_str()).unwrap();
        found["presence"].as_str().unwrap().to_owned()
    };
    assert_eq!(present().await, "offline");
    let mut bens = ben.socket().await;
    let of_ben = |presence: &str| json!({"type": "presence", "user": ben.id, "presence": presence});
    desk.until(|f| *f == of_ben("online")).await;
    let seen = ben.socket().await.welcome["presence"].clone();
    assert_eq!(seen, json!({&olga.id: "online", &ben.id: "online"}));

    bens.say(&json!({"type": "presence", "availability": "away"})).await;
    assert_eq!(desk.next_of("presence").await, of_ben("away"));
    assert_eq!(present().await, "away");
    assert_eq!(ben.get("/session").await.ok(200)["availability"], "away", "remembered");
    ben.patch("/me", &json!({"availability": "online"})).await.ok(200);
    assert_eq!(desk.next_of("presence").await, of_ben("online"));
    bens.say(&json!({"type": "presence", "availability": "perhaps"})).await;
    assert_eq!(bens.next_of("error").await["code"], "request.malformed");

    // A reload is no leaving: only after the grace is somebody gone.
    drop(bens);
    assert_eq!(present().await, "online");
    assert_eq!(desk.next_of("presence").await, of_ben("offline"));
    assert_eq!(present().await, "offline");
}

#[tokio::test]
async fn agents_see_that_a_customer_is_there() {
    let world = World::new().await;
    let olga = world.owner().await;
    let (visitor, conversation) = world.begun().await;
    let mut desk = olga.socket().await;
    assert_eq!(state(&olga, &conversation).await["customer"]["online"], false);
    let chat = visitor.socket().await;
    let of_visitor = |online: bool| json!({"type": "presence", "customer": visitor.id, "online": online});
    desk.until(|f| *f == of_visitor(true)).await;
    assert_eq!(state(&olga, &conversation).await["customer"]["online"], true);
    assert_eq!(olga.get(&format!("/customers/{}", visitor.id)).await.ok(200)["online"], true);
    drop(chat);
    assert_eq!(desk.next_of("presence").await, of_visitor(false));
}

#[tokio::test]
async fn every_view_holds_what_its_count_says() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(world.begun().await.1);
    }
    olga.says(&ids[0], "mine").await;
    ben.says(&ids[1], "Ben's").await;
    for (id, what) in [(&ids[2], "resolve"), (&ids[3], "resolve")] {
        olga.post(&format!("/conversations/{id}/{what}"), &json!({})).await.ok(200);
    }
    olga.post(&format!("/conversations/{}/read", ids[4]), &json!({"seq": 2})).await.ok(204);
    let check = async |who: &Agent, expected: [i64; 5]| {
        let counts = who.get("/conversations/counts").await.ok(200);
        let names = ["unassigned", "mine", "all", "resolved", "unread"];
        assert_eq!(names.map(|name| counts[name].as_i64().unwrap()), expected);
        for (name, count) in names.iter().zip(expected).take(4) {
            assert_eq!(who.inbox(name).await.len() as i64, count, "{name}");
        }
    };
    // Unread: of unassigned ones and one's own.
    check(&olga, [2, 1, 4, 2, 1]).await;
    check(&ben, [2, 1, 4, 2, 2]).await;
}
