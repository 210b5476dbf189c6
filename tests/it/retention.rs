//! What is over goes from everywhere while people work, and the operator looks after the house.

use crate::faults::clock::WallClock;
use crate::world::{Agent, PATIENCE, World, files_below, new_id, parlor};
use serde_json::{Value, json};
use std::process::Output;
use std::time::{Duration, Instant};

fn maintain(world: &World, arguments: &[&str]) -> Output {
    parlor().arg("maintain").arg("--data").arg(world.data()).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

fn ids(inbox: &[Value]) -> Vec<&str> {
    inbox.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

/// Somebody sends a file with these words; it is resolved.
async fn resolved(world: &World, olga: &Agent, words: &str) -> String {
    let visitor = world.visitor().await;
    let upload = visitor.upload("/visitor/attachments", "a.txt", "text/plain", words.as_bytes().to_vec()).await;
    let message = json!({"client_id": new_id(), "text": words, "attachments": [upload.ok(201)["id"]]});
    let sent = visitor.post("/visitor/messages", &message).await.ok(201);
    let conversation = sent["conversation"].as_str().unwrap().to_owned();
    olga.post(&format!("/conversations/{conversation}/resolve"), &json!({})).await.ok(200);
    conversation
}

async fn finds(olga: &Agent, words: &str) -> usize {
    olga.get(&format!("/search?q={words}")).await.ok(200)["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn what_is_over_goes_while_people_work_and_what_is_held_stays() {
    let mut world = World::new().await;
    let olga = world.owner().await;
    let old = resolved(&world, &olga, "zebrafink").await;
    let held = resolved(&world, &olga, "heuschrecke").await;
    olga.put(&format!("/conversations/{held}/hold"), &json!({"note": "a lawsuit"})).await.ok(200);
    let wanting = olga.put(&format!("/conversations/{held}/hold"), &json!({"note": " "})).await;
    assert_eq!(wanting.ok(422)["fields"][0]["code"], "required");
    let hold = olga.get(&format!("/conversations/{held}/hold")).await.ok(200);
    assert_eq!((&hold["hold"]["note"], &hold["hold"]["user"]), (&json!("a lawsuit"), &json!(olga.id)));
    assert_eq!(olga.get(&format!("/conversations/{held}")).await.ok(200)["held"], true);
    let (_visitor, open) = world.begun().await;
    let begun = Instant::now();
    while finds(&olga, "zebrafink").await + finds(&olga, "heuschrecke").await < 2 {
        assert!(begun.elapsed() < PATIENCE, "search does not find them");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let policy = json!({"conversations_days": 30, "customers_days": 30, "events_days": 0});
    olga.put("/retention", &policy).await.ok(200);
    assert_eq!(olga.get("/retention").await.ok(200)["conversations_days"], 30);
    let short = olga.put("/retention", &json!({"conversations_days": 0, "customers_days": 0, "events_days": 90})).await;
    assert_eq!(short.ok(422)["fields"][0]["field"], "events_days");
    let preview = olga.post("/retention/preview", &policy).await.ok(200);
    assert_eq!(preview["items"][0]["conversations"], 0, "nothing is that old yet");

    let Some(clock) = WallClock::of(world.pid()) else {
        eprintln!("NOT RUN: the clock of another process cannot be moved here");
        return;
    };
    // A program's token does not end with the days.
    let program = olga.program().await.0;
    let mut desk = program.socket().await;
    clock.is_off_by(24 * 29);
    assert_eq!(maintain(&world, &[]).status.code(), Some(0));
    assert_eq!(program.get(&format!("/conversations/{old}")).await.status, 200, "a day is missing");
    clock.is_off_by(24 * 31);
    let done = maintain(&world, &["--deep"]);
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(
        said(&done).contains("1 conversations with 3 messages and 1 files, 0 recordings, 1 customers"),
        "{}",
        said(&done)
    );
    let told = desk.next_of("conversation.deleted").await;
    assert_eq!(told["conversation"], old.as_str());
    world.kill();
    world.start().await;

    // Here it is today again.
    let olga = world.owner().await;
    assert_eq!(olga.get(&format!("/conversations/{old}")).await.status, 404);
    assert_eq!(olga.get(&format!("/conversations/{old}/messages")).await.status, 404);
    assert_eq!(ids(&olga.inbox("resolved").await), [held.as_str()]);
    assert_eq!(olga.history(&held).await.len(), 4);
    assert_eq!((finds(&olga, "zebrafink").await, finds(&olga, "hello").await), (0, 1));
    let files = files_below(&world.data().join("attachments"));
    assert_eq!(files.len(), 1, "the held one's");
    olga.says(&open, "still here").await;
}

#[tokio::test]
async fn maintain_says_what_is_damaged_whether_a_server_runs_or_not() {
    let mut world = World::new().await;
    let olga = world.owner().await;
    resolved(&world, &olga, "precious").await;
    let well = maintain(&world, &["--json"]);
    let report: Value = serde_json::from_slice(&well.stdout).unwrap();
    let steps: Vec<&str> = report["done"].as_array().unwrap().iter().map(|one| one["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        ["store", "attachments", "recordings", "search", "retention", "statistics", "log"],
        "{}",
        said(&well)
    );
    assert_eq!(std::fs::metadata(world.data().join("parlor.db-wal")).unwrap().len(), 0, "the log is cut");

    let (path, bytes) = files_below(&world.data().join("attachments")).remove(0);
    let mut bent = bytes.clone();
    *bent.last_mut().unwrap() ^= 1;
    std::fs::write(&path, &bent).unwrap();
    let found = maintain(&world, &["--deep"]);
    assert!(found.status.code() == Some(2) && said(&found).contains("damaged: att_1"), "{}", said(&found));
    std::fs::remove_file(&path).unwrap();
    let found = maintain(&world, &[]);
    assert!(found.status.code() == Some(2) && said(&found).contains("missing: att_1"), "{}", said(&found));
    assert!(world.stop());
    assert_eq!(maintain(&world, &[]).status.code(), Some(2), "nobody serves");
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(maintain(&world, &["--deep"]).status.code(), Some(0));

    world.start().await;
    let refused = maintain(&world, &["--compact"]);
    assert!(!refused.status.success() && said(&refused).contains("stop it first"), "{}", said(&refused));
    assert!(world.stop());
    let done = maintain(&world, &["--compact"]);
    assert!(done.status.success() && said(&done).contains("search.db"), "{}", said(&done));
    world.start().await;
    assert_eq!(world.owner().await.inbox("resolved").await.len(), 1);
    assert!(world.stop());

    let store = world.data().join("parlor.db");
    let mut pages = std::fs::read(&store).unwrap();
    let last = pages.len() - 2_000;
    pages[last] ^= 1;
    std::fs::write(&store, &pages).unwrap();
    let found = maintain(&world, &[]);
    assert!(found.status.code() == Some(2) && said(&found).contains("DAMAGED  store"), "{}", said(&found));
}
