//! Who was away hears what they missed: a stale snapshot and the events after it are a fresh snapshot.

use crate::world::{Agent, Door, Socket, Visitor, World};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Things = BTreeMap<String, Value>;

/// What an agent's client holds.
#[derive(Clone, Debug, PartialEq, Default)]
struct Held {
    conversations: Things,
    messages: BTreeMap<String, Vec<Value>>,
    customers: Things,
    users: Things,
    channels: Things,
    organisation: Value,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn by_id(items: &Value) -> Things {
    items.as_array().unwrap().iter().map(|item| (text(&item["id"]), item.clone())).collect()
}

fn forget(things: &mut Things, field: &str) {
    for thing in things.values_mut() {
        thing.as_object_mut().unwrap().remove(field);
    }
}

impl Held {
    /// A fresh snapshot, without what is not stored: who is there, and when they were last seen.
    async fn load(agent: &Agent) -> Held {
        let mut held = Held::default();
        for view in ["all", "resolved"] {
            for conversation in agent.inbox(view).await {
                held.take_conversation(agent, conversation).await;
            }
        }
        held.users = by_id(&agent.get("/users").await.ok(200)["items"]);
        forget(&mut held.users, "presence");
        held.channels = by_id(&agent.get("/channels").await.ok(200)["items"]);
        held.organisation = agent.get("/organisation").await.ok(200);
        held
    }

    async fn take_conversation(&mut self, agent: &Agent, mut conversation: Value) {
        let (id, customer) = (text(&conversation["id"]), text(&conversation["customer"]["id"]));
        conversation["customer"].as_object_mut().unwrap().remove("online");
        self.messages.insert(id.clone(), agent.history(&id).await);
        self.conversations.insert(id, conversation);
        let loaded = agent.get(&format!("/customers/{customer}")).await.ok(200);
        self.take_customer(loaded);
    }

    fn take_customer(&mut self, mut customer: Value) {
        for volatile in ["online", "last_seen_at"] {
            customer.as_object_mut().unwrap().remove(volatile);
        }
        for conversation in self.conversations.values_mut() {
            if conversation["customer"]["id"] == customer["id"] {
                conversation["customer"] =
                    json!({"id": customer["id"], "name": customer["name"], "email": customer["email"]});
            }
        }
        self.customers.insert(text(&customer["id"]), customer);
    }

    /// As docs/protocol.md says that a client does.
    async fn apply(&mut self, agent: &Agent, event: &Value) {
        match event["type"].as_str().unwrap() {
            "message.created" => {
                let id = text(&event["message"]["conversation"]);
                match self.conversations.contains_key(&id) {
                    true => self.take_message(agent, &id, event["message"].clone()),
                    false => {
                        let loaded = agent.get(&format!("/conversations/{id}")).await.ok(200);
                        self.take_conversation(agent, loaded).await;
                    }
                }
            }
            "conversation.updated" => {
                let mut new = event["conversation"].clone();
                let id = text(&new["id"]);
                match self.conversations.get(&id) {
                    Some(old) if old["position"].as_i64() > new["position"].as_i64() => {}
                    Some(old) => {
                        new["unread"] = old["unread"].clone();
                        self.conversations.insert(id, new);
                    }
                    None => {
                        let loaded = agent.get(&format!("/conversations/{id}")).await.ok(200);
                        self.take_conversation(agent, loaded).await;
                    }
                }
            }
            "conversation.read" => {
                let id = text(&event["conversation"]);
                let after = |m: &&Value| {
                    m["kind"] == "text"
                        && m["author"]["kind"] == "customer"
                        && m["seq"].as_i64() > event["read"].as_i64()
                };
                let unread = self.messages[&id].iter().filter(after).count();
                self.conversations.get_mut(&id).unwrap()["unread"] = unread.into();
            }
            "customer.updated" => self.take_customer(event["customer"].clone()),
            "user.updated" => drop(self.users.insert(text(&event["user"]["id"]), event["user"].clone())),
            "channel.updated" => drop(self.channels.insert(text(&event["channel"]["id"]), event["channel"].clone())),
            "organisation.updated" => self.organisation = event["organisation"].clone(),
            "presence" | "typing" => {}
            other => panic!("an event unheard of: {other}"),
        }
    }

