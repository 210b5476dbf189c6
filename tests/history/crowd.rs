//! A crowd on a server: people are made, talk, finish, and everything is written down and judged.

use super::client::{Client, Memory, Phase, Wanted, text};
use super::deeds::file_named;
use super::dice::Dice;
use super::ear::{self, Ear, Receiver};
use super::looks::{history, inbox};
use super::promises::{Violation, check};
use super::record::{Record, Recorder, Side, What};
use super::story::Story;
use super::wire::{Reply, Way, Wire};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

#[derive(Clone)]
pub struct Plan {
    pub seed: u64,
    pub visitors: usize,
    pub agents: usize,
    /// Each line of a client goes by one of them.
    pub ways: Vec<Way>,
    /// Between two deeds of one client.
    pub pace: Duration,
    /// One message in so many has a file.
    pub files: usize,
    /// Requests that nobody waits for any more may still arrive for so long: packets are sent again and again.
    pub stragglers: Duration,
    /// Whoever has not come back and heard the end after so long has not come back.
    pub patience: Duration,
    /// A webhook listens too, on this machine: the server must be allowed to reach it.
    pub webhook: Option<Ear>,
    /// Where to write the history down.
    pub file: Option<PathBuf>,
}

/// Where everybody goes: to people the server may be behind something.
pub struct Doors<'a> {
    /// The server itself, for making people and for the last look.
    pub server: &'a str,
    /// What the crowd uses.
    pub crowd: &'a str,
    /// An owner's or administrator's API token.
    pub token: &'a str,
}

pub struct Crowd {
    recorder: Recorder,
    phase: watch::Sender<(usize, Phase)>,
    clients: Vec<Seat>,
    /// The webhook's id, and who listens.
    webhook: Option<(String, Receiver)>,
    owner: Wire,
    channels: Vec<String>,
    stragglers: Duration,
    patience: Duration,
}

/// Somebody of the crowd, seen from outside.
struct Seat {
    name: String,
    wire: Wire,
    side: Side,
    channels: Vec<String>,
    done: Arc<AtomicUsize>,
    life: JoinHandle<()>,
}

pub struct Outcome {
    pub records: Vec<Record>,
    pub violations: Vec<Violation>,
    /// Texts and notes in the store.
    pub messages: usize,
    pub lines: usize,
    /// Lies that the webhook's receiver was told.
    pub bent: usize,
    /// From the end of talking until everybody had heard everything.
    pub converged: Duration,
}

/// Talk for a while, without any trouble but what lies in between.
pub async fn run(plan: &Plan, doors: &Doors<'_>, talk: Duration) -> Result<Outcome, String> {
    let crowd = Crowd::gather(plan, doors).await?;
    tokio::time::sleep(talk).await;
    crowd.finish().await
}

async fn must(wire: &Wire, method: Method, path: &str, body: &Value) -> Result<Value, String> {
    match wire.request(method, path, Some(body)).await {
        Reply::Ok(value) => Ok(value),
        Reply::Refused { code, .. } => Err(format!("{path}: {code}")),
        Reply::Unknown => Err(format!("{path}: no answer")),
    }
}

impl Crowd {
    /// Two channels of their own, agents who serve one or both, visitors, and a program that follows everything.
    pub async fn gather(plan: &Plan, doors: &Doors<'_>) -> Result<Crowd, String> {
        let recorder = Recorder::new(plan.file.as_deref()).map_err(|error| error.to_string())?;
        recorder.note("run", What::Seed { seed: plan.seed });
        let owner = Wire::patient(doors.server, doors.token);
        let mut dice = Dice::new(plan.seed);
        let mut agents = Vec::new();
        for n in 0..plan.agents {
            agents.push(hire(&owner, plan.seed, n).await?);
        }
        let mut channels = Vec::new();
        for n in 0..2 {
            let made = must(&owner, Method::POST, "/channels", &json!({"name": format!("History {n}")})).await?;
            // The first serves both, the others one each.
            let members: Vec<&String> =
                agents.iter().enumerate().filter(|(a, _)| *a == 0 || a % 2 == n).map(|(_, (id, _))| id).collect();
            let path = format!("/channels/{}", text(&made, "id"));
            must(&owner, Method::PATCH, &path, &json!({"everyone": false, "members": members})).await?;
            channels.push((text(&made, "id"), text(&made, "key")));
        }
        let all: Vec<String> = channels.iter().map(|(id, _)| id.clone()).collect();
        let webhook = match plan.webhook {
            Some(ear) => Some(subscribe(&owner, &recorder, ear, dice.fork(2), &all).await?),
            None => None,
        };
        let (phase, watching) = watch::channel((0, Phase::Talk));
        let mut crowd = Crowd {
            recorder,
            phase,
            clients: Vec::new(),
            webhook,
            owner: owner.clone(),
            channels: all.clone(),
            stragglers: plan.stragglers,
            patience: plan.patience,
        };
        let crowd_wire = Wire::new(doors.crowd, "");
        let mut seat = |name: String, side, principal: String, token: &str, cursor, channels: Vec<String>, n| {
            crowd.recorder.note(&name, What::Person { principal: principal.clone(), side, channels: channels.clone() });
            let done = Arc::new(AtomicUsize::new(0));
            let wire = crowd_wire.with_token(token);
            let client = Client {
                name: name.clone(),
                side,
                principal,
                wire: wire.clone(),
                ways: plan.ways.clone(),
                cursor,
                dice: dice.fork(n),
                recorder: crowd.recorder.clone(),
                pace: plan.pace,
                files: plan.files,
                phase: watching.clone(),
                done: done.clone(),
                channels: channels.clone(),
                ours: all.clone(),
                memory: Memory::default(),
            };
            let life = tokio::spawn(client.live());
            crowd.clients.push(Seat { name, wire, side, channels, done, life });
        };
        seat("follower".into(), Side::Follower, "follower".into(), doors.token, None, all.clone(), 0);
        for (n, (id, token)) in agents.iter().enumerate() {
            let seen = if n == 0 { all.clone() } else { vec![all[n % 2].clone()] };
            seat(format!("agent{n}"), Side::Agent, id.clone(), token, None, seen, 1 + n as u64);
        }
        // Everybody is there before the first word.
        tokio::time::sleep(Duration::from_millis(300)).await;
        for n in 0..plan.visitors {
            let begun =
                must(&owner.with_token(""), Method::POST, "/visitor/session", &json!({"channel": channels[n % 2].1}))
                    .await?;
            let (id, cursor) = (text(&begun["visitor"], "id"), text(&begun, "cursor"));
            seat(
                format!("visitor{n}"),
                Side::Visitor,
                id,
                &text(&begun, "token"),
                Some(cursor),
                Vec::new(),
                1_000 + n as u64,
            );
        }
        Ok(crowd)
    }

