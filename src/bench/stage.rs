//! Who takes part, in a server that runs already: channels and agents of the bench's own, gone again afterwards.

use super::engine::Seat;
use super::plan::Crowd;
use super::rest::{Problem, Rest, text};
use super::stop::Stop;
use crate::vault;
use anyhow::{Context, Result};
use futures_util::StreamExt;
use futures_util::stream;
use indicatif::ProgressBar;
use serde_json::json;

/// What load needs: doors for visitors, and agents who listen.
#[derive(Default)]
pub struct Stage {
    pub channel_keys: Vec<String>,
    pub agent_tokens: Vec<String>,
    /// To put away again, in a server that is not ours.
    guests: Guests,
}

#[derive(Default)]
struct Guests {
    users: Vec<String>,
    channels: Vec<String>,
}

impl Stage {
    pub fn of(channel_keys: Vec<String>, agent_tokens: Vec<String>) -> Stage {
        Stage { channel_keys, agent_tokens, guests: Guests::default() }
    }

    /// Makes channels and agents over the API. Puts away what it made, if it does not get to the end.
    pub async fn set(rest: &Rest, crowd: &Crowd, bar: &ProgressBar, stop: &Stop) -> Result<Stage> {
        let mut stage = Stage::default();
        match stage.fill(rest, crowd, bar, stop).await {
            Ok(()) => Ok(stage),
            Err(error) => {
                stage.leave(rest).await;
                Err(error)
            }
        }
    }

    async fn fill(&mut self, rest: &Rest, crowd: &Crowd, bar: &ProgressBar, stop: &Stop) -> Result<()> {
        let mark = vault::token("b")[2..10].to_lowercase().replace('_', "x");
        let password = vault::token("pw");
        let mut members = Vec::new();
        bar.set_length(u64::from(crowd.agents));
        for number in 1..=crowd.agents {
            if stop.is_wanted() {
                anyhow::bail!("stopped before the load began");
            }
            let email = format!("bench-{mark}-{number}@bench.invalid");
            let person =
                json!({"name": format!("Bench {number}"), "email": email, "role": "agent", "password": password});
            let made = rest.post("/users", &person).await.map_err(explain_administrator)?;
            let id = text(&made, "id")?;
            self.guests.users.push(id.clone());
            members.push(id);
            self.agent_tokens.push(rest.token_of(&email, &password).await.context("an agent of the bench signs in")?);
            bar.inc(1);
        }
        for (number, members) in members.chunks(crowd.agents_per_channel as usize).enumerate() {
            let made = rest.post("/channels", &json!({"name": format!("Bench {mark} {}", number + 1)})).await?;
            let id = text(&made, "id")?;
            self.guests.channels.push(id.clone());
            self.channel_keys.push(text(&made, "key")?);
            rest.patch(&format!("/channels/{id}"), &json!({"everyone": false, "members": members})).await?;
        }
        Ok(())
    }

    /// A session for each visitor, spread over the channels.
    pub async fn visitors(&self, rest: &Rest, count: u32, bar: &ProgressBar, stop: &Stop) -> Result<Vec<Seat>> {
        let rest = rest.as_nobody();
        bar.set_length(u64::from(count));
        let begin = |number: u32| {
            let key = &self.channel_keys[number as usize % self.channel_keys.len()];
            let (rest, bar, body) = (&rest, &bar, json!({"channel": key}));
            async move {
                let begun = rest.post("/visitor/session", &body).await?;
                bar.inc(1);
                Ok(Seat { token: text(&begun, "token")?, cursor: text(&begun, "cursor")? })
            }
        };
        let mut begun = stream::iter(0..count).map(begin).buffered(32);
        let mut seats = Vec::with_capacity(count as usize);
        while let Some(seat) = begun.next().await {
            if stop.is_wanted() {
                anyhow::bail!("stopped before the load began");
            }
            seats.push(seat.map_err(|error| explain_visitors(error, count))?);
        }
        Ok(seats)
    }

    pub fn agents(&self) -> impl Iterator<Item = Seat> {
        self.agent_tokens.iter().map(|token| Seat { token: token.clone(), cursor: String::new() })
    }

    /// Deactivates what was made. What cannot be put away is named: somebody must do it by hand.
    pub async fn leave(&self, rest: &Rest) {
        let channels = self.guests.channels.iter().map(|id| format!("/channels/{id}"));
        let users = self.guests.users.iter().map(|id| format!("/users/{id}"));
        for path in channels.chain(users) {
            if let Err(error) = rest.patch(&path, &json!({"active": false})).await {
                eprintln!("parlor: {path} could not be deactivated: {error:#}");
            }
        }
    }
}

fn explain_administrator(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Problem>().map(|problem| problem.status) {
        Some(401) => error.context("the token is not known to this server"),
        Some(403 | 404) => error.context("the token must be an administrator's: the bench makes agents and channels"),
        _ => error.context("an agent of the bench"),
    }
}

fn explain_visitors(error: anyhow::Error, count: u32) -> anyhow::Error {
    match error.downcast_ref::<Problem>().map(|problem| problem.status) {
        Some(429) => error.context(format!(
            "the server takes no more new visitors from this address. For the bench, in its parlor.toml: [limits] \
             new_visitors = {{ times = {count}, seconds = 1 }} and visitor_messages = {{ times = 100000, seconds = 1 }}, \
             visitor_requests likewise"
        )),
        _ => error.context("a visitor's session"),
    }
}
