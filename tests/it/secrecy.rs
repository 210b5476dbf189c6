//! What is at rest is sealed, and who has the wrong key learns what is wrong and changes nothing.

use crate::world::{OWNER, PASSWORD, World, files_below, new_id, parlor, run_with_input};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A word that stands nowhere else.
fn canary(of: &str) -> String {
    format!("Canary{of}Qz{}", &new_id().replace('-', "")[20..])
}

/// Files that hold the word, in UTF-8 or UTF-16.
fn holding(files: &[(PathBuf, Vec<u8>)], word: &str) -> Vec<PathBuf> {
    let wide: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let has = |bytes: &[u8], form: &[u8]| bytes.windows(form.len()).any(|window| window == form);
    let found = files.iter().filter(|(_, bytes)| has(bytes, word.as_bytes()) || has(bytes, &wide));
    found.map(|(path, _)| path.clone()).collect()
}

#[tokio::test]
async fn nothing_that_people_say_lies_in_the_clear() {
    let mut world = World::with(&["--log-level", "debug"]).await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let [text, note, name, mail, content, file, query, page] =
        ["Text", "Note", "Name", "Mail", "Content", "File", "Query", "Page"].map(canary);
    let wide = format!("口令{}", canary("宽"));

    let conversation = visitor.says(&format!("{text} 你好 {wide}")).await["conversation"].as_str().unwrap().to_owned();
    olga.notes(&conversation, &note).await;
    let who = json!({"name": name, "email": format!("{mail}@shop.example"), "attributes": {"plan": name}});
    visitor.post("/visitor/identify", &who).await.ok(204);
    visitor.post("/visitor/page", &json!({"url": format!("https://shop.example/{page}"), "title": page})).await.ok(204);
    let bytes = content.repeat(3_000).into_bytes();
    let upload =
        visitor.upload("/visitor/attachments", &format!("{file}.txt"), "text/plain", bytes.clone()).await.ok(201);
    let message = json!({"client_id": new_id(), "text": "", "attachments": [upload["id"]]});
    visitor.post("/visitor/messages", &message).await.ok(201);
    let path = format!("/attachments/{}", upload["id"].as_str().unwrap());
    assert!(olga.get(&path).await.bytes == bytes);
    olga.get(&format!("/search?q={query}")).await;
    world
        .stranger()
        .post("/session", &json!({"email": format!("{mail}@x.example"), "password": query}))
        .await
        .refused(401, "session.wrong_credentials");
    let program = olga.post("/tokens", &json!({"name": name})).await.ok(201);
    // The index gets to know the words as well.
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;

    let cookie = olga.headers[0].1.split_once('=').unwrap().1.to_owned();
    let token = program["secret"].as_str().unwrap().to_owned();
    let secrets = [
        text,
        note,
        name,
        mail,
        content,
        file,
        query,
        page,
        wide,
        cookie,
        token,
        visitor.token.clone(),
        PASSWORD.to_owned(),
    ];
    for moment in ["while it runs", "after a kill", "after an end in peace"] {
        let mut files = files_below(&world.data());
        assert!(files.iter().any(|(path, _)| path.ends_with("parlor.db")), "{files:?}");
        files.push(("the log".into(), world.log().into_bytes()));
        for secret in &secrets {
            assert!(holding(&files, secret).is_empty(), "{secret} {moment}: {:?}", holding(&files, secret));
        }
        match moment {
            "while it runs" => world.kill(),
            "after a kill" => {
                world.start().await;
                assert!(world.stop());
            }
            _ => {}
        }
    }
    // That the search for words finds words.
    std::fs::write(world.data().join("control"), format!("...{}...", secrets[0])).unwrap();
    let utf16: Vec<u8> = secrets[1].encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(world.data().join("control16"), utf16).unwrap();
    let files = files_below(&world.data());
    assert_eq!(holding(&files, &secrets[0]), [world.data().join("control")]);
    assert_eq!(holding(&files, &secrets[1]), [world.data().join("control16")]);
}

/// `serve`, which must fail: its words.
fn refusal(world: &World) -> String {
    let mut serve: Command = parlor();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--log-level", "off", "--data"]).arg(world.data());
    let printed = run_with_input(serve, "");
    assert!(!printed.success, "it served: {}", printed.text);
    printed.text
}

fn contents(world: &World) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files_below(&world.data());
    // An index of the write-ahead log for running processes, made anew by each.
    files.retain(|(path, _)| path.extension().is_none_or(|extension| extension != "db-shm"));
    files.sort();
    files
}