    /// Everybody finishes, everything is looked at, everybody hears the end; then it is judged.
    pub async fn finish(self) -> Result<Outcome, String> {
        let begun = Instant::now();
        self.all_have(1, Phase::Finish, begun).await;
        let mut seen = self.look().await?;
        let mut converged = None;
        // What came in late is looked at, and heard, too.
        for round in 0..5 {
            self.all_have(2 + round, Phase::Hear(seen.wanted(&self.recorder)), begun).await;
            if converged.is_none() {
                converged = Some(begun.elapsed());
                tokio::time::sleep(self.stragglers).await;
            }
            let again = self.look().await?;
            let is_same = again.marks() == seen.marks();
            seen = again;
            if is_same {
                break;
            }
        }
        self.phase.send_replace((9, Phase::Leave(seen.wanted(&self.recorder))));
        self.webhook_has(&seen, begun).await;
        seen.0.into_iter().for_each(|(who, what)| self.recorder.note(&who, what));
        for mut seat in self.clients {
            let left = (self.patience + self.stragglers).saturating_sub(begun.elapsed());
            if timeout(left, &mut seat.life).await.is_err() {
                seat.life.abort();
            }
        }
        let mut bent = 0;
        if let Some((id, receiver)) = &self.webhook {
            bent = receiver.bent();
            let path = format!("/webhooks/{id}");
            let mut gone = self.owner.request(Method::DELETE, &path, None).await;
            // Asked again, it may be gone already.
            for _ in 0..5 {
                if !matches!(gone, Reply::Unknown) {
                    break;
                }
                gone = self.owner.request(Method::DELETE, &path, None).await;
            }
            match gone {
                Reply::Ok(_) => {}
                Reply::Refused { code, .. } if code == "not_found" => {}
                _ => return Err(format!("{path} stays")),
            }
        }
        let records = self.recorder.records();
        let violations = check(&records);
        let story = Story::of(&records);
        let messages = story.truth.values().flat_map(|t| t.messages).filter(|m| m["kind"] != "activity").count();
        let lines = story.people.values().map(|person| person.lines.len()).sum();
        Ok(Outcome { violations, messages, lines, bent, converged: converged.unwrap_or_default(), records })
    }