    /// What a message changes besides; a message that is there already changes nothing.
    fn take_message(&mut self, agent: &Agent, id: &str, message: Value) {
        let messages = self.messages.get_mut(id).unwrap();
        let known = messages.last().map_or(0, |m| m["seq"].as_i64().unwrap());
        if message["seq"].as_i64().unwrap() <= known {
            return;
        }
        assert_eq!(message["seq"], known + 1, "a gap");
        let conversation = self.conversations.get_mut(id).unwrap();
        let seq = message["seq"].as_i64().unwrap();
        if conversation["last_seq"].as_i64() < Some(seq) {
            conversation["last_seq"] = seq.into();
        }
        if message["kind"] != "activity" {
            if conversation["last_message"]["seq"].as_i64() < Some(seq) {
                conversation["last_message"] = message.clone();
                conversation["updated_at"] = message["at"].clone().max_number(&conversation["updated_at"]);
            }
            match (message["author"]["kind"].as_str().unwrap(), message["kind"].as_str().unwrap()) {
                ("customer", _) => {
                    conversation["unread"] = (conversation["unread"].as_i64().unwrap() + 1).into();
                    if conversation["waiting_since_at"].is_null() {
                        conversation["waiting_since_at"] = message["at"].clone();
                    }
                }
                (_, "text") => {
                    conversation["waiting_since_at"] = Value::Null;
                    for mark in ["agent_delivered", "agent_read"] {
                        conversation["marks"][mark] = json!(seq).max_number(&conversation["marks"][mark]);
                    }
                }
                _ => {}
            }
            if message["author"]["id"] == agent.id.as_str() {
                conversation["unread"] = 0.into();
            }
        }
        messages.push(message);
    }
}

trait Larger {
    fn max_number(self, other: &Value) -> Value;
}

impl Larger for Value {
    fn max_number(self, other: &Value) -> Value {
        self.as_i64().max(other.as_i64()).into()
    }
}

/// Positions only grow, and none comes twice.
fn in_order(told: &[Value]) {
    let positions: Vec<i64> = told.iter().filter_map(|event| event["position"].as_i64()).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
}

fn cursor(socket: &Socket) -> String {
    text(&socket.welcome["cursor"])
}

/// A day in which about everything happens.
async fn a_day(world: &World, olga: &Agent, ben: &Agent, visitor: &Visitor, conversation: &str) {
    let path = format!("/conversations/{conversation}");
    visitor.says("are you there?").await;
    olga.says(conversation, "I am").await;
    visitor.says("good").await;
    visitor.post("/visitor/read", &json!({"conversation": conversation, "read": 2})).await.ok(204);
    visitor.post("/visitor/identify", &json!({"name": "Ann", "attributes": {"plan": "gold"}})).await.ok(204);
    ben.post(&format!("{path}/read"), &json!({"seq": 3})).await.ok(204);
    olga.notes(conversation, "gold!").await;
    olga.post(&format!("{path}/assign"), &json!({"assignee": ben.id})).await.ok(200);
    let newcomer = world.visitor().await;
    let other = newcomer.says("a new matter").await["conversation"].clone();
    newcomer.says("an urgent one").await;
    olga.post(&format!("{path}/resolve"), &json!({})).await.ok(200);
    visitor.says("wait").await;
    ben.says(other.as_str().unwrap(), "at once").await;
    newcomer.says("thanks").await;
    olga.post(&format!("/conversations/{}/resolve", text(&other)), &json!({})).await.ok(200);
    let customer = format!("/customers/{}", visitor.id);
    olga.patch(&customer, &json!({"phone": "123", "note": "likes gold"})).await.ok(200);
    olga.patch("/organisation", &json!({"name": "Acme & Daughters"})).await.ok(200);
    let channel = text(&olga.get("/channels").await.ok(200)["items"][0]["id"]);
    olga.patch(&format!("/channels/{channel}"), &json!({"name": "Store"})).await.ok(200);
    visitor.says("bye").await;
}

#[tokio::test]
async fn an_agents_stale_snapshot_and_the_missed_events_are_a_fresh_snapshot() {
    let mut world = World::limited("visitor_messages = { times = 1000, seconds = 1 }").await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    let conversation = text(&visitor.says("hello").await["conversation"]);

    // Subscribe first, then load.
    let mut attentive = ben.socket().await;
    let away_since = cursor(&attentive);
    let stale = Held::load(&ben).await;
    ben.patch("/me", &json!({"name": "Ben B."})).await.ok(200);
    a_day(&world, &olga, &ben, &visitor, &conversation).await;
    let fresh = Held::load(&ben).await;

    // Somebody who listened all day.
    let mut listened = stale.clone();
    let heard = attentive.all_until("bye").await;
    in_order(&heard);
    for event in &heard {
        listened.apply(&ben, event).await;
    }
    assert_eq!(listened, fresh);

    // Somebody who comes back in the evening, and again after a restart.
    for _ in 0..2 {
        let (mut socket, told) = ben.socket_from(&away_since).await;
        assert_eq!(socket.welcome["reset"], false);
        in_order(&told);
        let mut resumed = stale.clone();
        for event in &told {
            resumed.apply(&ben, event).await;
        }
        assert_eq!(resumed, fresh);
        // The replay once more does no harm, and nothing of it comes again after live.
        for event in &told {
            resumed.apply(&ben, event).await;
        }
        assert_eq!(resumed.messages, fresh.messages);
        let last = told.iter().filter_map(|event| event["position"].as_i64()).max().unwrap();
        let noted = olga.notes(&conversation, "the night shift").await;
        let next = socket.until(|f| f["position"].is_i64()).await;
        assert_eq!(next["position"], noted["position"]);
        assert!(next["position"].as_i64().unwrap() > last);
        drop(socket);
        if world.stop() {
            break;
        }
    }
    world.start().await;
    // The same people at a new address.
    let ben = Agent { door: Door { url: world.url.clone(), ..moved(&ben.door, &world) }, ..ben };
    let (socket, told) = ben.socket_from(&away_since).await;
    assert_eq!(socket.welcome["reset"], false);
    let mut resumed = stale;
    for event in &told {
        resumed.apply(&ben, event).await;
    }
    assert_eq!(resumed, Held::load(&ben).await);
}

/// A browser sends the origin it sees.
fn moved(door: &Door, world: &World) -> Door {
    let mut door = Door { url: world.url.clone(), ..door.clone() };
    for (name, value) in &mut door.headers {
        if name == "origin" {
            value.clone_from(&world.url);
        }
    }
    door
}

/// What a visitor's chat holds: the newest conversation's state and all messages.
#[derive(Clone, Debug, PartialEq)]
struct Chat {
    messages: Vec<Value>,
    conversation: Value,
}

impl Chat {
    async fn load(visitor: &Visitor) -> Chat {
        let conversation = visitor.get("/visitor/messages").await.ok(200)["conversation"].take();
        Chat { messages: visitor.history().await, conversation }
    }