fn put(path: &Path, bytes: &[u8], mode: u32) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_recovery_key_that_nobody_sees_printed_waits_in_a_file_and_not_in_the_journal() {
    let mut world = World::bare().await;
    let file = world.data().join("recovery-key.txt");
    let key = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o400);
    assert!(world.printed.contains("recovery-key.txt"), "{}", world.printed);
    assert!(!world.printed.contains(&key) && !world.log().contains(&key));
    world.kill();
    std::fs::remove_file(world.data().join("master.key")).unwrap();
    let list = |recovery: &str| {
        let mut list = parlor();
        list.args(["user", "list", "--data"]).arg(world.data()).env("PARLOR_RECOVERY_KEY", recovery);
        run_with_input(list, "")
    };
    assert!(list(&key).success, "{}", list(&key).text);

    // Who calls `init` asked for what it prints.
    let fresh = World::stopped(&[]);
    let mut init = parlor();
    init.args(["init", "--organisation", "Acme", "--admin-email", OWNER, "--admin-name", "Olga", "--password-stdin"]);
    init.arg("--data").arg(fresh.data());
    let printed = run_with_input(init, PASSWORD);
    assert!(printed.success && printed.text.contains("Recovery key, shown this once: "), "{}", printed.text);
    assert!(!fresh.data().join("recovery-key.txt").exists());
}

#[tokio::test]
async fn each_thing_wrong_with_the_keys_has_words_of_its_own_and_touches_nothing() {
    let mut world = World::new().await;
    world.visitor().await.says("to be kept").await;
    world.kill();
    let data = world.data();
    let (key, slots) = (data.join("master.key"), data.join("keyslots.json"));
    let copy = files_below(&data).into_iter().map(|(path, _)| path).find(|p| {
        let name = p.file_name().unwrap().to_str().unwrap();
        name.starts_with("keyslots") && name != "keyslots.json"
    });
    let copy = copy.expect("a copy of the keyslots");
    let (good_key, good_slots) = (std::fs::read(&key).unwrap(), std::fs::read(&slots).unwrap());
    let wrong = "ab".repeat(32);
    let database = data.join("parlor.db");
    let good_database = std::fs::read(&database).unwrap();
    let bent: Vec<u8> =
        good_database.iter().enumerate().map(|(n, byte)| byte ^ u8::from((100..200).contains(&n))).collect();
    type Spoil<'a> = Box<dyn Fn() + 'a>;
    let cases: Vec<(&str, Spoil<'_>)> = vec![
        ("not the key", Box::new(|| put(&key, wrong.as_bytes(), 0o400))),
        ("is not there", Box::new(|| std::fs::remove_file(&key).unwrap())),
        ("is not a key", Box::new(|| put(&key, b"short", 0o400))),
        ("can be read by others", Box::new(|| put(&key, &good_key, 0o444))),
        (
            "both missing",
            Box::new(|| {
                std::fs::remove_file(&slots).unwrap();
                std::fs::remove_file(&copy).unwrap();
            }),
        ),
        (
            "both damaged",
            Box::new(|| {
                put(&slots, b"{]", 0o600);
                put(&copy, b"", 0o600);
            }),
        ),
        ("damaged", Box::new(|| put(&database, &bent, 0o600))),
        ("empty", Box::new(|| put(&database, b"", 0o600))),
    ];
    for (words, spoil) in cases {
        spoil();
        let before = contents(&world);
        let said = refusal(&world);
        assert!(said.contains(words), "{words}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
        let changed: Vec<_> =
            contents(&world).into_iter().filter(|file| !before.contains(file)).map(|(path, _)| path).collect();
        assert!(changed.is_empty() && contents(&world).len() == before.len(), "{words}: {changed:?} changed: {said}");
        put(&key, &good_key, 0o400);
        put(&slots, &good_slots, 0o600);
        put(&copy, &good_slots, 0o600);
        if std::fs::read(&database).unwrap() != good_database {
            put(&database, &good_database, 0o600);
        }
    }
    world.start().await;
    let olga = world.owner().await;
    assert_eq!(olga.inbox("all").await[0]["last_message"]["text"], "to be kept");
    let mode = |name: &str| std::fs::metadata(world.data().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("."), mode("master.key")), (0o700, 0o400));
    assert!(!OWNER.is_empty() && mode("parlor.db") & 0o077 == 0, "for the owner alone");
}
