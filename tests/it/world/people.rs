//! Agents, programs and visitors.

use super::{Answer, Door, PASSWORD, Socket, World, new_id};
use serde_json::{Value, json};

/// A person of the organisation in a browser.
#[derive(Clone)]
pub struct Agent {
    pub id: String,
    pub door: Door,
}

impl std::ops::Deref for Agent {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Agent {
    pub async fn sign_in(world: &World, email: &str) -> Agent {
        let stranger = world.stranger();
        let answer = stranger.post("/session", &json!({"email": email, "password": PASSWORD})).await;
        let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let me = answer.ok(200);
        let headers = vec![("cookie".to_owned(), cookie), ("origin".to_owned(), world.url.clone())];
        Agent { id: me["id"].as_str().unwrap().to_owned(), door: Door { headers, ..stranger } }
    }

    /// Makes a new person, who signs in. Only owners and administrators can.
    pub async fn hires(&self, world: &World, name: &str, role: &str) -> Agent {
        let email = format!("{}@acme.example", name.to_lowercase());
        let person = json!({"name": name, "email": email, "role": role, "password": PASSWORD});
        self.post("/users", &person).await.ok(201);
        Agent::sign_in(world, &email).await
    }

    /// A program that acts as this person, and the id of its token.
    pub async fn program(&self) -> (Program, String) {
        let made = self.post("/tokens", &json!({"name": "program"})).await.ok(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let headers = vec![("authorization".to_owned(), format!("Bearer {secret}"))];
        let program = Program { secret, door: Door { headers, ..self.door.clone() } };
        (program, made["token"]["id"].as_str().unwrap().to_owned())
    }

    pub async fn socket(&self) -> Socket {
        self.hello(None, None).await.0
    }

    pub async fn socket_from(&self, cursor: &str) -> (Socket, Vec<Value>) {
        self.hello(None, Some(cursor)).await
    }

    /// Answers a conversation.
    pub async fn says(&self, conversation: &str, text: &str) -> Value {
        let message = json!({"client_id": new_id(), "text": text});
        self.post(&format!("/conversations/{conversation}/messages"), &message).await.ok(201)
    }

    pub async fn notes(&self, conversation: &str, text: &str) -> Value {
        let note = json!({"client_id": new_id(), "kind": "note", "text": text});
        self.post(&format!("/conversations/{conversation}/messages"), &note).await.ok(201)
    }

    /// All messages of a conversation, page by page.
    pub async fn history(&self, conversation: &str) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let after = all.last().map_or(0, |m| m["seq"].as_i64().unwrap());
            let page =
                self.get(&format!("/conversations/{conversation}/messages?after={after}&limit=100")).await.ok(200);
            let items = page["items"].as_array().unwrap();
            if items.is_empty() {
                return all;
            }
            assert_eq!(items[0]["seq"], after + 1, "the page just after");
            all.extend(items.iter().cloned());
        }
    }

    pub async fn inbox(&self, view: &str) -> Vec<Value> {
        let page = self.get(&format!("/conversations?view={view}&limit=100")).await.ok(200);
        page["items"].as_array().unwrap().clone()
    }
}

/// Something with an API token.
#[derive(Clone)]
pub struct Program {
    pub secret: String,
    pub door: Door,
}

impl std::ops::Deref for Program {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Program {
    /// A program has no cookie: it says who it is in its hello.
    pub async fn socket(&self) -> Socket {
        let silent = Door { headers: Vec::new(), ..self.door.clone() };
        silent.hello(Some(&self.secret), None).await.0
    }
}

/// A visitor's chat.
#[derive(Clone)]
pub struct Visitor {
    pub id: String,
    pub token: String,
    /// From the beginning of the session.
    pub cursor: String,
    pub door: Door,
}

impl std::ops::Deref for Visitor {
    type Target = Door;
    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Visitor {
    pub async fn socket(&self) -> Socket {
        self.socket_from(&self.cursor).await.0
    }

    pub async fn socket_from(&self, cursor: &str) -> (Socket, Vec<Value>) {
        self.hello(Some(&self.token), Some(cursor)).await
    }

    /// Sends a message; its receipt.
    pub async fn says(&self, text: &str) -> Value {
        self.says_with_id(&new_id(), text).await.ok(201)
    }

    pub async fn says_with_id(&self, client_id: &str, text: &str) -> Answer {
        self.post("/visitor/messages", &json!({"client_id": client_id, "text": text})).await
    }

    pub async fn history(&self) -> Vec<Value> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.first().map_or(String::new(), |m| format!("before={}&", m["order"]));
            let page = self.get(&format!("/visitor/messages?{before}limit=100")).await.ok(200);
            let mut items = page["items"].as_array().unwrap().clone();
            items.extend(all);
            all = items;
            if page["more"] == false {
                return all;
            }
        }
    }
}