    fn apply(&mut self, event: &Value) {
        match event["type"].as_str().unwrap() {
            "message.created" => {
                let message = &event["message"];
                let known = self.messages.last().map_or(0, |m| m["order"].as_i64().unwrap());
                if message["order"].as_i64().unwrap() <= known {
                    return;
                }
                if self.conversation["id"] == message["conversation"] {
                    let seq = message["seq"].clone();
                    self.conversation["last_seq"] = seq.clone().max_number(&self.conversation["last_seq"]);
                    if message["author"]["kind"] == "agent" && message["kind"] == "text" {
                        for mark in ["agent_delivered", "agent_read"] {
                            let marks = &mut self.conversation["marks"];
                            marks[mark] = seq.clone().max_number(&marks[mark]);
                        }
                    }
                }
                self.messages.push(message.clone());
            }
            "conversation.updated" => self.conversation = event["conversation"].clone(),
            "typing" => {}
            other => panic!("not for visitors: {other}"),
        }
    }
}

#[tokio::test]
async fn a_visitors_stale_history_and_the_missed_events_are_a_fresh_history() {
    let mut world = World::limited("visitor_messages = { times = 1000, seconds = 1 }").await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    let conversation = text(&visitor.says("hello").await["conversation"]);
    let mut attentive = visitor.socket().await;
    let (first, _) = visitor.socket_from(&visitor.cursor).await;
    let away_since = cursor(&first);
    let away_since = match attentive.welcome["reset"] == false {
        true => away_since,
        false => panic!("a session's own cursor is good"),
    };
    let stale = Chat { messages: Vec::new(), conversation: Value::Null };
    a_day(&world, &olga, &ben, &visitor, &conversation).await;
    let fresh = Chat::load(&visitor).await;

    let mut listened = Chat { messages: fresh.messages[..1].to_vec(), conversation: Value::Null };
    let heard = attentive.all_until("bye").await;
    in_order(&heard);
    heard.iter().for_each(|event| listened.apply(event));
    assert_eq!(listened.messages, fresh.messages);

    let (_, told) = visitor.socket_from(&away_since).await;
    in_order(&told);
    let mut resumed = stale.clone();
    told.iter().for_each(|event| resumed.apply(event));
    assert_eq!(resumed, fresh);

    assert!(world.stop());
    world.start().await;
    let visitor = Visitor { door: moved(&visitor.door, &world), ..visitor };
    let (_, told) = visitor.socket_from(&away_since).await;
    let mut resumed = stale;
    told.iter().for_each(|event| resumed.apply(event));
    assert_eq!(resumed, fresh);
}

#[tokio::test]
async fn a_cursor_of_another_life_starts_over() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    visitor.says("hello").await;
    let good = cursor(&olga.socket().await);
    let (epoch, position) = good.rsplit_once('-').unwrap();
    let bad = [
        format!("0000000000000000-{position}"),
        format!("{epoch}-99999999"),
        format!("{epoch}--1"),
        format!("{epoch}-"),
        position.to_owned(),
        "nonsense".to_owned(),
        String::new(),
        "-".repeat(1_000),
    ];
    for cursor in &bad {
        let (socket, told) = olga.socket_from(cursor).await;
        assert_eq!((&socket.welcome["reset"], told.len()), (&json!(true), 0), "{cursor}");
        assert_eq!(socket.welcome["cursor"], good.as_str());
        let (socket, told) = visitor.socket_from(cursor).await;
        assert_eq!((&socket.welcome["reset"], told.len()), (&json!(true), 0), "{cursor}");
    }
    assert_eq!(olga.socket_from(&good).await.0.welcome["reset"], false);
    assert_eq!(olga.socket().await.welcome["reset"], true, "no cursor at all");
}

