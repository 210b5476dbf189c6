//! Data folders of earlier releases: opened, upgraded, everything looked at, and back again.

use crate::faults::rotation::key_ids;
use crate::world::{Agent, OWNER, World, answer, parlor, run_with_input};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| {
        path.extension().is_some_and(|ending| ending == "json") && path.with_extension("tar.gz").exists()
    });
    found.sort();
    found
}

fn unpack(story: &Path, world: &World) {
    let archive = story.with_extension("tar.gz");
    let into = world.data();
    let into = into.parent().unwrap();
    let unpacked = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(into).status().unwrap();
    assert!(unpacked.success());
}

fn parlor_on(world: &World, arguments: &[&str]) -> String {
    let mut command = parlor();
    command.args(arguments).arg("--data").arg(world.data());
    let printed = run_with_input(command, "");
    assert!(printed.success, "{arguments:?}: {}", printed.text);
    printed.text
}

/// That everything the story tells is so: every person, every word, every file.
async fn is_all_there(world: &World, story: &Value) {
    let olga = Agent::sign_in(world, OWNER).await;
    let people = olga.get("/users").await.ok(200)["items"].clone();
    let mut people: Vec<&str> = people.as_array().unwrap().iter().map(|p| p["email"].as_str().unwrap()).collect();
    people.sort_unstable();
    assert_eq!(json!(people), story["people"]);
    let told = story["conversations"].as_object().unwrap();
    assert_eq!(olga.inbox("all").await.len(), told.len());
    for (conversation, messages) in told {
        let found = olga.history(conversation).await;
        let messages = messages.as_array().unwrap();
        assert_eq!(found.len(), messages.len());
        for (found, message) in found.iter().zip(messages) {
            for field in ["id", "seq", "kind", "text", "author", "at"] {
                assert_eq!(found[field], message[field], "{field} of {found}");
            }
            for file in message["attachments"].as_array().into_iter().flatten() {
                let bytes = olga.get(&format!("/attachments/{}", file["id"].as_str().unwrap())).await.bytes;
                let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(json!(hash), file["sha256"], "{file}");
            }
        }
    }
    // A program's token opens still.
    let token = story["token"].as_str().unwrap();
    let me = world.http.get(format!("{}/api/v1/session", world.url)).header("authorization", format!("Bearer {token}"));
    answer(me).await.ok(200);
}

/// The rows of every table, as a backup counts them.
fn rows(verified: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let (number, table) = line.trim().split_once("  ")?;
        Some((table.to_owned(), number.parse().ok()?))
    };
    verified.lines().filter_map(row).collect()
}

fn backups(world: &World, begins: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(world.data().join("backups")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> =
        entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(begins)).collect();
    found.sort();
    found
}

#[tokio::test]
async fn every_release_so_far_is_opened_upgraded_and_can_be_gone_back_to() {
    assert!(!kept().is_empty());
    for story in kept() {
        let mut world = World::stopped(&[]);
        unpack(&story, &world);
        let story: Value = serde_json::from_slice(&std::fs::read(&story).unwrap()).unwrap();
        world.channel_key = story["channel"].as_str().unwrap().to_owned();
        // As it is, without touching it.
        let said = parlor_on(&world, &["backup"]);
        let schema: u32 = said.split("at schema ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
        world.start().await;
        is_all_there(&world, &story).await;
        assert!(world.visitor().await.says("still here?").await["conversation"].is_string());
        world.stop();

        let before = backups(&world, "before-upgrade-").pop().expect("a backup before the migrations");
        let of_then = parlor_on(&world, &["backup", "verify", before.to_str().unwrap()]);
        assert!(of_then.contains(&format!("schema {schema},")), "{of_then}");
        let asked = backups(&world, "parlor-").remove(0);
        let asked = rows(&parlor_on(&world, &["backup", "verify", asked.to_str().unwrap()]));
        let of_then = rows(&of_then);
        assert!(of_then.len() > 10 && asked.starts_with(&of_then), "{of_then:?} {asked:?}");

        // Back: the store as it was, with the files that stayed where they were.
        parlor_on(&world, &["restore", before.to_str().unwrap(), "--replace"]);
        let said = parlor_on(&world, &["backup"]);
        assert!(said.contains(&format!("at schema {schema},")) && said.contains(" attachments"), "{said}");
        // And once more forward.
        world.start().await;
        is_all_there(&world, &story).await;
        assert_eq!(backups(&world, "before-upgrade-").len(), 2);

        // Under another root key, whole, the index that was built since as well.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let of_then = key_ids(&world.data());
        parlor_on(&world, &["key", "rotate", "--slot", "2"]);
        parlor_on(&world, &["key", "rotate"]);
        let now = key_ids(&world.data());
        assert!(of_then.len() >= 3 && of_then.is_disjoint(&now), "{of_then:x?} {now:x?}");
        is_all_there(&world, &story).await;
        world.kill();
        world.start().await;
        is_all_there(&world, &story).await;
    }
}
