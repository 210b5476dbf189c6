//! What people do while they talk, one thing at a time, as the dice fall.

use super::client::{Client, Message, Phase, WINDOW, text};
use super::dice::Dice;
use super::record::{Act, Side, What};
use super::wire::{Line, Reply};
use serde_json::json;
use std::collections::HashMap;

/// A file whose name says what is in it.
pub fn file_named(name: &str) -> Option<Vec<u8>> {
    let (seed, bytes) = name.strip_suffix(".txt")?.split_once('-')?;
    let mut dice = Dice::new(seed.parse().ok()?);
    Some((0..bytes.parse().ok()?).map(|_| b'a' + dice.below(26) as u8).collect())
}

impl Client {
    /// Something to do next. `false`: hang up.
    pub(super) async fn deed(&mut self, line: &mut Line) -> Result<bool, u16> {
        if !matches!(self.phase.borrow().1, Phase::Talk) {
            self.insist(line).await?;
            return Ok(true);
        }
        match self.dice.below(100) {
            0..=1 => return Ok(false),
            2..=4 => self.look_back().await,
            5..=9 => self.repeat(line).await?,
            10..=14 => self.insist(line).await?,
            15..=29 if self.side == Side::Agent => self.take_over().await,
            30..=37 if self.side == Side::Agent => self.read().await,
            38..=39 if self.side == Side::Agent => self.resolve().await,
            n => {
                if let Some(message) = self.new_message().await {
                    match n % 4 {
                        0 => self.post(&message).await,
                        _ => self.say(line, &message).await?,
                    }
                }
            }
        }
        Ok(true)
    }

    async fn new_message(&mut self) -> Option<Message> {
        if self.memory.outbox.len() >= WINDOW {
            return None;
        }
        let conversation = match self.side {
            Side::Visitor => None,
            _ => Some(self.some_conversation()?),
        };
        let kind = if self.side == Side::Agent && self.dice.one_in(4) { "note" } else { "text" };
        self.memory.said += 1;
        let (said, filler) = (self.memory.said, "好 ö \u{1f600} ".repeat(self.dice.below(20)));
        let attachments =
            if self.dice.one_in(self.files) { self.upload().await.into_iter().collect() } else { Vec::new() };
        let id = self.dice.id(self.recorder.now() / 1_000);
        let message =
            Message { id, conversation, kind, text: format!("{} says {said}: {filler}", self.name), attachments };
        self.memory.outbox.push(message.clone());
        Some(message)
    }

    async fn upload(&mut self) -> Option<String> {
        let name = format!("{}-{}.txt", self.dice.below(1 << 30), 1 + self.dice.below(100_000));
        let path = if self.side == Side::Visitor { "/visitor/attachments" } else { "/attachments" };
        match self.wire.upload(path, &name, file_named(&name)?).await {
            Reply::Ok(attachment) => Some(text(&attachment, "id")),
            _ => None,
        }
    }

    pub(super) fn some_conversation(&mut self) -> Option<String> {
        let n = self.dice.below(self.memory.owners.len());
        self.memory.owners.keys().nth(n).cloned()
    }

    /// Asks once more for what has no answer.
    async fn insist(&mut self, line: &mut Line) -> Result<(), u16> {
        let waits = |m: &Message, asked: &HashMap<String, Vec<u64>>| asked.get(&m.id).is_none_or(Vec::is_empty);
        let next = self.memory.outbox.iter().find(|message| waits(message, &self.memory.asked)).cloned();
        let Some(message) = next else { return Ok(()) };
        match self.dice.one_in(2) {
            true => self.say(line, &message).await,
            false => {
                self.post(&message).await;
                Ok(())
            }
        }
    }

    /// Says something acknowledged again, sometimes with other words.
    async fn repeat(&mut self, line: &mut Line) -> Result<(), u16> {
        let n = self.dice.below(self.memory.acknowledged.len());
        let Some(mut message) = self.memory.acknowledged.get(n).cloned() else { return Ok(()) };
        if self.dice.one_in(3) {
            message.text += " (other words)";
        }
        match self.dice.one_in(2) {
            true => self.say(line, &message).await,
            false => {
                self.post(&message).await;
                Ok(())
            }
        }
    }

    async fn take_over(&mut self) {
        let Some(conversation) = self.some_conversation() else { return };
        // Sometimes somebody looks at an old screen.
        let old = self.dice.one_in(4);
        let expected = self.memory.owners[&conversation].clone().filter(|_| !old);
        let to = if self.dice.one_in(3) { None } else { Some(self.principal.clone()) };
        let op = self.recorder.number();
        let act = Act::Assign { conversation: conversation.clone(), expected: expected.clone(), to: to.clone() };
        self.note(What::Invoke { op, act });
        let body = json!({"assignee": to, "expected": expected});
        let reply = self.wire.post(&format!("/conversations/{conversation}/assign"), &body).await;
        self.settle(op, "", reply);
    }

    async fn read(&mut self) {
        let Some(conversation) = self.some_conversation() else { return };
        let newest = self.memory.newest.get(&conversation).copied().unwrap_or(0);
        let seq = (newest - self.dice.below(3) as i64).max(0);
        let op = self.recorder.number();
        self.note(What::Invoke { op, act: Act::Read { conversation: conversation.clone(), seq } });
        let reply = self.wire.post(&format!("/conversations/{conversation}/read"), &json!({"seq": seq})).await;
        self.settle(op, "", reply);
    }

    /// The customer's next message reopens it.
    async fn resolve(&mut self) {
        if let Some(conversation) = self.some_conversation() {
            self.wire.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await;
        }
    }
}