#[tokio::test]
async fn who_is_too_far_behind_starts_over() {
    let world = World::limited("agent_messages = { times = 100000, seconds = 1 }").await;
    let olga = world.owner().await;
    let conversation = text(&world.visitor().await.says("hello").await["conversation"]);
    let before = cursor(&olga.socket().await);
    let write = |count: usize| {
        let (olga, conversation) = (olga.clone(), conversation.clone());
        async move {
            for _ in 0..count {
                olga.notes(&conversation, "a note").await;
            }
        }
    };
    join_all((0..100).map(|_| write(50))).await;
    let (socket, told) = olga.socket_from(&before).await;
    assert_eq!((&socket.welcome["reset"], told.len()), (&json!(false), 5_000));
    in_order(&told);
    write(1).await;
    let (socket, told) = olga.socket_from(&before).await;
    assert_eq!((&socket.welcome["reset"], told.len()), (&json!(true), 0));
}

#[tokio::test]
async fn whose_rights_changed_meanwhile_starts_over() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let visitor = world.visitor().await;
    visitor.says("hello").await;
    let channel = text(&olga.get("/channels").await.ok(200)["items"][0]["id"]);
    let changes = [
        (format!("/channels/{channel}"), json!({"everyone": false, "members": []})),
        (format!("/channels/{channel}"), json!({"members": [ben.id]})),
        (format!("/users/{}", ben.id), json!({"role": "supervisor"})),
    ];
    for (path, change) in changes {
        let before = cursor(&ben.socket().await);
        olga.patch(&path, &change).await.ok(200);
        visitor.says("a word").await;
        let (socket, told) = ben.socket_from(&before).await;
        assert_eq!((&socket.welcome["reset"], told.len()), (&json!(true), 0), "{change}");
        let after = text(&socket.welcome["cursor"]);
        assert_eq!(ben.socket_from(&after).await.0.welcome["reset"], false);
    }
}

#[tokio::test]
async fn a_replay_tells_only_what_one_may_see() {
    let world = World::new().await;
    let olga = world.owner().await;
    let ben = olga.hires(&world, "Ben", "agent").await;
    let secret = olga.post("/channels", &json!({"name": "Secret"})).await.ok(201);
    let closed = json!({"everyone": false, "members": []});
    olga.patch(&format!("/channels/{}", text(&secret["id"])), &closed).await.ok(200);
    let before = cursor(&ben.socket().await);
    let mut attentive = ben.socket().await;
    let hidden = world.visitor_of(secret["key"].as_str().unwrap()).await;
    let conversation = text(&hidden.says("hidden words").await["conversation"]);
    hidden.post("/visitor/identify", &json!({"name": "Hidden"})).await.ok(204);
    olga.says(&conversation, "hidden answer").await;
    olga.post(&format!("/conversations/{conversation}/read"), &json!({"seq": 2})).await.ok(204);
    let secret_path = format!("/channels/{}", text(&secret["id"]));
    olga.patch(&secret_path, &json!({"name": "Secret still"})).await.ok(200);
    world.visitor().await.says("for all").await;
    let (_, told) = ben.socket_from(&before).await;
    let live = attentive.all_until("for all").await;
    for told in [told, live] {
        let told = serde_json::to_string(&told).unwrap();
        assert!(told.contains("for all"));
        for word in ["idden", "Secret", conversation.as_str(), hidden.id.as_str()] {
            assert!(!told.contains(&format!("{word}\"")) && !told.contains(&format!("{word} ")), "{word}: {told}");
        }
    }
}
