//! Reading what is stored, page by page.

use super::client::{Client, text};
use super::record::{Side, What};
use super::wire::{Reply, Wire};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Client {
    pub(super) async fn look_back(&mut self) {
        match self.side {
            Side::Visitor => drop(self.load_own().await),
            _ => {
                if let Some(conversation) = self.some_conversation() {
                    self.load(&conversation).await;
                }
            }
        }
    }

    pub(super) async fn load_all(&mut self) -> Option<()> {
        if self.side == Side::Visitor {
            return self.load_own().await;
        }
        for conversation in inbox(&self.wire, &self.channels).await? {
            self.remember(&json!({"conversation": conversation}));
            self.load(&text(&conversation, "id")).await?;
        }
        Some(())
    }

    async fn load(&mut self, conversation: &str) -> Option<()> {
        let since = self.recorder.now();
        let messages = history(&self.wire, conversation).await?;
        self.loaded(since, conversation, messages);
        Some(())
    }

    async fn load_own(&mut self) -> Option<()> {
        let since = self.recorder.now();
        let mut all: Vec<Value> = Vec::new();
        loop {
            let before = all.first().map_or(String::new(), |m| format!("before={}&", m["order"]));
            let Reply::Ok(page) = self.wire.get(&format!("/visitor/messages?{before}limit=100")).await else {
                return None;
            };
            let mut items = page["items"].as_array()?.clone();
            items.extend(all);
            all = items;
            if page["more"] == false {
                break;
            }
        }
        let mut conversations: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for message in all {
            conversations.entry(text(&message, "conversation")).or_default().push(message);
        }
        for (conversation, messages) in conversations {
            self.loaded(since, &conversation, messages);
        }
        Some(())
    }

    fn loaded(&mut self, since: u64, conversation: &str, messages: Vec<Value>) {
        for message in &messages {
            self.remember(&json!({"message": message}));
        }
        self.note(What::Loaded { since, conversation: conversation.to_owned(), messages });
    }
}

/// Every conversation of these channels.
pub async fn inbox(wire: &Wire, channels: &[String]) -> Option<Vec<Value>> {
    let mut all = Vec::new();
    for (channel, view) in channels.iter().flat_map(|channel| [(channel, "all"), (channel, "resolved")]) {
        let mut after = String::new();
        loop {
            let path = format!("/conversations?channel={channel}&view={view}&limit=100{after}");
            let Reply::Ok(page) = wire.get(&path).await else { return None };
            all.extend(page["items"].as_array()?.iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
    }
    Some(all)
}

/// A conversation's messages from the first on.
pub async fn history(wire: &Wire, conversation: &str) -> Option<Vec<Value>> {
    let mut all: Vec<Value> = Vec::new();
    loop {
        let after = all.last().map_or(0, |message| message["seq"].as_i64().unwrap_or(0));
        let page = wire.get(&format!("/conversations/{conversation}/messages?after={after}&limit=100")).await;
        let Reply::Ok(page) = page else { return None };
        let items = page["items"].as_array()?;
        if items.is_empty() {
            return Some(all);
        }
        all.extend(items.iter().cloned());
    }
}