    /// Until everybody has done this, or it takes too long.
    async fn all_have(&self, number: usize, phase: Phase, begun: Instant) {
        self.phase.send_replace((number, phase));
        while begun.elapsed() < self.patience && self.clients.iter().any(|s| s.done.load(Ordering::Relaxed) < number) {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Until the webhook was sent everything, or it takes too long.
    async fn webhook_has(&self, seen: &Seen, begun: Instant) {
        let Some((_, receiver)) = &self.webhook else { return };
        let of = |(_, what): &(String, What)| match what {
            What::Truth { conversation, messages } => Some((text(conversation, "id"), messages.len() as i64)),
            _ => None,
        };
        let all: Vec<(String, i64)> = seen.0.iter().filter_map(of).collect();
        let heard = |(id, last): &(String, i64)| (1..=*last).all(|seq| receiver.has_heard(id, seq));
        while begun.elapsed() < self.patience && !all.iter().all(heard) {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn look(&self) -> Result<Seen, String> {
        let gone = || "the server does not answer at the end".to_owned();
        let mut seen = Vec::new();
        for conversation in patient(async || inbox(&self.owner, &self.channels).await).await.ok_or_else(gone)? {
            let id = text(&conversation, "id");
            let mut messages = patient(async || history(&self.owner, &id).await).await.ok_or_else(gone)?;
            let files = messages.iter_mut().filter_map(|message| message["attachments"].as_array_mut()).flatten();
            join_all(files.map(async |file| {
                let bytes = self.owner.download(&format!("/attachments/{}", text(file, "id"))).await;
                file["intact"] = json!(bytes.is_some() && bytes == file_named(&text(file, "name")));
            }))
            .await;
            seen.push(("run".to_owned(), What::Truth { conversation, messages }));
        }
        for seat in self.clients.iter().filter(|seat| seat.side == Side::Agent) {
            let shown = patient(async || inbox(&seat.wire, &seat.channels).await).await.ok_or_else(gone)?;
            let inboxes = shown.into_iter().map(|conversation| What::Inbox { conversation });
            seen.extend(inboxes.map(|inbox| (seat.name.clone(), inbox)));
        }
        Ok(Seen(seen))
    }
}

/// What a look at the end gave, and for whom.
struct Seen(Vec<(String, What)>);

impl Seen {
    /// Equal if nothing happened in between, nor while it was looked at.
    fn marks(&self) -> Vec<(String, i64, i64, usize)> {
        let mark = |(_, what): &(String, What)| match what {
            What::Truth { conversation, messages } => {
                let number = |field: &str| conversation[field].as_i64().unwrap_or(-1);
                Some((text(conversation, "id"), number("position"), number("last_seq"), messages.len()))
            }
            _ => None,
        };
        let mut marks: Vec<_> = self.0.iter().filter_map(mark).collect();
        marks.sort();
        marks
    }

    /// What everybody should have been shown, if this is the end.
    fn wanted(&self, recorder: &Recorder) -> Wanted {
        let mut records = recorder.records();
        records.extend(self.0.iter().map(|(who, what)| Record { at: 0, who: who.clone(), what: what.clone() }));
        Arc::new(wanted(&Story::of(&records)))
    }
}

fn wanted(story: &Story<'_>) -> HashMap<String, Vec<(String, i64)>> {
    let of = |person| story.visible_to(person).into_iter().map(|(id, seq, _)| (id.to_owned(), seq)).collect();
    story.people.values().map(|person| (person.name.to_owned(), of(person))).collect()
}

/// A server that was just hurt may need a moment.
async fn patient<T>(ask: impl AsyncFn() -> Option<T>) -> Option<T> {
    for _ in 0..40 {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    None
}

/// A webhook of these channels, its id and its receiver.
async fn subscribe(
    owner: &Wire,
    recorder: &Recorder,
    ear: Ear,
    dice: Dice,
    channels: &[String],
) -> Result<(String, Receiver), String> {
    let receiver = Receiver::new(ear, dice, recorder.clone()).await;
    let webhook = json!({"url": receiver.url, "kinds": ["message.created"], "channels": channels});
    let made = must(owner, Method::POST, "/webhooks", &webhook).await?;
    recorder.note(ear::NAME, What::Subscribed { channels: channels.to_vec() });
    Ok((text(&made["webhook"], "id"), receiver))
}

/// A new agent and a token of theirs.
async fn hire(owner: &Wire, seed: u64, n: usize) -> Result<(String, String), String> {
    // The same seed may be played twice on one server.
    let unique = uuid::Uuid::now_v7();
    let email = format!("{unique}@history.example");
    let password = format!("history-{seed}-correct-horse");
    let person = json!({"name": format!("History {n}"), "email": email, "role": "agent", "password": password});
    let id = text(&must(owner, Method::POST, "/users", &person).await?, "id");
    let token = owner.token_of(&email, &password).await?;
    Ok((id, token))
}

impl Wire {
    /// Signs in and makes a program's token.
    pub async fn token_of(&self, email: &str, password: &str) -> Result<String, String> {
        let base = format!("{}/api/v1", self.url);
        let http = reqwest::Client::new();
        let sent = http.post(format!("{base}/session")).header("x-parlor-request", "1");
        let sent = sent.json(&json!({"email": email, "password": password})).send().await;
        let answer = sent.map_err(|error| error.to_string())?;
        let cookie = answer.headers().get("set-cookie").and_then(|c| c.to_str().ok()).unwrap_or("").to_owned();
        let cookie = cookie.split(';').next().unwrap_or("").to_owned();
        if !answer.status().is_success() {
            return Err(format!("sign-in of {email}: {}", answer.status()));
        }
        let made = http.post(format!("{base}/tokens")).header("x-parlor-request", "1").header("cookie", cookie);
        let made = made.json(&json!({"name": "history"})).send().await.map_err(|error| error.to_string())?;
        let made: Value = made.json().await.map_err(|error| error.to_string())?;
        Ok(text(&made, "secret"))
    }
}
