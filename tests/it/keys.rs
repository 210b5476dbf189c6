//! The ways into the data and the root key, changed by an operator while people talk.

use crate::faults::rotation::key_ids;
use crate::history::{Crowd, Doors};
use crate::promise::{kept, small};
use crate::world::{OPEN_DOORS, Printed, World, new_id, parlor, run_with_input};
use serde_json::json;
use std::time::Duration;

fn said(printed: &Printed) -> &str {
    assert!(printed.success, "{}", printed.text);
    &printed.text
}

fn refused(printed: &Printed, words: &str) {
    assert!(!printed.success && printed.text.contains(words), "{}", printed.text);
}

fn with_input(world: &World, arguments: &[&str], input: &str) -> Printed {
    let mut command = parlor();
    command.args(arguments).arg("--data").arg(world.data());
    run_with_input(command, input)
}

fn paper(printed: &Printed) -> String {
    said(printed).split("shown this once: ").nth(1).expect("a recovery key").lines().next().unwrap().to_owned()
}

fn opens_with(world: &World, variable: &str, secret: &str) -> bool {
    let mut list = parlor();
    list.args(["user", "list", "--data"]).arg(world.data()).env(variable, secret);
    run_with_input(list, "").success
}

#[tokio::test]
async fn ways_in_come_and_go_while_the_server_runs() {
    let mut world = World::new().await;
    let list = world.run(&["key", "list"]);
    let lines: Vec<_> = said(&list).lines().collect();
    assert!(lines[1].contains("master key") && lines[1].contains("opened the data"), "{}", list.text);
    assert!(lines[2].contains("recovery key") && lines[2].contains("20"), "{}", list.text);

    let usb = world.data().with_file_name("usb.key");
    said(&world.run(&["key", "add", "--label", "the stick", "--file", usb.to_str().unwrap()]));
    said(&with_input(&world, &["key", "add", "--passphrase-stdin", "--label", "Olga"], "correct horse battery"));
    let second = paper(&world.run(&["key", "add", "--recovery"]));
    let list = world.run(&["key", "list"]);
    assert!(
        ["  3  master key", "the stick", "  4  passphrase", "Olga", "  5  recovery key"]
            .iter()
            .all(|w| list.text.contains(w)),
        "{}",
        list.text
    );
    refused(&with_input(&world, &["key", "add", "--passphrase-stdin"], "short"), "too short");
    refused(&world.run(&["key", "add"]), "required");
    refused(&world.run(&["key", "remove", "99"]), "no keyslot 99");

    said(&world.run(&["key", "remove", "2"]));
    let third = paper(&world.run(&["key", "rotate", "--slot", "5"]));
    said(&world.run(&["key", "rotate", "--slot", "1"]));
    said(&with_input(&world, &["key", "rotate", "--slot", "4", "--passphrase-stdin"], "a better passphrase"));
    refused(&world.run(&["key", "rotate", "--slot", "4"]), "passphrase");
    let warned = world.run(&["key", "remove", "5"]);
    assert!(said(&warned).contains("No recovery key is left"), "{}", warned.text);
    let added = world.run(&["key", "add", "--recovery"]);
    let fourth = paper(&added);
    let last = added.text.split("Keyslot ").nth(1).unwrap().split(' ').next().unwrap().to_owned();

    assert!(world.stop());
    assert!(opens_with(&world, "PARLOR_RECOVERY_KEY", &fourth));
    for gone in [&second, &third] {
        assert!(!opens_with(&world, "PARLOR_RECOVERY_KEY", gone));
    }
    assert!(opens_with(&world, "PARLOR_KEY_FILE", usb.to_str().unwrap()));
    assert!(opens_with(&world, "PARLOR_PASSPHRASE", "a better passphrase"));
    assert!(!opens_with(&world, "PARLOR_PASSPHRASE", "correct horse battery"));
    // The file has another key in it, and it opens.
    world.start().await;
    // Nobody can shut themselves out.
    for id in ["3", "4", &last] {
        said(&world.run(&["key", "remove", id]));
    }
    refused(&world.run(&["key", "remove", "1"]), "the last way in");
    assert!(world.stop());
    refused(&world.run(&["key", "remove", "1"]), "the last way in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_root_key_is_exchanged_under_people_who_talk_and_nothing_is_left_of_it() {
    let mut world = World::configured(OPEN_DOORS).await;
    let visitor = world.visitor().await;
    let bytes = b"kept ".repeat(40_000);
    let file = visitor.upload("/visitor/attachments", "a.txt", "text/plain", bytes.clone()).await.ok(201);
    let message = json!({"client_id": new_id(), "text": "the bent spoon", "attachments": [file["id"]]});
    visitor.post("/visitor/messages", &message).await.ok(201);
    tokio::time::sleep(Duration::from_millis(600)).await;
    let before = key_ids(&world.data());
    assert!(before.len() >= 3, "the store, the index and the files have a key each: {before:x?}");

    let token = world.owners_token().await;
    let url = world.url.clone();
    let crowd = Crowd::gather(&small(31), &Doors { server: &url, crowd: &url, token: &token }).await.unwrap();
    let mut ids = vec![before];
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let rotate = |world: World| (world.run(&["key", "rotate"]), world);
        let (printed, back) = tokio::task::spawn_blocking(move || rotate(world)).await.unwrap();
        world = back;
        assert!(said(&printed).contains("another root key"), "{}", printed.text);
        let now = key_ids(&world.data());
        assert!(ids.iter().all(|earlier| earlier.is_disjoint(&now)), "{ids:x?} {now:x?}");
        ids.push(now);
    }
    kept(&crowd.finish().await.unwrap());
    let path = format!("/attachments/{}", file["id"].as_str().unwrap());
    for moment in ["while it runs", "after a kill", "after an end in peace"] {
        let olga = world.owner().await;
        assert!(olga.get(&path).await.bytes == bytes, "{moment}");
        let found = olga.get("/search?q=spoon").await.json();
        assert!(found.to_string().contains("bent spoon"), "{moment}: {found}");
        if moment == "while it runs" {
            world.kill();
        } else {
            assert!(world.stop());
        }
        world.start().await;
    }
    assert!(world.log().matches("search index is built").count() <= 1, "{}", world.log());
}
